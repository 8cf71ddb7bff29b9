//! The graph as a whole: read as a tree or as a flat list, and replaced.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::board::{Board, new_node, node_id, refusal};
use crate::support::{Follower, Server, eventually, number, run};

async fn board() -> (Server, Board) {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    (server, board)
}

fn flat(number: u32, parent: Option<u32>, index: impl Into<Value>) -> Value {
    json!({
        "id": node_id(number), "parent_id": parent.map(node_id), "blueprint_type_id": "t",
        "name": format!("n{number}"), "properties": {"n": number}, "index": index.into()
    })
}

async fn put(board: &Board, nodes: Vec<Value>) -> (reqwest::StatusCode, Value) {
    board.call(Method::PUT, "/graph", json!({ "nodes": nodes })).await
}

#[tokio::test]
async fn graph_is_read_as_a_tree_or_as_a_flat_list() {
    let (_server, board) = board().await;
    let empty = json!({"roots": [], "seq": 0, "revision": 0});
    assert_eq!(board.get("/graph/tree").await, empty);
    assert_eq!(board.get("/graph").await, json!({"nodes": [], "seq": 0, "revision": 0}));
    for (number, parent) in [(1, None), (2, Some(1)), (3, Some(1)), (4, None)] {
        board.create(number, parent).await;
    }
    let leaf = |number: u32| {
        json!({"id": node_id(number), "blueprint_type_id": "task", "name": format!("n{number}"),
               "properties": {}, "children": []})
    };
    let mut top = leaf(1);
    top["children"] = json!([leaf(2), leaf(3)]);
    let expected = json!({"roots": [top, leaf(4)], "seq": 8, "revision": 4});
    assert_eq!(board.get("/graph/tree").await, expected);
    let graph = board.get("/graph").await;
    let mut places: Vec<_> = graph["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["name"].clone(), node["parent_id"].clone(), node["index"].clone()))
        .collect();
    places.sort_by_key(|place| place.0.to_string());
    let one = json!(node_id(1));
    assert_eq!(
        places,
        [
            (json!("n1"), json!(null), json!(0)),
            (json!("n2"), one.clone(), json!(0)),
            (json!("n3"), one, json!(1)),
            (json!("n4"), json!(null), json!(1)),
        ]
    );
    // What was read can be put back as it is.
    let before = board.roots().await;
    let (status, answer) = put(&board, graph["nodes"].as_array().unwrap().clone()).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(board.roots().await, before);
    let missing =
        board.call(Method::GET, &format!("/graph/nodes/{}", node_id(9)), Value::Null).await;
    assert_eq!(refusal(missing).1, "NODE_NOT_FOUND");
}

#[tokio::test]
async fn graph_replacement_is_one_undo_step_and_publishes_its_effects() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    board.create(3, None).await;
    let old = board.roots().await;
    // Children before parents, indexes in any order, one of them left out.
    let list = vec![
        flat(12, Some(11), 7),
        flat(13, Some(11), Value::Null),
        flat(2, Some(11), 3),
        flat(10, None, 5),
        flat(11, None, 1),
    ];
    let (status, answer) = put(&board, list).await;
    assert_eq!((status.as_u16(), &answer["result"]), (200, &json!({"node_count": 5})), "{answer}");
    assert_eq!(answer["revision"], 4);
    assert_eq!(board.outline().await, "n11(n2 n12 n13) n10");
    let new = board.roots().await;
    board.undo().await;
    assert_eq!(board.roots().await, old);
    board.redo().await;
    assert_eq!(board.roots().await, new);
    let mut follower = Follower::default();
    let page = board.get("/events?since=0").await;
    page["events"].as_array().unwrap().iter().for_each(|event| follower.receive(event));
    assert_eq!(follower.tree.to_json(), new);
    assert_eq!(follower.received["command-executed"], 4);
    assert_eq!(board.get("").await["node_count"], 5);
    let (status, _) = put(&board, Vec::new()).await;
    assert_eq!((status.as_u16(), board.outline().await), (200, String::new()));
    board.undo().await;
    assert_eq!(board.roots().await, new);
}

#[tokio::test]
async fn graph_that_is_no_forest_is_refused_whole() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    let before = board.snapshot().await;
    let mut nameless = flat(1, None, 0);
    nameless.as_object_mut().unwrap().remove("name");
    let mut deep: Vec<_> = (2..=513).map(|n| flat(n, Some(n - 1), 0)).collect();
    deep.push(flat(1, None, 0));
    let cases = [
        (vec![flat(1, Some(2), 0), flat(2, Some(1), 0)], 422, "INVALID_COMMAND", "cycle"),
        (vec![flat(1, Some(1), 0)], 422, "INVALID_COMMAND", "cycle"),
        (vec![flat(1, None, 0), flat(2, Some(9), 0)], 422, "INVALID_COMMAND", "nodes[1].parent_id"),
        (vec![flat(1, None, 0), flat(1, None, 1)], 400, "INVALID_REQUEST", "nodes[1].id"),
        (vec![flat(1, None, -1)], 400, "INVALID_REQUEST", "nodes[0].index"),
        (vec![nameless], 400, "INVALID_REQUEST", "name"),
        (deep, 422, "INVALID_COMMAND", "512"),
    ];
    for (list, status, code, named) in cases {
        let refused = refusal(put(&board, list).await);
        assert_eq!((refused.0, &*refused.1), (status, code), "{}", refused.2);
        assert!(refused.2.contains(named), "{named}: {}", refused.2);
    }
    let (status, code, message) =
        refusal(board.call(Method::PUT, "/graph", json!({"nodes": {}})).await);
    assert_eq!((status, &*code), (400, "INVALID_REQUEST"), "{message}");
    assert_eq!(board.snapshot().await, before);
}

