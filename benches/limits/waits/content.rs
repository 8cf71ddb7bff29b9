//! Heavy changes of the content.

use std::time::Duration;

use reqwest::Method;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::super::outside::{memory, start};
use super::super::service::{Api, Binary};
use super::super::support::Row;
use super::beside;

/// Of the undo of a deletion: nodes whose places were taken, and the history that speaks of others.
const DISPLACED: u32 = 100;
const STEPS: u32 = 50;
const HALF_A_STEP: usize = 60_000;
/// Of the subtree that is moved, of the graph that is put, and of the two that are deleted.
const SUBTREE: u32 = 90_000;
const GRAPH: u32 = 100_000;
const SOME: u32 = 1_999;
const A_PART: u32 = 4_900;
/// Commands in a batch, and the nodes of a session that would take too long to copy for it.
const BATCH: u32 = 1_000;
const BATCHED_INTO: u32 = 50_000;
/// What is written while somebody reads for long, and the commands after it, so that there is something
/// to wait for.
const WRITTEN_MIB: u64 = 512;
const COMMANDS_AFTER: u32 = 300;
/// After which memory that is not needed any more should have been given back.
const REST: Duration = Duration::from_secs(10);

pub async fn run() -> Vec<Row> {
    let mut rows = displaced().await;
    rows.extend(moved().await);
    rows.extend(put().await);
    rows.extend(deleted().await);
    rows.extend(batches().await);
    rows.extend(read_for_long().await);
    rows
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
        let _ = rustls::crypto::ring::default_provider().install_default();
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
    create_with(number, json!({}))
}

fn create_with(number: u32, properties: Value) -> Value {
    json!({"command_type": "CreateNode",
           "data": {"blueprint_type_id": "t", "node_id": id(number), "properties": properties}})
}

/// A text of one KiB as a property.
fn one_kib() -> Value {
    json!({"text": "x".repeat(1024)})
}

/// A flat list: a root with so many nodes below it, on two levels.
fn subtree(first: u32, count: u32) -> Vec<Value> {
    subtree_with(first, count, &json!({"done": false}))
}

fn subtree_with(first: u32, count: u32, properties: &Value) -> Vec<Value> {
    let below = |n: u32| if n.is_multiple_of(300) { first } else { first + n - n % 300 };
    let node = |n: u32| {
        let parent = (n > 0).then(|| id(below(n)));
        json!({"id": id(first + n), "parent_id": parent, "blueprint_type_id": "task",
               "name": format!("n{n}"), "properties": properties})
    };
    (0..count).map(node).collect()
}

/// A long value for a property.
fn half_a_step(number: u32, property: &str, step: u32) -> Value {
    let text = format!("{step}{}", "x".repeat(HALF_A_STEP));
    json!({"node_id": id(number), "property_id": property, "value": text})
}

