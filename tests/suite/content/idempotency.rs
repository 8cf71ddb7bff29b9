//! Safe retries with `Idempotency-Key`, and no lost updates with `If-Match`.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::support::Server;
use crate::support::board::{Board, command, new_node, node_id};

async fn board() -> (Server, Board) {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    (server, board)
}

fn request(board: &Board, method: Method, path: &str) -> RequestBuilder {
    let Board { api, id } = board;
    api.http.request(method, format!("http://{}/api/v1/sessions/{id}{path}", api.addr))
}

async fn sent(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

/// A post with a key.
async fn keyed(board: &Board, key: &str, path: &str, body: Value) -> (StatusCode, Value) {
    sent(request(board, Method::POST, path).header("Idempotency-Key", key).json(&body)).await
}

/// A creation with a header.
async fn create_if(board: &Board, tag: &str) -> (StatusCode, Value) {
    let body = command("CreateNode", json!({"blueprint_type_id": "t"}));
    sent(request(board, Method::POST, "/commands").header("If-Match", tag).json(&body)).await
}

#[tokio::test]
async fn retry_gets_the_first_response_and_changes_nothing_again() {
    let (mut server, mut board) = board().await;
    let body = command("CreateNode", json!({"blueprint_type_id": "t"}));
    let first = keyed(&board, "k1", "/commands", body.clone()).await;
    assert_eq!(first.0, 200);
    board.create(2, None).await;
    assert_eq!(keyed(&board, "k1", "/commands", body.clone()).await, first);
    let undo = keyed(&board, "k2", "/undo", json!({})).await;
    assert_eq!(keyed(&board, "k2", "/undo", json!({})).await, undo);
    server.restart().await;
    board.api = server.api();
    assert_eq!(keyed(&board, "k1", "/commands", body).await, first);
    assert_eq!(keyed(&board, "k2", "/undo", json!({})).await, undo);
    assert_eq!(board.get("").await["node_count"], 1);
    assert_eq!(board.get("").await["revision"], 3);
}

#[tokio::test]
async fn concurrent_retries_are_executed_once() {
    let (_server, board) = board().await;
    let body = command("CreateNode", json!({"blueprint_type_id": "t"}));
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (board, body) = (board.clone(), body.clone());
        tries.spawn(async move { keyed(&board, "same", "/commands", body).await });
    }
    let answers = tries.join_all().await;
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    assert_eq!(answers[0].0, 200);
    assert_eq!(board.get("").await["node_count"], 1);
}

#[tokio::test]
async fn idempotency_key_of_another_request_is_refused() {
    let (_server, board) = board().await;
    let (status, _) =
        keyed(&board, "k", "/commands", command("CreateNode", new_node(1, None))).await;
    assert_eq!(status, 200);
    let before = board.snapshot().await;
    let others = [
        ("/commands", command("CreateNode", new_node(2, None))),
        ("/undo", json!({})),
        ("/redo", json!({})),
    ];
    for (path, body) in others {
        let (status, answer) = keyed(&board, "k", path, body).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (409, &json!("IDEMPOTENCY_KEY_REUSED")),
            "{path}"
        );
    }
    assert_eq!(board.snapshot().await, before);
    // A key belongs to its session.
    let other = Board::new(board.api.clone()).await;
    let (status, _) =
        keyed(&other, "k", "/commands", command("CreateNode", new_node(2, None))).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn refused_request_stores_no_response_under_its_key() {
    let (_server, board) = board().await;
    let body = command("CreateNode", new_node(2, Some(1)));
    assert_eq!(keyed(&board, "k", "/commands", body.clone()).await.0, 422);
    board.create(1, None).await;
    assert_eq!(keyed(&board, "k", "/commands", body).await.0, 200);
    assert_eq!(board.outline().await, "n1(n2)");
}

#[tokio::test]
async fn idempotency_key_length_is_bounded() {
    let (server, board) = board().await;
    for key in ["", &"k".repeat(256)] {
        let (status, answer) = keyed(&board, key, "/undo", json!({})).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("Idempotency-Key"));
    }
    let mut ws = server.ws().await;
    let create = |key: &str| {
        json!({"type": "execute", "session_id": board.id, "command_type": "CreateNode",
               "data": {"blueprint_type_id": "t"}, "idempotency_key": key})
    };
    let first = ws.ask(create("k")).await;
    assert_eq!((&first["type"], &ws.ask(create("k")).await), (&json!("executed"), &first));
    assert_eq!(ws.ask(create("a\u{0}b")).await["code"], "INVALID_REQUEST");
    assert_eq!(board.get("").await["node_count"], 1);
}

