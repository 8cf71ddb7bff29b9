//! Queries, content encodings and number formats: nothing that is sent is ignored where it would
//! change the effect of the request.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::board::{Board, node_id};
use crate::support::{Server, code};

/// Every route that changes something, with a body that it takes.
fn changes(board: &Board) -> Vec<(Method, String, Value)> {
    let create = json!({"command_type": "CreateNode", "data": {"blueprint_type_id": "t"}});
    let mut addressed = create.clone();
    addressed["session_id"] = json!(board.id);
    let session = |path: &str| format!("/sessions/{}{path}", board.id);
    // There is no such endpoint.
    let webhook = |path: &str| format!("/webhooks/{}{path}", node_id(1));
    vec![
        (Method::POST, "/webhooks".into(), json!({"url": "http://127.0.0.1/"})),
        (Method::PATCH, webhook(""), json!({})),
        (Method::DELETE, webhook(""), json!({})),
        (Method::POST, webhook("/enable"), json!({})),
        (Method::POST, webhook("/rotate"), json!({})),
        (Method::POST, webhook("/test"), json!({})),
        (Method::POST, webhook(&format!("/deliveries/msg_{}/retry", node_id(2))), json!({})),
        (
            Method::POST,
            webhook("/replay"),
            json!({"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}),
        ),
        (Method::POST, "/sessions".into(), json!({})),
        (Method::POST, "/sessions/cleanup".into(), json!({"max_inactive_hours": 24})),
        (Method::PATCH, session(""), json!({"name": "new"})),
        (Method::POST, session("/touch"), json!({})),
        (Method::POST, session("/messages"), json!({"data": 1})),
        (Method::DELETE, session("/clients/nobody"), json!({})),
        (Method::POST, "/commands/execute".into(), addressed),
        (Method::POST, session("/commands"), create),
        (Method::POST, session("/undo"), json!({})),
        (Method::POST, session("/redo"), json!({})),
        (Method::PUT, session("/graph"), json!({"nodes": []})),
        (Method::POST, "/admin/backup".into(), json!({})),
        (Method::PUT, "/admin/log_filter".into(), json!({"log_filter": "info"})),
        (Method::DELETE, session(""), json!({})),
        (Method::POST, session("/restore"), json!({})),
    ]
}

async fn board() -> (Server, Board) {
    let server = Server::with(&["--webhook-allow-private"]).await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    (server, board)
}

async fn state(board: &Board) -> Value {
    json!([board.snapshot().await, board.get("").await, board.api.get("/sessions").await])
}

#[tokio::test]
async fn query_parameters_are_refused_on_routes_that_change_something() {
    let (_server, board) = board().await;
    // Every route that changes something and is described is among those that are tried.
    let document = board.api.get("/openapi.json").await;
    // Those of tokens and logins are tried in tests/suite/access, since a token closes the server.
    let described = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(path, _)| !["/tokens", "/login", "/logout"].iter().any(|it| path.contains(it)))
        .flat_map(|(_, item)| item.as_object().unwrap().keys().filter(|method| *method != "get"));
    assert_eq!(described.count(), changes(&board).len());
    let before = state(&board).await;
    for (method, path, body) in changes(&board) {
        for query in ["dry_run=true", "scope=client", "x", "="] {
            let place = format!("{path}?{query}");
            let (status, answer) = board.api.call(method.clone(), &place, Some(body.clone())).await;
            assert_eq!((status.as_u16(), &*code(&answer)), (400, "INVALID_REQUEST"), "{place}");
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(message.contains(query) && message.contains("body"), "{message}");
        }
    }
    assert_eq!(state(&board).await, before);
    for (method, path, body) in changes(&board) {
        let place = format!("{path}?");
        let (status, answer) = board.api.call(method.clone(), &place, Some(body)).await;
        // There is no such client or endpoint, and no folder for backups.
        let expected = ["CLIENT_NOT_FOUND", "WEBHOOK_NOT_FOUND", "INVALID_COMMAND"];
        let is_done = status.is_success() || expected.contains(&code(&answer).as_str());
        assert!(is_done, "{method} {place}: {status} {answer}");
    }
}

#[tokio::test]
async fn body_with_content_encoding_is_refused() {
    let (server, board) = board().await;
    let before = state(&board).await;
    let with_body = |path: &str| {
        !["/touch", "/restore", "/backup", "/enable", "/rotate", "/test", "/retry"]
            .iter()
            .any(|end| path.ends_with(end))
    };
    let send = async |method: Method, path: &str, body: &Value, coding: &str| {
        let url = format!("http://{}/api/v1{path}", server.addr);
        let request = server.http.request(method, url).header("Content-Encoding", coding);
        request.body(body.to_string()).send().await.unwrap()
    };
    for (method, path, body) in changes(&board) {
        if method == Method::DELETE || !with_body(&path) {
            continue;
        }
        for coding in ["gzip", "br", "identity, gzip", "GZIP", "x"] {
            let response = send(method.clone(), &path, &body, coding).await;
            assert_eq!(response.status(), 415, "{method} {path} {coding}");
            assert_eq!(response.headers()["accept-encoding"], "identity");
            assert_eq!(code(&response.json().await.unwrap()), "INVALID_REQUEST");
        }
    }
    assert_eq!(state(&board).await, before);
    for coding in ["identity", "Identity", ""] {
        let response = send(Method::POST, "/sessions", &json!({}), coding).await;
        assert_eq!(response.status(), 201, "{coding}");
    }
}

#[tokio::test]
async fn pinned_may_be_absent_but_not_null() {
    let (_server, board) = board().await;
    let (status, answer) = board.call(Method::PATCH, "", json!({"pinned": null})).await;
    assert_eq!((status.as_u16(), &*code(&answer)), (400, "INVALID_REQUEST"));
    assert!(answer["error"]["message"].as_str().unwrap().contains("pinned"), "{answer}");
    let (status, answer) = board.call(Method::PATCH, "", json!({"pinned": true})).await;
    assert_eq!((status.as_u16(), &answer["pinned"]), (200, &json!(true)));
}

#[tokio::test]
async fn integer_may_be_written_in_any_json_notation() {
    let (_server, board) = board().await;
    // (RFC 8259, section 6; JSON Schema: 1.0 is an integer.)
    let taken = [
        ("0", 0),
        ("-0", 0),
        ("0.0", 0),
        ("0e0", 0),
        ("1", 1),
        ("1.0", 1),
        ("1e0", 1),
        ("10e-1", 1),
        ("0.1E1", 1),
    ];
    let refused = ["0.5", "-1", "-1.0", "1e-1", "4294967296", "4294967296.0", "1e300"];
    let create = |number: u32, index: &str| {
        format!(
            r#"{{"command_type": "CreateNode", "data": {{"blueprint_type_id": "t", "name": "n",
                "node_id": "{}", "index": {index}}}}}"#,
            node_id(number)
        )
    };
    let post = async |path: &str, body: String| {
        let url = format!("http://{}/api/v1/sessions/{}{path}", board.api.addr, board.id);
        let response = board.api.http.post(url).body(body).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let mut ws = crate::support::Ws::connect(board.api.addr).await;
    for (number, (text, value)) in (10..).zip(taken) {
        let (status, answer) = post("/commands", create(number, text)).await;
        assert_eq!(status, 200, "{text}: {answer}");
        let roots = board.roots().await;
        let place = roots.as_array().unwrap().iter().position(|node| node["id"] == node_id(number));
        assert_eq!(place, Some(value), "{text}");

        let events = board.get(&format!("/events?since={text}&limit=1e0")).await;
        assert_eq!(events["events"].as_array().unwrap().len(), 1, "{text}");
        assert_eq!(events["events"][0]["seq"], value + 1, "{text}");
        let commands = board.get(&format!("/commands?since={text}&limit=2.0")).await;
        assert_eq!(commands["commands"].as_array().unwrap().len(), 2, "{text}");

        let join =
            format!(r#"{{"type": "join_session", "session_id": "{}", "since": {text}}}"#, board.id);
        ws.send_text(join).await;
        assert_eq!(ws.answer().await["type"], "joined", "{text}");
        ws.leave(&board.id).await;
        ws.events.clear();
    }
    let revision = board.get("").await["revision"].as_i64().unwrap();
    let undo =
        format!(r#"{{"type": "undo", "session_id": "{}", "if_match": {revision}.0}}"#, board.id);
    ws.send_text(undo).await;
    assert_eq!(ws.answer().await["type"], "executed");

    let named = |answer: &Value, field: &str| {
        let message = answer["message"].as_str().unwrap();
        assert!(
            message.contains(field) && message.contains("a whole number from 0 to"),
            "{message}"
        );
    };
    for text in refused {
        let (status, answer) = post("/commands", create(100, text)).await;
        assert_eq!(status, 400, "{text}: {answer}");
        named(&answer["error"], "data.index");
        for path in [format!("/events?since={text}"), format!("/commands?since={text}")] {
            let (status, answer) = board.call(Method::GET, &path, Value::Null).await;
            assert_eq!(status, 400, "{path}: {answer}");
            named(&answer["error"], "since");
        }
        let join =
            format!(r#"{{"type": "join_session", "session_id": "{}", "since": {text}}}"#, board.id);
        ws.send_text(join).await;
        named(&ws.answer().await, "since");
    }
    for text in ["0.5", "-1", "1e300", "\"1\"", "true", "[]"] {
        let undo =
            format!(r#"{{"type": "undo", "session_id": "{}", "if_match": {text}}}"#, board.id);
        ws.send_text(undo).await;
        named(&ws.answer().await, "if_match");
    }
    let (status, answer) = board.call(Method::GET, "/events?limit=0.0", Value::Null).await;
    assert_eq!(status, 400);
    assert!(
        answer["error"]["message"].as_str().unwrap().contains("a whole number from 1"),
        "{answer}"
    );
}
