//! Free-form JSON and texts: the maximum nesting depth, and no null characters, over every transport.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::board::{Board, command, node_id};
use crate::support::socketio::Sio;
use crate::support::{Server, code, run};

/// A list in a list, so many times.
fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

/// Objects, so many levels.
fn nested_objects(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!({ "k": inner }))
}

#[tokio::test]
async fn free_json_deeper_than_64_levels_is_refused_everywhere() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let id = board.id.clone();
    let session = format!("/sessions/{id}");

    // The attributes are a level themselves.
    for (levels, expected) in [(63, true), (64, false), (100, false)] {
        for deep in [nested(levels), nested_objects(levels)] {
            let body = json!({"attributes": {"a": deep}});
            for (method, path) in [(Method::POST, "/sessions"), (Method::PATCH, session.as_str())] {
                let (status, answer) = board.api.call(method, path, Some(body.clone())).await;
                assert_eq!(status.is_success(), expected, "{levels}: {answer}");
                if !expected {
                    let message = answer["error"]["message"].as_str().unwrap();
                    assert!(message.contains("attributes") && message.contains("64"), "{message}");
                }
            }
        }
    }
    for (levels, expected) in [(64, 200), (65, 400), (120, 400)] {
        let value = nested(levels);
        let update = json!({"node_id": node_id(1), "property_id": "p", "value": value});
        let create = json!({"blueprint_type_id": "t", "properties": {"p": value}});
        let nodes = json!({"nodes": [{"id": node_id(1), "name": "", "blueprint_type_id": "t",
                                      "properties": {"p": value}}]});
        for (method, path, body) in [
            (Method::POST, "/commands", command("UpdateProperty", update)),
            (Method::POST, "/commands", command("CreateNode", create)),
            (Method::PUT, "/graph", nodes),
        ] {
            let (status, answer) = board.call(method, path, body).await;
            assert_eq!(status, expected, "{path} {levels}: {answer}");
        }
    }

    // A client that says as much as it may does not spoil the list of those who are in.
    let mut ws = server.ws().await;
    let mut sio = Sio::connect(server.addr).await;
    for (levels, expected) in [(65, "error"), (126, "error"), (64, "joined")] {
        let join = json!({"session_id": id, "user": nested(levels)});
        assert_eq!(
            sio.call("join_session", join.clone()).await["error"].is_object(),
            expected == "error"
        );
        let mut frame = join;
        frame["type"] = json!("join_session");
        let answer = ws.ask(frame).await;
        assert_eq!(answer["type"], expected, "{levels}: {answer}");
    }
    for (levels, refused) in [(65, true), (126, true), (64, false)] {
        let presence = json!({"session_id": id, "data": nested(levels)});
        let mut frame = presence.clone();
        frame["type"] = json!("presence");
        ws.send(frame).await;
        sio.emit("presence", presence).await;
        if refused {
            let answer = ws.answer().await;
            assert_eq!(answer["code"], "INVALID_REQUEST", "{levels}: {answer}");
            assert!(answer["message"].as_str().unwrap().contains("data"), "{answer}");
            assert_eq!(sio.event_named("error").await["code"], "INVALID_REQUEST");
        }
    }
    assert_eq!(ws.ask(json!({"type": "ping"})).await["type"], "pong");
    sio.call("ping", json!({})).await;
    let clients = board.get("/clients").await;
    for client in clients["clients"].as_array().unwrap() {
        assert_eq!(client["user"], nested(64));
        assert_eq!(client["presence"], nested(64));
    }
    let mut late = server.ws().await;
    assert_eq!(late.join(&id).await["active_clients"], 3);
}

#[tokio::test]
async fn null_character_in_a_session_or_client_text_is_refused() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({"name": "kept", "attributes": {"a": {"b": 1}}})).await;
    let session = format!("/sessions/{id}");
    let before = api.get(&session).await;
    let torn = "before\u{0}after";
    for (field, value) in [
        ("name", json!(torn)),
        ("name", json!("\u{0}")),
        ("project_id", json!(torn)),
        ("attributes", json!({"a": torn})),
        ("attributes", json!({torn: 1})),
        ("attributes", json!({"a": {"b": [{torn: 1}]}})),
        ("attributes", json!({"a": {"b": [{"c": [torn]}]}})),
    ] {
        let body = json!({field: value});
        for (method, path) in [(Method::POST, "/sessions"), (Method::PATCH, session.as_str())] {
            let (status, answer) = api.call(method, path, Some(body.clone())).await;
            assert_eq!((status.as_u16(), &*code(&answer)), (400, "INVALID_REQUEST"), "{body}");
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(message.contains(field) && message.contains("U+0000"), "{message}");
        }
    }
    assert_eq!(api.get(&session).await, before);
    assert_eq!(api.get("/sessions").await["total"], 1);

    let mut ws = server.ws().await;
    let mut sio = Sio::connect(server.addr).await;
    for user in [json!(torn), json!({torn: 1}), json!([{"name": torn}])] {
        let join = json!({"type": "join_session", "session_id": id, "user": user});
        let answer = ws.ask(join.clone()).await;
        assert_eq!(answer["code"], "INVALID_REQUEST", "{user}: {answer}");
        assert!(answer["message"].as_str().unwrap().contains("user"), "{answer}");
        assert_eq!(sio.call("join_session", join).await["error"]["code"], "INVALID_REQUEST");
    }
    ws.join(&id).await;
    sio.join(&id).await;
    for data in [json!(torn), json!({torn: 1}), json!([{"name": torn}])] {
        let presence = json!({"type": "presence", "session_id": id, "data": data});
        let answer = ws.ask(presence.clone()).await;
        assert_eq!(answer["code"], "INVALID_REQUEST", "{data}: {answer}");
        assert!(answer["message"].as_str().unwrap().contains("data"), "{answer}");
        sio.emit("presence", presence).await;
        assert_eq!(sio.event_named("error").await["code"], "INVALID_REQUEST");
    }
    // An escape that is no null character: it is a backslash and five characters.
    let whole = json!({"name": "\\u0000", "attributes": {"\\u0000": "\\u0000"}});
    let (status, answer) = api.call(Method::PATCH, &session, Some(whole.clone())).await;
    assert_eq!((status.as_u16(), &answer["name"]), (200, &whole["name"]));
}

#[tokio::test]
async fn null_character_in_a_session_text_is_refused_by_sql() {
    let server = Server::start().await;
    server.api().create(json!({"name": "kept", "project_id": "p"})).await;
    let mut sql = server.sql().await;
    for statement in [
        "update sessions set name = 'a' || char(0) || 'b'",
        "update sessions set project_id = char(0)",
        "insert into sessions (session_id, name, created_at, last_activity)
         select '0190a1b2-c3d4-7e5f-8a9b-000000000001', 'a' || char(0), created_at, last_activity
         from sessions",
    ] {
        let refused = run(&mut sql, statement).await.unwrap_err();
        assert!(refused.contains("null character"), "{statement}: {refused}");
    }
    assert_eq!(run(&mut sql, "update sessions set name = null, project_id = 'q'").await, Ok(1));
}
