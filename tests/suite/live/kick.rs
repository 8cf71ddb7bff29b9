//! Kicking a client, and messages to those who are in a session.

use reqwest::Method;
use serde_json::json;

use crate::support::Server;
use crate::support::socketio::Sio;

#[tokio::test]
async fn kicked_client_leaves_all_its_sessions_and_is_closed_with_4403() {
    let server = Server::start().await;
    let api = server.api();
    let (one, two) = (api.create(json!({})).await, api.create(json!({})).await);
    let (mut witness, mut victim) = (server.ws().await, server.ws().await);
    witness.join(&one).await;
    let client_id = victim.join(&one).await["client_id"].as_str().unwrap().to_owned();
    victim.join(&two).await;
    witness.event().await;

    let path = format!("/sessions/{one}/clients/{client_id}");
    assert_eq!(api.call(Method::DELETE, &path, None).await.0, 204);
    // The response comes after the commit.
    assert_eq!((api.active_clients(&one).await, api.active_clients(&two).await), (1, 0));
    let gone = witness.event().await;
    assert_eq!((&gone["client_id"], &gone["reason"]), (&json!(client_id), &json!("kicked")));
    let close = loop {
        if let Err(close) = victim.next().await {
            break close.expect("a close frame");
        }
    };
    assert_eq!(u16::from(close.code), 4403);

    let (status, answer) = api.call(Method::DELETE, &path, None).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (404, &json!("CLIENT_NOT_FOUND")));
    assert_eq!(witness.ask(json!({"type": "ping"})).await["type"], "pong");
}

#[tokio::test]
async fn kicked_socketio_client_is_disconnected() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut victim = Sio::connect(server.addr).await;
    let joined = victim.join(&id).await;
    let client_id = joined["client_id"].as_str().unwrap().to_owned();
    let path = format!("/sessions/{id}/clients/{client_id}");
    assert_eq!(api.call(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(api.active_clients(&id).await, 0);
    while victim.next().await.is_some() {}
}

#[tokio::test]
async fn message_reaches_all_clients_and_is_not_stored() {
    let server = Server::start().await;
    let api = server.api();
    let (id, other) = (api.create(json!({})).await, api.create(json!({})).await);
    let (mut ada, mut eve) = (server.ws().await, server.ws().await);
    ada.join(&id).await;
    eve.join(&other).await;
    let mut bob = Sio::connect(server.addr).await;
    bob.join(&id).await;
    ada.event().await;
    let before = api.get(&format!("/sessions/{id}")).await;

    let data = json!({"kind": "export", "urls": ["a"], "none": null});
    let path = format!("/sessions/{id}/messages");
    let (status, _) = api.call(Method::POST, &path, Some(json!({"data": data}))).await;
    assert_eq!(status, 202);
    let expected = json!({"type": "message", "session_id": id, "data": data});
    assert_eq!(ada.event().await, expected);
    assert_eq!(bob.event_named("message").await, json!({"session_id": id, "data": data}));
    assert_eq!(api.get(&format!("/sessions/{id}")).await, before);
    assert_eq!(eve.ask(json!({"type": "ping"})).await["type"], "pong");
    assert!(eve.events.is_empty(), "{:?}", eve.events);
}

#[tokio::test]
async fn message_is_refused_where_it_can_reach_nobody() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let unknown = "/sessions/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b/messages";
    let path = format!("/sessions/{id}/messages");
    let cases = [
        (unknown, json!({"data": 1}), 404, "SESSION_NOT_FOUND"),
        (&path, json!({}), 400, "INVALID_REQUEST"),
        (&path, json!({"data": "x".repeat(65_536)}), 400, "INVALID_REQUEST"),
    ];
    for (path, body, status, code) in cases {
        let answer = api.call(Method::POST, path, Some(body)).await;
        assert_eq!((answer.0.as_u16(), &answer.1["error"]["code"]), (status, &json!(code)));
    }
    // Nobody is in.
    let answer = api.call(Method::POST, &path, Some(json!({"data": null}))).await;
    assert_eq!(answer.0, 202);
}
