//! The epoch: by which a client notices that the database is another one than it knows.

use serde_json::{Value, json};

use crate::support::board::Board;
use crate::support::socketio::Sio;
use crate::support::{Server, Ws};

const FOREIGN: &str = "0123456789abcdef";

/// The epoch that every answer has.
async fn epoch(board: &Board) -> String {
    let listed = board.api.get("/sessions").await["epoch"].take();
    assert_eq!(board.get("/events").await["epoch"], listed);
    listed.as_str().unwrap().to_owned()
}

async fn join(ws: &mut Ws, board: &Board, since: Value, epoch: Value) -> Value {
    let join =
        json!({"type": "join_session", "session_id": board.id, "since": since, "epoch": epoch});
    let joined = ws.ask(join).await;
    assert_eq!(joined["type"], "joined", "{joined}");
    joined
}

#[tokio::test]
async fn epoch_is_the_same_everywhere_and_after_a_restart() {
    let mut server = Server::start().await;
    let board = Board::new(server.api()).await;
    let before = epoch(&board).await;
    assert_eq!(before.len(), 16, "{before}");
    assert_eq!(server.ws().await.join(&board.id).await["epoch"], before);
    assert_eq!(Sio::connect(server.addr).await.join(&board.id).await["epoch"], before);
    server.restart().await;
    let board = Board { api: server.api(), id: board.id };
    assert_eq!(epoch(&board).await, before);
    let other = Server::start().await;
    assert_ne!(epoch(&Board::new(other.api()).await).await, before);
}

#[tokio::test]
async fn since_of_another_epoch_is_a_gap_over_websocket() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let known = epoch(&board).await;
    // The right epoch, or none: the missed events.
    for epoch in [json!(known), Value::Null] {
        let mut ws = server.ws().await;
        join(&mut ws, &board, json!(1), epoch).await;
        assert_eq!(ws.event().await["seq"], 2);
        ws.close().await;
    }
    let mut ws = server.ws().await;
    // Another one: a gap, also where the client seems to have missed nothing.
    let seq = board.get("").await["seq"].as_i64().unwrap();
    for since in [0, 1, seq, seq + 1] {
        let joined = join(&mut ws, &board, json!(since), json!(FOREIGN)).await;
        assert_eq!(joined["epoch"], known);
        let gap = ws.answer().await;
        assert_eq!(gap, json!({"type": "gap", "session_id": board.id}), "since {since}");
    }
    // Without `since` nothing is missed, and after the gap live events go on.
    join(&mut ws, &board, Value::Null, json!(FOREIGN)).await;
    board.create(2, None).await;
    assert_eq!(ws.event().await["type"], "node-created");
}

#[tokio::test]
async fn since_of_another_epoch_is_a_gap_over_socketio() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let known = epoch(&board).await;
    let mut client = Sio::connect(server.addr).await;
    let join = |epoch: &str| json!({"session_id": board.id, "since": 1, "epoch": epoch});
    client.emit("join_session", join(&known)).await;
    assert_eq!(client.event().await.0, "joined");
    assert_eq!(client.event().await.0, "command-executed");
    assert_eq!(client.event().await.0, "session-connected");
    client.emit("join_session", join(FOREIGN)).await;
    assert_eq!(client.event().await.0, "joined");
    assert_eq!(client.event().await, ("gap".to_owned(), json!({"session_id": board.id})));
}

#[tokio::test]
async fn since_of_another_epoch_is_a_gap_over_rest() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let known = epoch(&board).await;
    for (epoch, gap) in [(known.as_str(), false), (FOREIGN, true), ("", true)] {
        let page = board.get(&format!("/events?since=1&epoch={epoch}")).await;
        assert_eq!((&page["gap"], &page["epoch"]), (&json!(gap), &json!(known)), "{epoch}");
    }
    assert_eq!(board.get("/events?since=1").await["gap"], false);
}
