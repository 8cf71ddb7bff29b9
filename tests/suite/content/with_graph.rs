//! The content that comes along with a response: `"with": "graph"`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Server;
use crate::support::board::{Board, new_node, node_id};

async fn board() -> (Server, Board) {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    (server, board)
}

/// The content as it is read, in the shape in which it comes along.
async fn nodes(board: &Board) -> Value {
    board.get("/graph").await["nodes"].clone()
}

#[tokio::test]
async fn changes_return_the_graph_of_their_own_revision() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    let with = |mut body: Value| {
        body["with"] = json!("graph");
        body
    };
    let command =
        json!({"command_type": "RenameNode", "data": {"node_id": node_id(2), "name": "é"}});
    let graph = json!({"nodes": [
        {"id": node_id(7), "blueprint_type_id": "t", "name": "a", "properties": {"p": [1]}}]});
    for (method, path, body) in [
        (Method::POST, "/commands", command),
        (Method::POST, "/undo", json!({})),
        (Method::POST, "/redo", json!({})),
        (Method::PUT, "/graph", graph),
    ] {
        let answer = board.call(method, path, with(body)).await.1;
        assert_eq!(answer["graph"], json!({"nodes": nodes(&board).await}), "{path}");
    }
    let plain = board.call(Method::POST, "/undo", json!({})).await.1;
    assert_eq!(plain.get("graph"), None);
}

