//! Clients of a session that is removed and restored, while they come and go.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::board::Board;
use crate::support::socketio::Sio;
use crate::support::{Server, Ws};

async fn remove_and_restore(board: &Board) {
    assert_eq!(board.call(Method::DELETE, "", Value::Null).await.0, 204);
    assert_eq!(board.call(Method::POST, "/restore", Value::Null).await.0, 200);
}

/// The restore comes as soon as it can: perhaps it meets the removal in the writer's queue.
async fn remove_and_restore_at_once(board: &Board) {
    let restore = async || board.call(Method::POST, "/restore", Value::Null).await.0;
    let remove = board.call(Method::DELETE, "", Value::Null);
    let (removed, ()) = tokio::join!(remove, async { while restore().await != 200 {} });
    assert_eq!(removed.0, 204);
}

#[tokio::test]
async fn client_that_was_in_joins_again_and_gets_what_it_missed() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let mut ws = server.ws().await;
    let mut sio = Sio::connect(server.addr).await;
    ws.join(&board.id).await;
    sio.join(&board.id).await;
    remove_and_restore(&board).await;
    assert_eq!(board.get("").await["active_clients"], 0);
    assert_eq!(board.get("/clients").await["clients"], json!([]));
    assert_eq!(ws.event().await["type"], "session-connected");
    assert_eq!(ws.event().await["type"], "session-removed");
    assert_eq!(sio.event().await.0, "session-removed");
    // It is not notified of the restore: it is no client any more.
    board.create(1, None).await;
    let join = json!({"type": "join_session", "session_id": board.id, "since": 3});
    assert_eq!(ws.ask(join).await["active_clients"], 1);
    let mut missed = Vec::new();
    for _ in 4..=7 {
        missed.push(ws.event().await["type"].clone());
    }
    assert_eq!(
        missed,
        ["session-restored", "node-created", "command-executed", "session-connected"]
    );
    sio.join(&board.id).await;
    board.create(2, None).await;
    assert_eq!(ws.event().await["type"], "session-connected");
    assert_eq!(ws.event().await["type"], "node-created");
    assert_eq!(sio.event_named("node-created").await["name"], "n2");
}

/// Joins again whenever the session was removed, until the event `end` says that it is over; every event
/// must follow the one before.
async fn follow(mut ws: Ws, id: String, mut is_over: watch::Receiver<i64>) {
    let mut seq = 0;
    loop {
        // Also a client that has not seen the removal yet may join again.
        let join = json!({"type": "join_session", "session_id": id, "since": seq});
        ws.send(join).await;
        loop {
            let end = *is_over.borrow_and_update();
            if end > 0 && seq >= end {
                return;
            }
            let frame = tokio::select! {
                _ = is_over.changed() => continue,
                frame = ws.next() => frame.unwrap(),
            };
            match frame["type"].as_str().unwrap() {
                // Removed, or removed and restored while it joined.
                "error"
                    if ["SESSION_REMOVED", "UNAVAILABLE"]
                        .contains(&frame["code"].as_str().unwrap()) =>
                {
                    tokio::task::yield_now().await;
                    break;
                }
                "joined" => {}
                "error" => panic!("{frame}"),
                _ => {
                    let next = frame["seq"].as_i64().unwrap();
                    // A join in the middle of a replay begins another one.
                    assert!(next <= seq + 1, "{frame} follows {seq}");
                    seq = next.max(seq);
                    if frame["type"] == "session-removed" {
                        break;
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn followers_miss_nothing_of_a_session_that_is_removed_and_restored_again_and_again() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let (over, is_over) = watch::channel(0);
    let mut followers = Vec::new();
    for _ in 0..8 {
        let ws = server.ws().await;
        followers.push(tokio::spawn(follow(ws, board.id.clone(), is_over.clone())));
    }
    for number in 0..30 {
        remove_and_restore_at_once(&board).await;
        board.create(number, None).await;
    }
    let last = board.create(100, None).await;
    over.send(last["seq"].as_i64().unwrap()).unwrap();
    for follower in followers {
        follower.await.unwrap();
    }
}
