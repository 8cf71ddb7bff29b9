//! Limits of sessions, of clients in a session, and of sessions of a connection: each is accepted at
//! the limit, refused beyond it, and free again after a removal.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::socketio::{Packet, Polling, Sio};
use crate::support::{Api, Server};

async fn server(settings: &[&str]) -> Server {
    Server::with(&[&["--cleanup-interval", "off"], settings].concat()).await
}

async fn sessions(api: &Api, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(api.create(json!({})).await);
    }
    ids
}

/// An error that names the bound and its setting, however it was answered.
fn assert_limit(error: &Value, limit: i64, setting: &str) {
    assert_eq!(error["code"], "INVALID_COMMAND", "{error}");
    assert_eq!(error["details"], json!({"limit": limit, "setting": setting}));
    assert!(error["message"].as_str().unwrap().contains(setting), "{error}");
}

#[tokio::test]
async fn session_count_is_bounded() {
    let server = server(&["--max-sessions", "2"]).await;
    let api = server.api();
    let ids = sessions(&api, 2).await;
    let (status, answer) = api.call(Method::POST, "/sessions", Some(json!({}))).await;
    assert_eq!(status, 422, "{answer}");
    assert_limit(&answer["error"], 2, "--max-sessions");
    assert_eq!(api.get("/sessions").await["total"], 2);
    // An id that is taken is a conflict first.
    let taken = json!({"session_id": ids[0]});
    let refusal = api.refusal(Method::POST, "/sessions", Some(taken)).await;
    assert_eq!(refusal, (409, "SESSION_EXISTS".to_owned()));

    let (status, _) = api.call(Method::DELETE, &format!("/sessions/{}", ids[0]), None).await;
    assert_eq!(status, 204);
    sessions(&api, 1).await;
}

#[tokio::test]
async fn concurrent_creates_are_bounded_exactly() {
    let server = server(&["--max-sessions", "5"]).await;
    let api = server.api();
    let create = || api.call(Method::POST, "/sessions", Some(json!({})));
    let all = futures_util::future::join_all((0..20).map(|_| create())).await;
    let made = all.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!(made, 5);
    assert_eq!(api.get("/sessions").await["total"], 5);
}

#[tokio::test]
async fn clients_of_a_session_are_bounded_over_every_transport() {
    let server = server(&["--max-clients", "2"]).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let join = json!({"type": "join_session", "session_id": id, "ref": 7});
    let mut ada = server.ws().await;
    ada.join(&id).await;
    let mut bob = Sio::connect(server.addr).await;
    bob.join(&id).await;

    let mut plain = server.ws().await;
    let refused = plain.ask(join.clone()).await;
    assert_eq!((&refused["type"], &refused["ref"]), (&json!("error"), &json!(7)));
    assert_limit(&refused, 2, "--max-clients");
    let mut socket = Sio::connect(server.addr).await;
    let refused = socket.call("join_session", json!({"session_id": id})).await;
    assert_limit(&refused["error"], 2, "--max-clients");
    let mut polling = Polling::connect(server.addr).await;
    polling.emit("join_session", json!({"session_id": id})).await;
    let Packet::Event(name, refused) = polling.next().await else { panic!("no event") };
    assert_eq!(name, "error");
    assert_limit(&refused, 2, "--max-clients");

    // Who is in already joins again; a refused client receives nothing, and is not counted.
    assert_eq!(ada.join(&id).await["active_clients"], 2);
    assert_eq!(api.active_clients(&id).await, 2);
    assert_eq!(ada.leave(&id).await["active_clients"], 1);
    assert_eq!(plain.join(&id).await["active_clients"], 2);
    assert_eq!(plain.events, Vec::<Value>::new());
    let events = api.get(&format!("/sessions/{id}/events")).await;
    let names: Vec<_> = events["events"].as_array().unwrap().iter().map(|e| &e["event"]).collect();
    let (came, went) = ("session-connected", "session-disconnected");
    assert_eq!(names, [came, came, went, came]);
}

#[tokio::test]
async fn concurrent_joins_are_bounded_exactly() {
    let server = server(&["--max-clients", "3"]).await;
    let id = server.api().create(json!({})).await;
    let join = json!({"type": "join_session", "session_id": id});
    let all = (0..12).map(|_| async {
        let mut ws = server.ws().await;
        let answer = ws.ask(join.clone()).await;
        (ws, answer["type"] == "joined")
    });
    let all = futures_util::future::join_all(all).await;
    assert_eq!(all.iter().filter(|(_, joined)| *joined).count(), 3);
    assert_eq!(server.api().active_clients(&id).await, 3);
}

#[tokio::test]
async fn joined_sessions_of_a_connection_are_bounded_over_every_transport() {
    let server = server(&["--max-joined-sessions", "2"]).await;
    let api = server.api();
    let ids = sessions(&api, 3).await;

    let mut plain = server.ws().await;
    plain.join(&ids[0]).await;
    plain.join(&ids[1]).await;
    let third = json!({"type": "join_session", "session_id": ids[2]});
    let refused = plain.ask(third).await;
    assert_limit(&refused, 2, "--max-joined-sessions");
    plain.join(&ids[1]).await;
    plain.leave(&ids[0]).await;
    plain.join(&ids[2]).await;

    let mut socket = Sio::connect(server.addr).await;
    socket.join(&ids[0]).await;
    socket.join(&ids[1]).await;
    let refused = socket.call("join_session", json!({"session_id": ids[2]})).await;
    assert_limit(&refused["error"], 2, "--max-joined-sessions");
    // A session that is gone counts no more.
    let (status, _) = api.call(Method::DELETE, &format!("/sessions/{}", ids[1]), None).await;
    assert_eq!(status, 204);
    socket.join(&ids[2]).await;
    assert_eq!(api.active_clients(&ids[2]).await, 2);
}
