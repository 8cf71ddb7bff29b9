//! What the size of the file and of a session costs.

use rollcall::engine::request::{Action, ContentRequest};
use rollcall::model::command::WireCommand;
use rollcall::model::{Command, ContentLimits, SessionId};
use rollcall::store::Store;
use serde_json::json;
use serde_json::value::to_raw_value;

use super::million;
use super::support::{AsyncCall, File, Row, closed_loop, open, raw, runtime, sessions};
use super::writer::StoreCaller;

const CALLERS: usize = 64;
const LARGE: usize = 100_000;
const CROWD: i64 = 10_000;

pub fn run() -> Vec<Row> {
    let runtime = runtime();
    let (small, large) = (File::prepared(&runtime), File::prepared(&runtime));
    million::fill(&large);
    vec![
        Row::rates(
            "join and leave, a million sessions against a hundred",
            || lifecycle(&large.copy()),
            || lifecycle(&small.copy()),
        ),
        Row::rates(
            "join and leave in a session of 10,000 clients against one of ten",
            || beside(CROWD),
            || beside(10),
        ),
        Row::rates(
            "a command in a session of 100,000 nodes against one of ten",
            || commands(LARGE),
            || commands(10),
        ),
        Row::rates("a command 20 levels deep against one at a root", || renames(20), || renames(1)),
    ]
}

fn lifecycle(file: &File) -> f64 {
    runtime().block_on(async {
        let (store, writer) = open(&file.path).await;
        let ids = sessions(&store, 100).await;
        let rate = closed_loop(256, |caller| StoreCaller {
            store: store.clone(),
            session_id: ids[caller % ids.len()],
            client_id: format!("client-{caller}"),
        })
        .await;
        writer.finish().await;
        rate
    })
}

/// Of one session with so many others in it.
fn beside(others: i64) -> f64 {
    let runtime = runtime();
    let file = File::new();
    runtime.block_on(async {
        let (store, writer) = open(&file.path).await;
        let session_id = sessions(&store, 1).await[0];
        raw(&file.path)
            .execute_batch(&format!(
                "with recursive n (n) as (select 1 union all select n + 1 from n where n < {others})
                 insert into clients (session, client_id, transport, connected_at)
                 select session, 'other-' || n, 'websocket', created_at from n, sessions;"
            ))
            .unwrap();
        let rate = closed_loop(CALLERS, |caller| StoreCaller {
            store: store.clone(),
            session_id,
            client_id: format!("client-{caller}"),
        })
        .await;
        writer.finish().await;
        rate
    })
}

/// Of nodes that many levels deep, each in a chain of its own with properties of half a KiB a node.
fn renames(levels: usize) -> f64 {
    runtime().block_on(async {
        let file = File::new();
        let (store, writer) = open(&file.path).await;
        let session_id = sessions(&store, 1).await[0];
        let id = |caller, level| format!("0190a1b2-c3d4-7e5f-{caller:04x}-{level:012x}");
        for caller in 0..CALLERS {
            for level in 0..levels {
                let parent = level.checked_sub(1).map(|above| id(caller, above));
                let properties = json!({"text": "x".repeat(512)});
                let data = json!({"blueprint_type_id": "task", "node_id": id(caller, level),
                                  "parent_id": parent, "properties": properties});
                execute(&store, session_id, "CreateNode", data).await;
            }
        }
        let deepest = |caller| id(caller, levels - 1);
        let rate = closed_loop(CALLERS, |caller| Renames {
            store: store.clone(),
            session_id,
            node_id: deepest(caller),
        })
        .await;
        writer.finish().await;
        rate
    })
}

struct Renames {
    store: Store,
    session_id: SessionId,
    node_id: String,
}

impl AsyncCall for Renames {
    async fn call(&mut self) -> u64 {
        let data = json!({"node_id": self.node_id, "name": "Another name"});
        execute(&self.store, self.session_id, "RenameNode", data).await;
        1
    }
}

struct Creates {
    store: Store,
    session_id: SessionId,
}

impl AsyncCall for Creates {
    async fn call(&mut self) -> u64 {
        let command = json!({"blueprint_type_id": "task", "name": "A task"});
        execute(&self.store, self.session_id, "CreateNode", command).await;
        1
    }
}

async fn execute(store: &Store, session_id: SessionId, name: &str, data: serde_json::Value) {
    let wire = WireCommand { command_type: name.into(), data: to_raw_value(&data).unwrap() };
    let command = Command::parse(&wire, &ContentLimits::default()).unwrap();
    let action = Action::Execute(command);
    let request = ContentRequest::new(session_id, None, action, None, None, 0);
    store.change_content(request).await.unwrap();
}

fn commands(nodes: usize) -> f64 {
    let runtime = runtime();
    let file = File::new();
    runtime.block_on(async {
        let (store, writer) = open(&file.path).await;
        let session_id = sessions(&store, 1).await[0];
        for start in (0..nodes).step_by(1_000) {
            let create = |n| {
                json!({"command_type": "CreateNode",
                                    "data": {"blueprint_type_id": "task", "name": format!("{n}")}})
            };
            let some: Vec<_> = (start..nodes.min(start + 1_000)).map(create).collect();
            execute(&store, session_id, "Batch", json!({"commands": some})).await;
        }
        let rate = closed_loop(CALLERS, |_| Creates { store: store.clone(), session_id }).await;
        writer.finish().await;
        rate
    })
}
