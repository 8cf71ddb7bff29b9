//! How long others wait beside one heavy request: somebody touches another session all the while.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::outside::{memory, start};
use super::service::{Api, Binary};
use super::support::{Row, percentile, runtime};

/// What no single request may make others wait, in milliseconds.
const LONGEST_WAIT: f64 = 50.0;

/// Of the undo of a deletion: nodes whose places were taken, and the history that speaks of others.
const DISPLACED: u32 = 100;
const STEPS: u32 = 50;
const HALF_A_STEP: usize = 60_000;
/// Of the subtree that is moved, and of the graph that is put.
const SUBTREE: u32 = 90_000;
const GRAPH: u32 = 100_000;
const SESSIONS_OF_ONE_CLIENT: usize = 4_000;
const CLIENTS_OF_ONE_SESSION: i64 = 5_000;

pub fn run() -> Vec<Row> {
    let runtime = runtime();
    let mut rows = runtime.block_on(displaced());
    rows.extend(runtime.block_on(moved()));
    rows.extend(runtime.block_on(put()));
    rows.extend(runtime.block_on(left()));
    rows.extend(runtime.block_on(removed()));
    rows
}

/// Does the heavy work while another session is touched again and again.
async fn beside(server: &Binary, work: &str, heavy: impl Future<Output = ()>) -> Row {
    let api = server.api();
    let other = api.create(json!({})).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let toucher = tokio::spawn(touch(api, other, is_over.clone()));
    // A few touches before, so that connections are open and what is read is known.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    heavy.await;
    let took = start.elapsed();
    is_over.store(true, Ordering::Relaxed);
    let waits = toucher.await.unwrap();
    let (p99, longest) = (percentile(&waits, 99), percentile(&waits, 100));
    Row {
        work: format!("others wait beside {work}"),
        ours: format!(
            "{longest:.1} ms at most, {p99:.1} ms (p99); its own answer {:.0} ms",
            took.as_secs_f64() * 1e3
        ),
        limit: format!("{LONGEST_WAIT:.0} ms"),
        ratio: format!("{:.0} %", longest / LONGEST_WAIT * 100.0),
    }
}

/// How long each touch took.
async fn touch(api: Api, session: String, is_over: Arc<AtomicBool>) -> Vec<Duration> {
    let path = format!("/sessions/{session}/touch");
    let mut waits = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let start = Instant::now();
        api.post(&path, json!({})).await;
        waits.push(start.elapsed());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    waits
}

fn id(number: u32) -> String {
    format!("00000000-0000-7000-8000-{number:012x}")
}

/// A session, and its changes.
struct Content {
    api: Api,
    path: String,
}

impl Content {
    async fn new(server: &Binary) -> Self {
        // What is heavy may take longer than anything in a test.
        let http = reqwest::Client::builder().timeout(Duration::from_secs(600)).build().unwrap();
        let api = Api { addr: server.addr, http };
        let path = format!("/sessions/{}", api.create(json!({})).await);
        Self { api, path }
    }

    async fn execute(&self, client_id: &str, command_type: &str, data: Value) {
        let command = json!({"command_type": command_type, "data": data, "client_id": client_id});
        self.api.post(&format!("{}/commands", self.path), command).await;
    }

    async fn batch(&self, client_id: &str, commands: Vec<Value>) {
        self.execute(client_id, "Batch", json!({ "commands": commands })).await;
    }

    async fn undo(&self, client_id: &str) {
        let whose = json!({"scope": "client", "client_id": client_id});
        self.api.post(&format!("{}/undo", self.path), whose).await;
    }

    async fn put(&self, nodes: Vec<Value>) {
        let graph = json!({"nodes": nodes, "client_id": "a"});
        let (status, answer) =
            self.api.call(Method::PUT, &format!("{}/graph", self.path), Some(graph)).await;
        assert!(status.is_success(), "{status} {answer}");
    }
}

fn create(number: u32) -> Value {
    json!({"command_type": "CreateNode",
           "data": {"blueprint_type_id": "t", "node_id": id(number)}})
}

/// A flat list: a root with so many nodes below it, on two levels.
fn subtree(first: u32, count: u32) -> Vec<Value> {
    let below = |n: u32| if n.is_multiple_of(300) { first } else { first + n - n % 300 };
    let node = |n: u32| {
        let parent = (n > 0).then(|| id(below(n)));
        json!({"id": id(first + n), "parent_id": parent, "blueprint_type_id": "task",
               "name": format!("n{n}"), "properties": {"done": false}})
    };
    (0..count).map(node).collect()
}

