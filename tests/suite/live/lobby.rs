//! Following what happens to all sessions.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::board::{Board, new_node};
use crate::support::socketio::Sio;
use crate::support::{Server, Ws};

/// The next frame about a session, until one is `wanted`.
async fn frame_about(watcher: &mut Ws, wanted: impl Fn(&Value) -> bool) -> Value {
    loop {
        let frame = watcher.event().await;
        if wanted(&frame) {
            return frame;
        }
    }
}

async fn lobby(server: &Server) -> Ws {
    let mut watcher = server.ws().await;
    let watching = watcher.ask(json!({"type": "watch_sessions"})).await;
    assert_eq!(watching, json!({"type": "watching"}));
    watcher
}

#[tokio::test]
async fn lobby_is_notified_of_creation_change_and_removal() {
    let server = Server::start().await;
    let api = server.api();
    let mut watcher = lobby(&server).await;
    let session = api.post("/sessions", json!({"name": "board"})).await;
    let id = session["session_id"].as_str().unwrap().to_owned();
    let created = watcher.event().await;
    assert_eq!(created, json!({"type": "session-created", "session": session}));

    let mut ada = server.ws().await;
    ada.join(&id).await;
    let joined = frame_about(&mut watcher, |frame| frame["session"]["active_clients"] == 1).await;
    assert_eq!(joined["type"], "session-changed");
    assert_eq!(joined["session"], api.get(&format!("/sessions/{id}")).await);
    api.call(Method::PATCH, &format!("/sessions/{id}"), Some(json!({"name": "new"}))).await;
    frame_about(&mut watcher, |frame| frame["session"]["name"] == "new").await;
    ada.close().await;
    frame_about(&mut watcher, |frame| frame["session"]["active_clients"] == 0).await;

    api.call(Method::DELETE, &format!("/sessions/{id}"), None).await;
    let removed = frame_about(&mut watcher, |frame| frame["type"] == "session-removed").await;
    assert_eq!((&removed["session_id"], &removed["reason"]), (&json!(id), &json!("deleted")));
}

#[tokio::test]
async fn lobby_is_notified_of_a_restored_session_after_its_removal() {
    let server = Server::start().await;
    let api = server.api();
    let mut watcher = lobby(&server).await;
    let id = api.create(json!({"name": "board"})).await;
    watcher.event().await;
    // Both fall into one notification.
    api.call(Method::DELETE, &format!("/sessions/{id}"), None).await;
    let restored = api.post(&format!("/sessions/{id}/restore"), json!({})).await;
    let removed = frame_about(&mut watcher, |frame| frame["type"] == "session-removed").await;
    assert_eq!(removed["seq"], 1);
    let created = watcher.event().await;
    assert_eq!(created, json!({"type": "session-created", "session": restored}));
}

#[tokio::test]
async fn lobby_is_paced() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let mut watcher = lobby(&server).await;
    for number in 1..=200 {
        board.execute("CreateNode", new_node(number, None)).await;
    }
    // Two hundred changes in far less than a minute: one frame for each would be two hundred.
    let mut frames = 1;
    while watcher.event().await["session"]["node_count"] != 200 {
        frames += 1;
    }
    assert!(frames < 100, "{frames} frames");
}

#[tokio::test]
async fn lobby_hears_of_many_sessions_and_ends() {
    let server = Server::start().await;
    let api = server.api();
    let mut watcher = lobby(&server).await;
    let mut expected = std::collections::BTreeSet::new();
    for _ in 0..250 {
        expected.insert(api.create(json!({})).await);
    }
    while !expected.is_empty() {
        let frame = watcher.event().await;
        expected.remove(frame["session"]["session_id"].as_str().unwrap());
    }
    let end = watcher.ask(json!({"type": "unwatch_sessions"})).await;
    assert_eq!(end, json!({"type": "unwatched"}));
    let mut other = lobby(&server).await;
    api.create(json!({})).await;
    other.event().await;
    watcher.ask(json!({"type": "ping"})).await;
    assert_eq!(watcher.events, Vec::<Value>::new());
}

#[tokio::test]
async fn lobby_speaks_socketio() {
    let server = Server::start().await;
    let mut watcher = Sio::connect(server.addr).await;
    assert_eq!(watcher.call("watch_sessions", json!({})).await, json!({}));
    let session = server.api().post("/sessions", json!({})).await;
    assert_eq!(watcher.event_named("session-created").await, json!({"session": session}));
}

#[tokio::test]
async fn lobby_is_sent_how_much_there_is_to_do_if_it_wants_that() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let mut without = lobby(&server).await;
    let mut watcher = server.ws().await;
    watcher.ask(json!({"type": "watch_sessions", "with": "load"})).await;
    let load = frame_about(&mut watcher, |frame| frame["type"] == "load").await;
    board.execute("CreateNode", new_node(1, None)).await;
    let mut ada = server.ws().await;
    ada.join(&board.id).await;
    let is_later = |frame: &Value| frame["type"] == "load" && frame["clients"] == 1;
    let later = frame_about(&mut watcher, is_later).await;
    assert_eq!(later["commands"].as_u64(), load["commands"].as_u64().map(|count| count + 1));
    assert!(later["commits"].as_u64() > load["commits"].as_u64(), "{load} {later}");
    assert!(later["commit_seconds"].as_f64() > load["commit_seconds"].as_f64(), "{load} {later}");
    assert!(later["waiting_jobs"].is_u64(), "{later}");

    // A second request without it ends it: what another one is sent is not sent to the first.
    watcher.ask(json!({"type": "watch_sessions"})).await;
    watcher.events.clear();
    let mut witness = server.ws().await;
    witness.ask(json!({"type": "watch_sessions", "with": "load"})).await;
    frame_about(&mut witness, |frame| frame["type"] == "load").await;
    for silent in [&mut watcher, &mut without] {
        let refusal = silent.ask(json!({"type": "watch_sessions", "with": "all"})).await;
        assert_eq!(refusal["code"], "INVALID_REQUEST");
        let loads = silent.events.iter().filter(|frame| frame["type"] == "load");
        assert_eq!(loads.count(), 0, "{:?}", silent.events);
    }
}
