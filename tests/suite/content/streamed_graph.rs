//! Large graphs, which are read from the file while they are sent.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::board::{Board, node_id};
use crate::support::{PATIENCE, Server, eventually, run};

const LARGE_BODIES: &str = "100000000";

async fn board(nodes: Vec<Value>) -> (Server, Board) {
    let settings = ["--cleanup-interval", "off", "--body-limit", LARGE_BODIES];
    let server = Server::with(&settings).await;
    let board = Board::new(server.api()).await;
    let (status, answer) = board.call(Method::PUT, "/graph", json!({ "nodes": nodes })).await;
    assert_eq!(status, 200, "{answer}");
    (server, board)
}

fn node(number: u32, parent: Option<u32>, text: &str) -> Value {
    json!({"id": node_id(number), "parent_id": parent.map(node_id), "blueprint_type_id": "t",
           "name": format!("n\"{number}"), "properties": {"text": text}})
}

/// All nodes of a tree, each with its parent and its place, parents first.
fn flattened(roots: &Value) -> Vec<(String, Value, usize, Value)> {
    let mut found = Vec::new();
    let mut waiting = vec![(Value::Null, roots.clone())];
    while let Some((parent, nodes)) = waiting.pop() {
        for (index, node) in nodes.as_array().unwrap().iter().enumerate() {
            let id = node["id"].as_str().unwrap().to_owned();
            found.push((id.clone(), parent.clone(), index, node["properties"].clone()));
            waiting.push((json!(id), node["children"].clone()));
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

/// As [`flattened`], of the flat list.
fn listed(nodes: &Value) -> Vec<(String, Value, usize, Value)> {
    let of_node = |node: &Value| {
        let index = node["index"].as_u64().unwrap() as usize;
        let id = node["id"].as_str().unwrap().to_owned();
        (id, node["parent_id"].clone(), index, node["properties"].clone())
    };
    let mut found: Vec<_> = nodes.as_array().unwrap().iter().map(of_node).collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

#[tokio::test]
async fn large_graph_is_the_same_as_a_tree_and_as_a_list() {
    // Few and large, many and small, some deep and some wide: each way of reading them.
    let large = "x".repeat(20_000);
    let shapes: [Vec<Value>; 4] = [
        (1..=3).map(|n| node(n, None, &large)).collect(),
        (1..=300).map(|n| node(n, (n > 1).then_some(n / 2), &large[..5_000])).collect(),
        (1..=3_000).map(|n| node(n, (n > 5).then(|| n - 5), "")).collect(),
        (1..=2_000).map(|n| node(n, (n > 1).then_some(1), "small")).collect(),
    ];
    for nodes in shapes {
        let count = nodes.len();
        // The third is deeper than a tree may be.
        if count == 3_000 {
            let settings =
                ["--cleanup-interval", "off", "--body-limit", LARGE_BODIES, "--max-depth", "1000"];
            let server = Server::with(&settings).await;
            let board = Board::new(server.api()).await;
            let (status, _) = board.call(Method::PUT, "/graph", json!({ "nodes": nodes })).await;
            assert_eq!(status, 200);
            let list = board.get("/graph").await;
            assert_eq!(list["nodes"].as_array().unwrap().len(), count);
            continue;
        }
        let (_server, board) = board(nodes.clone()).await;
        let list = board.get("/graph").await;
        let tree = board.get("/graph/tree").await;
        let found = listed(&list["nodes"]);
        assert_eq!(found, flattened(&tree["roots"]));
        assert_eq!(found.len(), count);
        for (node, (id, parent, _, properties)) in nodes.iter().zip(&found) {
            assert_eq!((&node["id"], &node["parent_id"]), (&json!(id), parent));
            assert_eq!(node["properties"], *properties);
        }
        for head in [&list, &tree] {
            assert_eq!((&head["revision"], &head["seq"]), (&json!(1), &json!(count + 1)));
        }
        // What was read can be put back as it is.
        let body = json!({"nodes": list["nodes"]});
        assert_eq!(board.call(Method::PUT, "/graph", body).await.0, 200);
        assert_eq!(board.get("/graph/tree").await["roots"], tree["roots"]);
    }
}

/// A session with 24 MB in 400 nodes below one: more than the buffers of a connection take.
async fn large_board() -> (Server, Board) {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let mut sql = server.sql().await;
    let filled = run(
        &mut sql,
        "with recursive n (n) as (select 2 union all select n + 1 from n where n < 401)
         insert into nodes (session, node_id, parent_id, position, blueprint_type_id, name, properties)
         select session, printf('00000000-0000-7000-8000-%012x', n), node_id, printf('%012x', n), 't',
                'n', json_object('text', printf('%060000d', n))
         from n, (select session, node_id from nodes)",
    );
    assert_eq!(filled.await, Ok(400));
    (server, board)
}

/// A receiver that has read nothing but the beginning of the answer.
async fn slow_receiver(board: &Board, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(board.api.addr).await.unwrap();
    let request = format!(
        "GET /api/v1/sessions/{}{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        board.id, board.api.addr
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut beginning = [0; 16];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut beginning)).await.unwrap().unwrap();
    assert!(beginning.starts_with(b"HTTP/1.1 200"));
    stream
}

#[tokio::test]
async fn slow_graph_receivers_block_no_reader_and_get_their_snapshot() {
    let (server, board) = large_board().await;
    let mut slow = Vec::new();
    for path in ["/graph", "/graph/tree", "/graph"] {
        slow.push(slow_receiver(&board, path).await);
    }
    // Small reads and changes go on at once, large reads after a while.
    board.create(7_000, None).await;
    assert_eq!(board.get("").await["node_count"], 402);
    assert_eq!(board.get("/graph").await["nodes"].as_array().unwrap().len(), 402);
    // Each gets the content as it was when it asked, whole.
    for mut stream in slow {
        let mut answer = Vec::new();
        tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        let text = String::from_utf8(answer).unwrap();
        assert_eq!(text.matches("\"blueprint_type_id\"").count(), 401);
        assert!(text.contains("\"revision\":1}") && text.ends_with("0\r\n\r\n"), "not to the end");
    }
    drop(server);
}

#[tokio::test]
async fn graph_receiver_that_disconnects_frees_its_reader() {
    let (_server, board) = large_board().await;
    for _ in 0..6 {
        drop(slow_receiver(&board, "/graph/tree").await);
    }
    let url = format!("http://{}/api/v1/sessions/{}/graph", board.api.addr, board.id);
    eventually("a whole graph can be read", || async {
        let response = board.api.http.get(&url).send().await.unwrap();
        response.status() == 200 && response.bytes().await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn shutdown_does_not_wait_for_a_slow_graph_receiver() {
    let (mut server, board) = large_board().await;
    let stream = slow_receiver(&board, "/graph").await;
    tokio::time::timeout(PATIENCE + Duration::from_secs(30), server.stop()).await.unwrap();
    drop(stream);
}