async fn displaced() -> Vec<Row> {
    let server = start(&[]).await;
    let content = Content::new(&server).await;
    content.batch("a", (0..DISPLACED).map(create).collect()).await;
    let delete = |n| json!({"command_type": "DeleteNode", "data": {"node_id": id(n)}});
    content.batch("a", (0..DISPLACED).map(delete).collect()).await;
    content.batch("b", (DISPLACED..2 * DISPLACED).map(create).collect()).await;
    for step in 0..STEPS {
        let update = |property: &str| {
            let text = format!("{step}{}", "x".repeat(HALF_A_STEP));
            json!({"command_type": "UpdateProperty",
                   "data": {"node_id": id(DISPLACED), "property_id": property, "value": text}})
        };
        content.batch("b", vec![update("one"), update("other")]).await;
    }
    let work = format!(
        "the undo of a deletion of {DISPLACED} nodes whose places were taken, {STEPS} steps of 120 KB"
    );
    vec![beside(&server, &work, content.undo("a")).await]
}

async fn moved() -> Vec<Row> {
    let server = start(&["--body-limit", "67108864"]).await;
    let content = Content::new(&server).await;
    let mut nodes = subtree(0, SUBTREE);
    nodes.push(json!({"id": id(SUBTREE), "blueprint_type_id": "list", "name": "other"}));
    content.put(nodes).await;
    let link = json!({"parent_id": id(SUBTREE), "child_id": id(0)});
    let unlink = json!({"child_id": id(0)});
    let mut rows = Vec::new();
    let name = |what: &str| format!("{what} of a subtree of {SUBTREE} nodes");
    let linking = content.execute("a", "LinkNode", link.clone());
    rows.push(beside(&server, &name("LinkNode"), linking).await);
    let undoing = content.undo("a");
    rows.push(beside(&server, &name("the undo of a move"), undoing).await);
    content.execute("a", "LinkNode", link).await;
    let unlinking = content.execute("a", "UnlinkNode", unlink);
    rows.push(beside(&server, &name("UnlinkNode"), unlinking).await);
    rows
}

async fn put() -> Vec<Row> {
    let server = start(&["--body-limit", "67108864"]).await;
    let content = Content::new(&server).await;
    let (_, at_rest) = memory(&server);
    let work = format!("PUT …/graph of {GRAPH} nodes");
    let mut rows = vec![beside(&server, &work, content.put(subtree(0, GRAPH))).await];
    let (most, after) = memory(&server);
    rows.push(Row {
        work: format!("memory of {work}, above {at_rest} MiB at rest"),
        ours: format!("{} MiB at most, {} MiB afterwards", most - at_rest, after - at_rest),
        limit: String::new(),
        ratio: format!("{:.1} KiB a node", (most - at_rest) as f64 * 1024.0 / f64::from(GRAPH)),
    });
    let work = format!("DeleteNode of {GRAPH} nodes");
    let deleting = content.execute("a", "DeleteNode", json!({"node_id": id(0)}));
    rows.push(beside(&server, &work, deleting).await);
    rows.push(beside(&server, "its undo", content.undo("a")).await);
    rows
}

async fn left() -> Vec<Row> {
    let most = SESSIONS_OF_ONE_CLIENT.to_string();
    let server = start(&["--max-joined-sessions", &most]).await;
    let api = server.api();
    let mut ws = server.ws().await;
    for _ in 0..SESSIONS_OF_ONE_CLIENT {
        let session = api.create(json!({})).await;
        ws.join(&session).await;
    }
    let work = format!("one client that leaves {SESSIONS_OF_ONE_CLIENT} sessions");
    let leaving = async {
        ws.close().await;
        while api.get("/sessions?active=true&limit=1").await["total"] != 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    vec![beside(&server, &work, leaving).await]
}

async fn removed() -> Vec<Row> {
    let server = start(&[]).await;
    let content = Content::new(&server).await;
    Connection::open(server.database())
        .unwrap()
        .execute_batch(&format!(
            "pragma foreign_keys = on;
             with recursive n (n) as
                 (select 1 union all select n + 1 from n where n < {CLIENTS_OF_ONE_SESSION})
             insert into clients (session, client_id, transport, connected_at)
             select session, 'client-' || n, 'websocket', created_at from n, sessions;"
        ))
        .unwrap();
    let work = format!("DELETE of a session of {CLIENTS_OF_ONE_SESSION} clients");
    let removing = async {
        let (status, answer) = content.api.call(Method::DELETE, &content.path, None).await;
        assert!(status.is_success(), "{answer}");
    };
    vec![beside(&server, &work, removing).await]
}