#[tokio::test]
async fn commands_at_the_same_time_each_return_the_graph_of_their_own_revision() {
    let (_server, board) = board().await;
    let tasks = (1..=40).map(|number| {
        let board = board.clone();
        tokio::spawn(async move {
            let mut body = json!({"command_type": "CreateNode", "data": new_node(number, None)});
            body["with"] = json!("graph");
            board.call(Method::POST, "/commands", body).await.1
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        let answer = task.await.unwrap();
        let nodes = answer["graph"]["nodes"].as_array().unwrap();
        assert_eq!(json!(nodes.len()), answer["revision"], "{answer}");
    }
}

#[tokio::test]
async fn repeated_request_returns_the_graph_only_while_it_is_unchanged() {
    let (server, board) = board().await;
    let mut ws = server.ws().await;
    let create = json!({"type": "execute", "session_id": board.id, "command_type": "CreateNode",
        "data": new_node(1, None), "idempotency_key": "k", "with": "graph"});
    let first = ws.ask(create.clone()).await;
    assert_eq!(first["graph"]["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(ws.ask(create.clone()).await, first);
    board.create(2, None).await;
    let again = ws.ask(create).await;
    assert_eq!((&again["graph"], &again["revision"]), (&json!(null), &first["revision"]));
}

#[tokio::test]
async fn graph_that_is_too_large_is_null() {
    let server = Server::with(&["--staging-threshold", "2"]).await;
    let board = Board::new(server.api()).await;
    for number in 1..=3 {
        board.create(number, None).await;
    }
    let body = json!({"command_type": "RenameNode", "with": "graph",
        "data": {"node_id": node_id(1), "name": "x"}});
    let (status, answer) = board.call(Method::POST, "/commands", body).await;
    assert_eq!((status.as_u16(), answer.get("graph")), (200, Some(&json!(null))));
}

#[tokio::test]
async fn joined_has_the_graph_of_its_own_seq() {
    let (server, board) = board().await;
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    let mut ws = server.ws().await;
    let join = json!({"type": "join_session", "session_id": board.id, "with": "graph", "since": 0});
    let joined = ws.ask(join.clone()).await;
    let session = board.get("").await;
    assert_eq!(joined["graph"], json!({"nodes": nodes(&board).await}));
    assert_eq!((&joined["seq"], &joined["revision"]), (&session["seq"], &session["revision"]));
    assert_eq!(joined["clients"][0]["client_id"], joined["client_id"]);
    board.create(3, None).await;
    // What is in the graph is not sent again, nor anything before it.
    let event = ws.event().await;
    assert_eq!(event["seq"].as_i64(), joined["seq"].as_i64().map(|seq| seq + 1));
    // A client that is in already gets it as well.
    let again = ws.ask(join).await;
    assert_eq!(again["graph"]["nodes"].as_array().unwrap().len(), 3);
    assert_eq!(again["active_clients"], 1);
}

#[tokio::test]
async fn session_starts_from_nodes_without_an_undo_step() {
    let server = Server::start().await;
    let api = server.api();
    let list = json!([
        {"id": node_id(2), "parent_id": node_id(1), "blueprint_type_id": "t", "name": "b"},
        {"id": node_id(1), "blueprint_type_id": "t", "name": "a"}]);
    let session = api.post("/sessions", json!({"name": "n", "nodes": list})).await;
    assert_eq!((&session["node_count"], &session["revision"]), (&json!(2), &json!(1)));
    let path = format!("/sessions/{}", session["session_id"].as_str().unwrap());
    assert_eq!(api.get(&path).await, session);
    let tree = api.get(&format!("{path}/graph/tree")).await;
    assert_eq!(tree["roots"][0]["children"][0]["id"], node_id(2));
    let info = api.get(&format!("{path}/info")).await;
    assert_eq!((&info["undo_available"], &info["redo_available"]), (&json!(false), &json!(false)));
    let undo = api.call(Method::POST, &format!("{path}/undo"), Some(json!({}))).await;
    assert_eq!(undo.1["error"]["code"], "NOTHING_TO_UNDO");
    // A follower who asks for everything can build the tree.
    let events = api.get(&format!("{path}/events")).await;
    assert_eq!(json!(events["events"].as_array().unwrap().len()), session["seq"]);
}

#[tokio::test]
async fn session_whose_nodes_are_refused_is_not_created() {
    let server = Server::with(&["--staging-threshold", "2"]).await;
    let api = server.api();
    let node = |number, parent: Value| {
        json!({"id": node_id(number), "parent_id": parent,
        "blueprint_type_id": "t", "name": "a"})
    };
    let null = json!(null);
    for (nodes, code) in [
        (json!([node(1, json!(node_id(9)))]), "INVALID_COMMAND"),
        (json!([node(1, null.clone()), node(1, null.clone())]), "INVALID_REQUEST"),
        ((1..=3).map(|number| node(number, null.clone())).collect(), "INVALID_COMMAND"),
    ] {
        let answer = api.call(Method::POST, "/sessions", Some(json!({"nodes": nodes}))).await;
        assert_eq!(answer.1["error"]["code"], code, "{}", answer.1);
    }
    assert_eq!(api.get("/sessions").await["total"], 0);
}

#[tokio::test]
async fn replacement_may_restart_the_history() {
    // In one transaction, and staged.
    for threshold in ["2000", "3"] {
        let server = Server::with(&["--staging-threshold", threshold]).await;
        let board = Board::new(server.api()).await;
        board.create(1, None).await;
        board.create(2, None).await;
        board.call(Method::POST, "/undo", json!({})).await;
        let list: Vec<Value> = (3..=6)
            .map(|number| json!({"id": node_id(number), "blueprint_type_id": "t", "name": "a"}))
            .collect();
        let body = json!({"nodes": list, "history": "restart"});
        let (status, answer) = board.call(Method::PUT, "/graph", body).await;
        assert_eq!(status, 200, "{answer}");
        let available = (&answer["undo_available"], &answer["redo_available"]);
        assert_eq!(available, (&json!(false), &json!(false)));
        assert_eq!(board.get("/commands").await["commands"], json!([]));
        assert_eq!(board.no_step("undo", json!({})).await.1, "NOTHING_TO_UNDO");
        assert_eq!(board.no_step("redo", json!({})).await.1, "NOTHING_TO_REDO");
        board.create(7, None).await;
        board.call(Method::POST, "/undo", json!({})).await;
        assert_eq!(board.get("").await["node_count"], 4);
    }
}
