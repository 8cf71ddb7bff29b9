//! Removed sessions that are restored, and those that cannot be any more.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::board::{Board, refusal};
use crate::support::{Server, eventually, number, set_last_activity};

async fn delete(board: &Board) {
    assert_eq!(board.call(Method::DELETE, "", Value::Null).await.0, 204);
}

async fn restore(board: &Board) -> Value {
    let (status, session) = board.call(Method::POST, "/restore", Value::Null).await;
    assert_eq!(status, 200, "{session}");
    session
}

/// The details of the answer that the session was removed.
async fn removal(board: &Board) -> Value {
    let (status, answer) = board.call(Method::GET, "", Value::Null).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (410, &json!("SESSION_REMOVED")));
    answer["error"].clone()
}

fn time(value: &Value) -> chrono::DateTime<chrono::FixedOffset> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn restored_session_has_its_metadata_content_history_and_seq() {
    let mut server = Server::start().await;
    let id = server
        .api()
        .create(json!({"name": "n", "project_id": "p", "attributes": {"a": [1.5]}, "pinned": true,
            "idle_timeout_hours": 0.1}))
        .await;
    let mut board = Board { api: server.api(), id };
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    board.create(3, None).await;
    board.undo().await;
    let (before, snapshot) = (board.get("").await, board.snapshot().await);
    delete(&board).await;
    removal(&board).await;
    // It is in the file, so that a restart changes nothing.
    server.restart().await;
    board.api = server.api();
    let mut session = restore(&board).await;
    assert_eq!(session, board.get("").await);
    let events = board.get("/events?since=0").await;
    let names: Vec<_> = events["events"].as_array().unwrap().iter().map(|e| &e["event"]).collect();
    assert_eq!(names[names.len() - 2..], ["session-removed", "session-restored"]);
    assert_eq!(events["gap"], false);
    let last = events["events"].as_array().unwrap().last().unwrap();
    assert_eq!(session["last_activity"], last["timestamp"], "it is idle from now on");
    assert_eq!(session["seq"], before["seq"].as_i64().unwrap() + 2);
    for key in ["seq", "last_activity"] {
        session[key] = before[key].clone();
    }
    assert_eq!(session, before);
    let after = board.snapshot().await;
    assert_eq!((&after[0]["nodes"], &after[1]), (&snapshot[0]["nodes"], &snapshot[1]));
    board.redo().await;
    assert_eq!(board.outline().await, "n1(n2) n3");
    // And once more.
    delete(&board).await;
    restore(&board).await;
    assert_eq!(board.outline().await, "n1(n2) n3");
}

#[tokio::test]
async fn removed_session_says_until_when_it_can_be_restored() {
    let server = Server::with(&["--cleanup-interval", "off", "--restore-window", "2h"]).await;
    let board = Board::new(server.api()).await;
    delete(&board).await;
    let error = removal(&board).await;
    let (details, message) = (&error["details"], error["message"].as_str().unwrap());
    let window = time(&details["restorable_until"]) - time(&details["removed_at"]);
    assert_eq!(window.num_seconds(), 2 * 60 * 60);
    assert!(message.contains(&format!("POST /api/v1/sessions/{}/restore until", board.id)));
    // Its id stays its own.
    let (status, answer) =
        board.api.call(Method::POST, "/sessions", Some(json!({"session_id": board.id}))).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (409, &json!("SESSION_EXISTS")));
    assert!(answer["error"]["message"].as_str().unwrap().contains("Restore it"), "{answer}");
}

#[tokio::test]
async fn session_that_exists_or_never_did_is_not_restored() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let (status, code, _) = refusal(board.call(Method::POST, "/restore", Value::Null).await);
    assert_eq!((status, &*code), (409, "SESSION_EXISTS"));
    let none = Board { id: "0190a1b2-c3d4-7e5f-8a9b-000000000000".to_owned(), ..board };
    let (status, code, _) = refusal(none.call(Method::POST, "/restore", Value::Null).await);
    assert_eq!((status, &*code), (404, "SESSION_NOT_FOUND"));
}

#[tokio::test]
async fn session_without_a_window_is_gone_at_once() {
    let server = Server::with(&["--cleanup-interval", "off", "--restore-window", "off"]).await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    delete(&board).await;
    assert_eq!(removal(&board).await["details"]["restorable_until"], Value::Null);
    let (status, code, message) = refusal(board.call(Method::POST, "/restore", Value::Null).await);
    assert_eq!((status, &*code), (410, "SESSION_REMOVED"), "{message}");
    assert!(message.ends_with("Create another one."), "{message}");
    nothing_is_left(&server).await;
}

#[tokio::test]
async fn content_is_purged_when_the_window_is_over() {
    let server = Server::with(&["--cleanup-interval", "off", "--restore-window", "1s"]).await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    board.undo().await;
    delete(&board).await;
    nothing_is_left(&server).await;
    let (status, code, _) = refusal(board.call(Method::POST, "/restore", Value::Null).await);
    assert_eq!((status, &*code), (410, "SESSION_REMOVED"));
    assert_eq!(removal(&board).await["details"]["restorable_until"], Value::Null);
}

/// Waits until no content of any session is in the file.
async fn nothing_is_left(server: &Server) {
    eventually("the content is purged", async || {
        let rows = "select (select count(*) from nodes) + (select count(*) from history)
                         + (select count(*) from internal_removed_sessions)
                         + (select count(*) from internal_purge_queue)";
        number(&mut server.sql().await, rows).await == 0
    })
    .await;
}

#[tokio::test]
async fn cleaned_up_session_is_idle_from_its_restore_on() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let mut sql = server.sql().await;
    set_last_activity(&mut sql, &board.id, "2020-01-01T00:00:00.000000+00:00").await;
    let cleanup = json!({"max_inactive_hours": 1});
    let report = board.api.post("/sessions/cleanup", cleanup.clone()).await;
    assert_eq!(report["removed_sessions"], json!([board.id]));
    assert_eq!(removal(&board).await["details"]["reason"], "idle");
    restore(&board).await;
    let report = board.api.post("/sessions/cleanup", cleanup).await;
    assert_eq!(report["count"], 0);
    assert_eq!(board.outline().await, "n1");
    assert_eq!(board.get("/cleanup").await["reasons"], json!(["active_recently"]));
}

#[tokio::test]
async fn restore_is_refused_where_there_are_as_many_sessions_as_may_be() {
    let server = Server::with(&["--cleanup-interval", "off", "--max-sessions", "1"]).await;
    let board = Board::new(server.api()).await;
    delete(&board).await;
    let other = Board::new(server.api()).await;
    let (status, code, message) = refusal(board.call(Method::POST, "/restore", Value::Null).await);
    assert_eq!((status, &*code), (422, "INVALID_COMMAND"));
    assert!(message.contains("--max-sessions"), "{message}");
    delete(&other).await;
    restore(&board).await;
    assert_eq!(server.api().get("/sessions").await["total"], 1);
}

#[tokio::test]
async fn tombstone_outlives_its_retention_as_long_as_its_session_can_be_restored() {
    let server = Server::with(&["--cleanup-interval", "off", "--tombstone-retention", "1ms"]).await;
    let board = Board::new(server.api()).await;
    delete(&board).await;
    let mut server = server;
    let mut sql = server.sql().await;
    sqlx::query("delete from internal_event_log").execute(&mut sql).await.unwrap();
    // Retention runs at the start.
    server.restart().await;
    let board = Board { api: server.api(), ..board };
    restore(&board).await;
}