#[tokio::test]
async fn tree_of_maximum_depth_is_read() {
    let (_server, board) = board().await;
    let list = (1..=512).map(|n| flat(n, (n > 1).then(|| n - 1), 0)).collect();
    assert_eq!(put(&board, list).await.0, 200);
    // Parsers stop before; the brackets are counted instead.
    let url = format!("http://{}/api/v1/sessions/{}/graph/tree", board.api.addr, board.id);
    let text = board.api.http.get(url).send().await.unwrap().text().await.unwrap();
    let (mut depth, mut deepest) = (0, 0);
    for byte in text.bytes() {
        depth += match byte {
            b'[' => 1,
            b']' => -1,
            _ => 0,
        };
        deepest = deepest.max(depth);
    }
    // The list of roots, and the children of each.
    assert_eq!((depth, deepest, text.matches(r#""children":["#).count()), (0, 513, 512));
    board.execute("DeleteNode", json!({"node_id": node_id(1)})).await;
    board.undo().await;
    assert_eq!(board.get("").await["node_count"], 512);
}

#[tokio::test]
async fn graph_of_thousands_of_nodes_keeps_its_order_when_read_and_put_back() {
    let (_server, board) = board().await;
    let parent = |n: u32| (n > 10).then(|| n % (n / 7 + 1).min(400) + 1);
    let mut list: Vec<_> = (1..=5_000).map(|n| flat(n, parent(n), n)).collect();
    list.reverse();
    let (status, answer) = put(&board, list).await;
    assert_eq!(status, 200, "{answer}");
    let full = board.get("/graph").await;
    for node in full["nodes"].as_array().unwrap() {
        assert_eq!(node["name"], format!("n{}", node["properties"]["n"]));
    }
    // Within a parent the indexes went up with the numbers.
    let mut last: (Value, i64, i64) = (Value::Null, -1, 0);
    for node in full["nodes"].as_array().unwrap() {
        let number = node["properties"]["n"].as_i64().unwrap();
        let index = node["index"].as_i64().unwrap();
        if node["parent_id"] == last.0 {
            assert!(index == last.1 + 1 && number > last.2, "{node} after {last:?}");
        } else {
            assert_eq!(index, 0);
        }
        last = (node["parent_id"].clone(), index, number);
    }
    board.undo().await;
    assert_eq!(board.get("").await["node_count"], 0);
    board.redo().await;
    assert_eq!(board.get("/graph").await["nodes"], full["nodes"]);
}

#[tokio::test]
async fn content_of_a_removed_session_is_purged() {
    let server = Server::with(&["--cleanup-interval", "off", "--restore-window", "off"]).await;
    let board = Board::new(server.api()).await;
    let list = (1..=2_500).map(|n| flat(n, None, n)).collect();
    assert_eq!(put(&board, list).await.0, 200);
    let other = Board::new(board.api.clone()).await;
    other.create(1, None).await;
    let url = format!("http://{}/api/v1/sessions/{}/undo", board.api.addr, board.id);
    let keyed = board.api.http.post(url).header("Idempotency-Key", "k").send().await.unwrap();
    assert_eq!(keyed.status(), 200);
    board.redo().await;
    let mut sql = server.sql().await;
    let answers = run(
        &mut sql,
        "with recursive n (n) as (select 1 union all select n + 1 from n where n < 1000)
         insert into internal_idempotency_keys select session, 'more-' || n, '', '', last_activity
         from n, sessions where node_count > 1",
    );
    assert_eq!(answers.await, Ok(1000));
    assert_eq!(board.call(Method::DELETE, "", Value::Null).await.0, 204);
    for path in ["/graph", "/graph/tree", "/commands", "/events"] {
        let (status, code, _) = refusal(board.call(Method::GET, path, Value::Null).await);
        assert_eq!((status, &*code), (410, "SESSION_REMOVED"), "{path}");
    }
    let refused = board.refused("CreateNode", new_node(1, None)).await;
    assert_eq!((refused.0, &*refused.1), (410, "SESSION_REMOVED"));
    eventually("no content is left of it", || async {
        let mut sql = server.sql().await;
        number(
            &mut sql,
            "select (select count(*) from nodes) + (select count(*) from history)
                  + (select count(*) from internal_idempotency_keys)
                  + (select count(*) from internal_purge_queue)",
        )
        .await
            == 2
    })
    .await;
    assert_eq!(other.outline().await, "n1");
}

#[tokio::test]
async fn graph_replacement_is_undone_in_the_scope_of_its_client() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let nodes = json!([{"id": node_id(2), "blueprint_type_id": "t", "name": "n2"}]);
    let body = json!({"nodes": nodes, "client_id": "ada"});
    assert_eq!(board.call(Method::PUT, "/graph", body).await.0, 200);
    assert_eq!(board.outline().await, "n2");
    assert_eq!(board.get("/commands").await["commands"][1]["client_id"], "ada");
    board.step("undo", json!({"scope": "client", "client_id": "ada"})).await;
    assert_eq!(board.outline().await, "n1");
    for client_id in ["", &"x".repeat(129)] {
        let body = json!({"nodes": nodes, "client_id": client_id});
        assert_eq!(board.call(Method::PUT, "/graph", body).await.0, 400);
    }
}
