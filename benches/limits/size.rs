//! What the size of the file and of a session costs.

use rollcall::session::command::WireCommand;
use rollcall::session::{Command, ContentLimits, SessionId};
use rollcall::store::{Action, ContentRequest, Store};
use serde_json::json;
use serde_json::value::to_raw_value;

use super::million;
use super::support::{AsyncCall, File, Row, closed_loop, open, raw, runtime, sessions};
use super::writer::Ours;

const CALLERS: usize = 64;
const LARGE: usize = 100_000;
const CROWD: i64 = 10_000;

pub fn run() -> Vec<Row> {
    vec![
        Row::rates(
            "join and leave, a million sessions against a hundred",
            lifecycle(true),
            lifecycle(false),
        ),
        Row::rates(
            "join and leave in a session of 10,000 clients against one of ten",
            beside(CROWD),
            beside(10),
        ),
        Row::rates(
            "a command in a session of 100,000 nodes against one of ten",
            commands(LARGE),
            commands(10),
        ),
    ]
}

fn lifecycle(million: bool) -> f64 {
    let runtime = runtime();
    let file = File::prepared(&runtime);
    if million {
        million::fill(&file);
    }
    runtime.block_on(async {
        let (store, writer) = open(&file.path).await;
        let ids = sessions(&store, 100).await;
        let rate = closed_loop(256, |caller| Ours {
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
        let rate = closed_loop(CALLERS, |caller| Ours {
            store: store.clone(),
            session_id,
            client_id: format!("client-{caller}"),
        })
        .await;
        writer.finish().await;
        rate
    })
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
    let request = ContentRequest::new(session_id, None, action, None, None);
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
