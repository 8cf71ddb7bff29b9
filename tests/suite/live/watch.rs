//! Following a session without being a client of it.

use reqwest::Method;
use serde_json::json;

use crate::support::Server;
use crate::support::board::{Board, new_node, node_id};
use crate::support::socketio::Sio;

#[tokio::test]
async fn watcher_gets_the_events_and_is_no_client() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let mut watcher = server.ws().await;
    let request = json!({"type": "watch_session", "session_id": board.id, "with": "graph"});
    let watching = watcher.ask(request).await;
    assert_eq!(watching["type"], "watching", "{watching}");
    assert_eq!((&watching["active_clients"], &watching["seq"]), (&json!(0), &json!(2)));
    assert_eq!(watching["graph"]["nodes"][0]["id"], node_id(1));

    let mut ada = server.ws().await;
    ada.ask(json!({"type": "join_session", "session_id": board.id, "user": "Ada"})).await;
    ada.send(json!({"type": "presence", "session_id": board.id, "data": {"x": 1}})).await;
    board.execute("CreateNode", new_node(2, None)).await;
    let mut events = Vec::new();
    while events.len() < 4 {
        events.push(watcher.event().await);
    }
    let named = |name: &str| events.iter().find(|event| event["type"] == name).expect("an event");
    assert_eq!(
        (&named("session-connected")["user"], &named("presence")["data"]["x"]),
        (&json!("Ada"), &json!(1))
    );
    assert_eq!(named("node-created")["seq"], 4);
    assert_eq!(board.api.active_clients(&board.id).await, 1);
    assert!(
        ada.events.iter().all(|event| event["type"] != "session-connected"),
        "nobody is notified"
    );

    let presence = json!({"type": "presence", "session_id": board.id, "data": 1});
    assert_eq!(watcher.ask(presence).await["code"], "INVALID_COMMAND");
    let end = watcher.ask(json!({"type": "unwatch_session", "session_id": board.id})).await;
    assert_eq!(end, json!({"type": "unwatched", "session_id": board.id}));
    board.create(3, None).await;
    watcher.ask(json!({"type": "ping"})).await;
    assert!(watcher.events.is_empty(), "{:?}", watcher.events);
}

#[tokio::test]
async fn watcher_resumes_after_since() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let mut watcher = server.ws().await;
    let watch =
        |since: i64| json!({"type": "watch_session", "session_id": board.id, "since": since});
    assert_eq!(watcher.ask(watch(0)).await["seq"], 2);
    assert_eq!(watcher.event().await["seq"], 1);
    assert_eq!(watcher.event().await["seq"], 2);
    assert_eq!(watcher.ask(watch(9)).await["type"], "watching");
    assert_eq!(watcher.answer().await, json!({"type": "gap", "session_id": board.id}));
}

#[tokio::test]
async fn watcher_may_join_and_a_client_that_unwatches_stays_in() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let mut ws = server.ws().await;
    let request = |name: &str| json!({"type": name, "session_id": board.id});
    ws.ask(request("watch_session")).await;
    assert_eq!(ws.join(&board.id).await["active_clients"], 1);
    // It was following already, so it gets the event of its own join as well.
    assert_eq!(ws.event().await["type"], "session-connected");
    ws.ask(request("watch_session")).await;
    ws.ask(request("unwatch_session")).await;
    board.create(1, None).await;
    assert_eq!(ws.event().await["type"], "node-created");
    assert_eq!(board.api.active_clients(&board.id).await, 1);
}

#[tokio::test]
async fn watch_ends_with_the_session() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let mut ws = server.ws().await;
    let mut sio = Sio::connect(server.addr).await;
    let watch = json!({"type": "watch_session", "session_id": board.id});
    ws.ask(watch.clone()).await;
    let watching = sio.call("watch_session", json!({"session_id": board.id})).await;
    assert_eq!(watching["seq"], 0);
    board.api.call(Method::DELETE, &format!("/sessions/{}", board.id), None).await;
    assert_eq!(ws.event().await["type"], "session-removed");
    assert_eq!(sio.event_named("session-removed").await["seq"], 1);
    assert_eq!(ws.ask(watch).await["code"], "SESSION_REMOVED");
}

#[tokio::test]
async fn watched_sessions_of_a_connection_are_bounded() {
    let server = Server::with(&["--max-joined-sessions", "2"]).await;
    let api = server.api();
    let mut ws = server.ws().await;
    let mut kinds = Vec::new();
    for _ in 0..3 {
        let id = api.create(json!({})).await;
        let watch = json!({"type": "watch_session", "session_id": id});
        kinds.push(ws.ask(watch).await["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds, ["watching", "watching", "error"]);
}
