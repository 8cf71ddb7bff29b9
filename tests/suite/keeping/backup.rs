//! A backup of a database that is served: what is in it.

use std::os::unix::fs::PermissionsExt;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{back_up, names, restore, succeed};
use crate::support::board::Board;
use crate::support::{Binary, Follower, Server, number};

const QUIET: [&str; 2] = ["--cleanup-interval", "off"];

#[tokio::test]
async fn backup_of_a_running_server_has_all_that_was_answered() {
    let server = Binary::start(&QUIET).await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    board.undo().await;
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("copy.db");
    let printed = succeed(&back_up(&server.database(), &target)).await;
    assert!(printed.starts_with("backed up ") && printed.contains("copy.db (sessions: 1, size: "));
    let mut sql = server.sql().await;
    assert_eq!(number(&mut sql, "select count(made_at) from internal_last_backup").await, 1);
    let kept = board.snapshot().await;
    let events = board.get("/events").await;
    board.create(3, None).await;
    assert_eq!(names(folder.path(), ""), ["copy.db"], "nothing is left beside it");
    assert_eq!(target.metadata().unwrap().permissions().mode() & 0o777, 0o600);

    let database = folder.path().join("test.db");
    succeed(&restore(&target, &database)).await;
    let mut restored = Binary::start_in(folder, &QUIET).await;
    let board = Board { api: restored.api(), id: board.id };
    assert_eq!(board.snapshot().await, kept);
    let again = board.get("/events").await;
    assert_eq!(again["events"], events["events"]);
    assert_ne!(again["epoch"], events["epoch"], "it numbers other events alike");
    board.redo().await;
    // The file is served now: its next start is none of a backup.
    restored.terminate().await;
    restored.start_again().await;
    let board = Board { api: restored.api(), id: board.id };
    assert_eq!(board.get("/events").await["epoch"], again["epoch"]);
}

#[tokio::test]
async fn backup_put_back_without_restore_has_a_new_epoch_too() {
    let server = Binary::start(&QUIET).await;
    let before = server.api().get("/sessions").await["epoch"].take();
    let folder = TempDir::new().unwrap();
    succeed(&back_up(&server.database(), &folder.path().join("test.db"))).await;
    let copied = Binary::start_in(folder, &QUIET).await;
    assert_ne!(copied.api().get("/sessions").await["epoch"], before);
}

#[tokio::test]
async fn backup_under_load_is_a_prefix_with_all_that_was_answered_before() {
    let server = Binary::start(&QUIET).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut boards = Vec::new();
    let mut writers = Vec::new();
    for number in 0..4_u32 {
        let board = Board::new(server.api()).await;
        boards.push(board.clone());
        let stopped = stopped.clone();
        writers.push(tokio::spawn(async move {
            let mut node = number * 100_000;
            while !*stopped.borrow() {
                node += 1;
                board.create(node, None).await;
                if node.is_multiple_of(3) {
                    board.undo().await;
                }
            }
        }));
    }
    let folder = TempDir::new().unwrap();
    for round in 0..3 {
        let mut answered = Vec::new();
        for board in &boards {
            answered.push(board.get("").await["seq"].as_i64().unwrap());
        }
        let target = folder.path().join(format!("{round}.db"));
        succeed(&back_up(&server.database(), &target)).await;
        let place = TempDir::new_in(folder.path()).unwrap();
        succeed(&restore(&target, &place.path().join("test.db"))).await;
        let restored = Binary::start_in(place, &QUIET).await;
        for (board, answered) in boards.iter().zip(answered) {
            let copy = Board { api: restored.api(), id: board.id.clone() };
            let (events, seq) = history(&copy).await;
            assert!(seq >= answered, "{seq} {answered}");
            let mut follower = Follower::default();
            events.iter().for_each(|event| follower.receive(event));
            assert_eq!(follower.tree.to_json(), copy.get("/graph/tree").await["roots"]);
            let (original, _) = history(board).await;
            assert_eq!(events[..], original[..events.len()]);
        }
    }
    stop.send(true).unwrap();
    for writer in writers {
        writer.await.unwrap();
    }
}

/// All events of a session, and the number of the last one.
async fn history(board: &Board) -> (Vec<Value>, i64) {
    let (mut events, mut since) = (Vec::new(), json!(0));
    loop {
        let page = board.get(&format!("/events?since={since}&limit=10000")).await;
        events.extend(page["events"].as_array().unwrap().iter().cloned());
        if page["next_since"].is_null() {
            return (events, page["seq"].as_i64().unwrap());
        }
        since = page["next_since"].clone();
    }
}

#[tokio::test]
async fn backup_by_request_goes_into_the_folder_of_the_setting() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    let server =
        Server::with(&["--cleanup-interval", "off", "--backup-dir", path, "--backup-keep", "1"])
            .await;
    let api = server.api();
    for sessions in 1..=3 {
        api.create(json!({})).await;
        let made = api.post("/admin/backup", Value::Null).await;
        let file = folder.path().join("test.db.backup");
        assert_eq!(made["file"], file.to_str().unwrap());
        assert_eq!(made["sessions"], sessions);
        assert_eq!(made["bytes"], file.metadata().unwrap().len());
        assert!(made["duration_seconds"].as_f64().unwrap() > 0.0);
    }
    assert_eq!(names(folder.path(), ""), ["test.db.backup", "test.db.backup.1"]);
    let mut sql = server.sql().await;
    assert_eq!(number(&mut sql, "select count(made_at) from internal_last_backup").await, 1);
}

#[tokio::test]
async fn backup_by_request_without_a_folder_is_refused() {
    let server = Server::start().await;
    let (status, answer) = server.api().call(Method::POST, "/admin/backup", None).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (422, &json!("INVALID_COMMAND")));
    assert!(answer["error"]["message"].as_str().unwrap().contains("--backup-dir"), "{answer}");
    let server = Server::with(&["--backup-dir", "/no/such/folder"]).await;
    let (status, answer) = server.api().call(Method::POST, "/admin/backup", None).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (503, &json!("UNAVAILABLE")));
    assert!(answer["error"]["message"].as_str().unwrap().contains("/no/such/folder"), "{answer}");
}