#[tokio::test]
async fn if_match_prevents_a_lost_update() {
    let (_server, board) = board().await;
    let tag_of = |path: &'static str| {
        let request = request(&board, Method::GET, path);
        async { request.send().await.unwrap().headers()["etag"].to_str().unwrap().to_owned() }
    };
    let tag = tag_of("/graph/tree").await;
    assert_eq!(tag, "\"0\"");
    assert_eq!(create_if(&board, &tag).await.0, 200);
    let (status, answer) = create_if(&board, &tag).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (412, &json!("REVISION_MISMATCH")));
    assert_eq!(answer["error"]["details"]["revision"], 1);
    let tag = tag_of("/graph").await;
    assert_eq!(tag, "\"1\"");
    for path in ["/undo", "/redo"] {
        let stale = request(&board, Method::POST, path).header("If-Match", "\"0\"");
        assert_eq!(sent(stale).await.0, 412, "{path}");
    }
    let put = |tag: &str| {
        let nodes = json!({"nodes": [{"id": node_id(5), "blueprint_type_id": "t", "name": "n"}]});
        sent(request(&board, Method::PUT, "/graph").header("If-Match", tag).json(&nodes))
    };
    assert_eq!(put("\"0\"").await.0, 412);
    assert_eq!(put(&tag).await.0, 200);
    assert_eq!(create_if(&board, "*").await.0, 200);
    assert_eq!(board.get("").await["revision"], 3);
    for tag in ["", "\"3"] {
        let (status, answer) = create_if(&board, tag).await;
        assert_eq!(status, 400, "{tag}: {answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("If-Match"), "{answer}");
    }
    assert_eq!(board.get("").await["revision"], 3);
}

/// A post with a key, with the text of its body.
async fn keyed_text(board: &Board, key: &str, path: &str, body: String) -> (StatusCode, Value) {
    sent(request(board, Method::POST, path).header("Idempotency-Key", key).body(body)).await
}

#[tokio::test]
async fn retry_over_another_transport_gets_the_first_response() {
    let (server, board) = board().await;
    let mut ws = server.ws().await;
    let id = &board.id;
    let me = ws.join(id).await["client_id"].as_str().unwrap().to_owned();
    let without = |mut answer: Value, fields: &[&str]| {
        fields.iter().for_each(|field| drop(answer.as_object_mut().unwrap().remove(*field)));
        answer
    };
    for (key, name, path, body) in [
        ("a", "execute", "/commands", command("CreateNode", new_node(1, None))),
        ("b", "execute", "/commands", command("CreateNode", new_node(2, None))),
        ("c", "undo", "/undo", json!({})),
        ("d", "redo", "/redo", json!({"scope": "session"})),
        ("e", "undo", "/undo", json!({"scope": "client", "client_id": me})),
        ("f", "redo", "/redo", json!({"scope": "client", "client_id": me})),
    ] {
        let mut frame = body.clone();
        frame["type"] = name.into();
        frame["session_id"] = id.as_str().into();
        frame["idempotency_key"] = key.into();
        let live = without(ws.ask(frame.clone()).await, &["type", "session_id"]);
        let revision = board.get("").await["revision"].clone();
        let (status, rest) = keyed(&board, key, path, body).await;
        assert_eq!((status, &rest), (StatusCode::OK, &live), "{name} {key}");
        assert_eq!(board.get("").await["revision"], revision);
    }
    let revision = board.get("").await["revision"].clone();
    let (status, first) =
        keyed(&board, "g", "/commands", command("CreateNode", new_node(3, None))).await;
    assert_eq!(status, 200);
    let mut frame = command("CreateNode", new_node(3, None));
    frame["type"] = "execute".into();
    frame["session_id"] = id.as_str().into();
    frame["idempotency_key"] = "g".into();
    assert_eq!(without(ws.ask(frame).await, &["type", "session_id"]), first);
    assert_eq!(board.get("").await["revision"], revision.as_i64().unwrap() + 1);
}

#[tokio::test]
async fn undo_under_a_key_is_not_a_retry_of_another_clients_undo() {
    let (_server, board) = board().await;
    for (client, number) in [("ada", 1), ("bob", 2)] {
        board.execute_as(client, "CreateNode", new_node(number, None)).await;
    }
    let own = |client: &str| json!({"scope": "client", "client_id": client});
    assert_eq!(keyed(&board, "k", "/undo", own("ada")).await.0, 200);
    let (status, answer) = keyed(&board, "k", "/undo", own("bob")).await;
    assert_eq!(
        (status.as_u16(), &answer["error"]["code"]),
        (409, &json!("IDEMPOTENCY_KEY_REUSED"))
    );
    assert_eq!(board.outline().await, "n2");
}

#[tokio::test]
async fn retry_may_be_formatted_differently() {
    let (_server, board) = board().await;
    let id = node_id(1);
    let texts = [
        format!(
            r#"{{"command_type":"CreateNode","data":{{"blueprint_type_id":"t","node_id":"{id}"}}}}"#
        ),
        format!(
            "{{ \"data\": {{\n \"node_id\": \"{id}\", \"blueprint_type_id\": \"\\u0074\" }},
             \"command_type\": \"CreateNode\", \"client_id\": \"ada\" }}"
        ),
    ];
    let first = keyed_text(&board, "k", "/commands", texts[0].clone()).await;
    assert_eq!(first.0, 200, "{}", first.1);
    assert_eq!(keyed_text(&board, "k", "/commands", texts[1].clone()).await, first);
    let put = |text: String| {
        let request = request(&board, Method::PUT, "/graph").header("Idempotency-Key", "p");
        sent(request.body(text))
    };
    let first = put(r#"{"nodes":[]}"#.to_owned()).await;
    assert_eq!(first.0, 200);
    assert_eq!(put(r#" { "nodes" : [ ] }"#.to_owned()).await, first);
    let other = put(format!(r#"{{"nodes":[{{"id":"{id}","blueprint_type_id":"t","name":""}}]}}"#));
    assert_eq!(other.await.0, 409);
}