async fn displaced() -> Vec<Row> {
    let server = start(&[]).await;
    let content = Content::new(&server).await;
    content.batch("a", (0..DISPLACED).map(create).collect()).await;
    let delete = |n| json!({"command_type": "DeleteNode", "data": {"node_id": id(n)}});
    content.batch("a", (0..DISPLACED).map(delete).collect()).await;
    content.batch("b", (DISPLACED..2 * DISPLACED).map(create).collect()).await;
    for step in 0..STEPS {
        let update = |property| {
            let data = half_a_step(DISPLACED, property, step);
            json!({"command_type": "UpdateProperty", "data": data})
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
    let again = content.put(subtree_with(0, GRAPH, &json!({"done": true})));
    rows.push(beside(&server, "the same of others in their place", again).await);
    let tree = format!("{}/graph/tree", content.path);
    let reading = async {
        content.api.get(&tree).await;
    };
    rows.push(beside(&server, &format!("GET …/graph/tree of {GRAPH} nodes"), reading).await);
    let work = format!("DeleteNode of {GRAPH} nodes");
    let deleting = content.execute("a", "DeleteNode", json!({"node_id": id(0)}));
    rows.push(beside(&server, &work, deleting).await);
    rows.push(beside(&server, "its undo", content.undo("a")).await);
    tokio::time::sleep(REST).await;
    let (most, after) = memory(&server);
    rows.push(Row {
        work: format!("memory of all of these, above {at_rest} MiB at rest"),
        measured: format!("{} MiB at most, {} MiB {REST:?} later", most - at_rest, after - at_rest),
        limit: String::new(),
        ratio: format!("{:.1} KiB a node", (most - at_rest) as f64 * 1024.0 / f64::from(GRAPH)),
    });
    rows
}

/// Deletions of some nodes: of all that are there, with properties, and of few among many.
async fn deleted() -> Vec<Row> {
    let server = start(&["--body-limit", "67108864"]).await;
    let some = Content::new(&server).await;
    some.put(subtree_with(0, SOME, &one_kib())).await;
    let delete = |number| json!({"node_id": id(number)});
    let deleting = some.execute("a", "DeleteNode", delete(0));
    let work = format!("DeleteNode of {SOME} nodes of 1 KiB");
    let mut rows = vec![beside(&server, &work, deleting).await];
    rows.push(beside(&server, "its undo", some.undo("a")).await);

    let among = Content::new(&server).await;
    let mut nodes = subtree(0, GRAPH - A_PART);
    nodes.extend(subtree(GRAPH, A_PART));
    among.put(nodes).await;
    let deleting = among.execute("a", "DeleteNode", delete(GRAPH));
    let work = format!("DeleteNode of {A_PART} among {GRAPH} nodes");
    rows.push(beside(&server, &work, deleting).await);
    rows.push(beside(&server, "its undo", among.undo("a")).await);
    rows
}

/// Batches as long as they may be.
async fn batches() -> Vec<Row> {
    let server = start(&["--body-limit", "67108864"]).await;
    let content = Content::new(&server).await;
    let creating = content.batch("a", (0..BATCH).map(create).collect());
    let mut rows = vec![beside(&server, &format!("a batch of {BATCH} creates"), creating).await];
    rows.push(beside(&server, "its undo", content.undo("a")).await);
    let create = |number| create_with(number, one_kib());
    let creating = content.batch("a", (0..BATCH).map(create).collect());
    rows.push(beside(&server, &format!("a batch of {BATCH} creates of 1 KiB"), creating).await);
    rows.push(beside(&server, "its undo", content.undo("a")).await);

    let large = Content::new(&server).await;
    large.put(subtree(BATCH, BATCHED_INTO)).await;
    let creating = large.batch("a", (0..BATCH).map(create).collect());
    let work = format!("the same into a session of {BATCHED_INTO} nodes");
    rows.push(beside(&server, &work, creating).await);

    let heavy = Content::new(&server).await;
    heavy.batch("a", (0..BATCH).map(create).collect()).await;
    let file = Connection::open(server.database()).unwrap();
    file.execute(
        "update nodes
             set properties = json_object('a', printf('%.*c', 60000, 'x'),
                                          'b', printf('%.*c', 60000, 'x'),
                                          'c', printf('%.*c', 60000, 'x'),
                                          'd', printf('%.*c', 60000, 'x'))
             where session = (select session from sessions where '/sessions/' || session_id = ?)",
        [&heavy.path],
    )
    .unwrap();
    // What this has left to do for the disk is no part of what is measured.
    file.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())).unwrap();
    drop(file);
    let rename = |number| json!({"command_type": "RenameNode", "data": {"node_id": id(number), "name": "new"}});
    let renaming = heavy.batch("a", (0..BATCH).map(rename).collect());
    let work = format!("a batch that renames {BATCH} nodes of 240 KB");
    rows.push(beside(&server, &work, renaming).await);
    rows.push(beside(&server, "its undo", heavy.undo("a")).await);
    rows
}

/// Nothing of the WAL can go into the file while somebody reads what the file was like before.
async fn read_for_long() -> Vec<Row> {
    let server = start(&["--history-bytes", "1000000"]).await;
    let content = Content::new(&server).await;
    content.batch("a", vec![create(0)]).await;
    let update =
        async |step| content.execute("a", "UpdateProperty", half_a_step(0, "text", step)).await;
    let wal = server.database().with_extension("db-wal");
    let reader = Connection::open(server.database()).unwrap();
    reader.execute_batch("begin; select * from sessions limit 1;").unwrap();
    let mut step = 0;
    while wal.metadata().unwrap().len() < WRITTEN_MIB * 1024 * 1024 {
        update(step).await;
        step += 1;
    }
    let work = format!("the end of a read during which {WRITTEN_MIB} MiB were written");
    let ending = async {
        drop(reader);
        for after in 0..COMMANDS_AFTER {
            update(step + after).await;
        }
    };
    vec![beside(&server, &work, ending).await]
}
