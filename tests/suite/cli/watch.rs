//! `rollcall sessions watch`: events as lines and as JSON, across restarts, to its end.

use std::net::{SocketAddr, TcpListener};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout};

use super::command;
use crate::support::board::{Board, node_id};
use crate::support::{Binary, PATIENCE, Scrape, Server, eventually, rollcall, signal};

/// A running `sessions watch`.
struct Watcher {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    err: Lines<BufReader<ChildStderr>>,
}

impl Watcher {
    /// One that has begun to follow.
    async fn start(addr: SocketAddr, arguments: &[&str]) -> Self {
        let mut child =
            command(addr, &[&["sessions", "watch"], arguments].concat()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let err = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut watcher = Self { child, out, err };
        let said = watcher.said().await;
        assert!(said.starts_with("Watching "), "{said}");
        watcher
    }

    /// The next line on standard output; None at its end.
    async fn line(&mut self) -> Option<String> {
        tokio::time::timeout(PATIENCE, self.out.next_line()).await.unwrap().unwrap()
    }

    async fn json(&mut self) -> Value {
        serde_json::from_str(&self.line().await.unwrap()).unwrap()
    }

    /// The next line on standard error.
    async fn said(&mut self) -> String {
        tokio::time::timeout(PATIENCE, self.err.next_line()).await.unwrap().unwrap().unwrap()
    }

    async fn ended(&mut self) -> Option<i32> {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap().code()
    }
}

/// A server that is started again at the same address.
async fn server_on_a_port() -> Server {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    Server::with(&["--cleanup-interval", "off", "--listen", &free]).await
}

#[tokio::test]
async fn watch_prints_a_line_for_each_event_of_a_session_until_it_is_removed() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let mut watcher = Watcher::start(server.addr, &[&board.id]).await;
    let mut frames = Watcher::start(server.addr, &[&board.id, "--json"]).await;
    let mut ada = server.ws().await;
    ada.join(&board.id).await;
    let joined = watcher.line().await.unwrap();
    assert!(joined.contains("  session-connected ") && joined.contains(" seq=1 "), "{joined}");
    assert!(joined.contains("  active_clients=1 ") && joined.contains(" client_id="), "{joined}");
    assert!(!joined.contains("session_id") && !joined.contains("null"), "{joined}");
    let frame = frames.json().await;
    assert_eq!((&frame["type"], &frame["seq"]), (&json!("session-connected"), &json!(1)));
    board.create(1, None).await;
    board.execute("RenameNode", json!({"node_id": node_id(1), "name": "two words\u{7}"})).await;
    let lines = [watcher.line().await, watcher.line().await, watcher.line().await];
    let renamed = lines[2].as_ref().unwrap();
    assert!(renamed.contains(r#" name="two words\u0007""#), "{renamed}");
    for seq in 2..=5 {
        assert_eq!(frames.json().await["seq"], seq);
    }
    watcher.line().await;
    board.api.call(Method::DELETE, &format!("/sessions/{}", board.id), None).await;
    assert!(watcher.line().await.unwrap().contains("  session-removed "));
    assert_eq!(watcher.line().await, None);
    assert_eq!(watcher.ended().await, Some(0));
    assert_eq!(frames.json().await["type"], "session-removed");
    assert_eq!(frames.ended().await, Some(0));
}

#[tokio::test]
async fn watch_comes_back_after_a_restart_and_misses_nothing() {
    let mut server = server_on_a_port().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let mut now = Watcher::start(server.addr, &[&board.id, "--json"]).await;
    let mut all = Watcher::start(server.addr, &[&board.id, "--json", "--since", "0"]).await;
    for seq in 1..=2 {
        assert_eq!(all.json().await["seq"], seq);
    }
    // It has not yet seen an event when the server goes.
    server.restart().await;
    board.create(2, None).await;
    for watcher in [&mut now, &mut all] {
        assert_eq!(watcher.json().await["type"], "reconnect");
        for seq in 3..=4 {
            assert_eq!(watcher.json().await["seq"], seq);
        }
        assert!(watcher.said().await.contains("away"));
        assert!(watcher.said().await.contains("back"));
    }
    server.restart().await;
    board.create(3, None).await;
    assert_eq!(now.json().await["type"], "reconnect");
    for seq in 5..=6 {
        assert_eq!(now.json().await["seq"], seq);
    }
}

#[tokio::test]
async fn watch_of_all_sessions_prints_a_join_and_says_after_a_restart_that_it_may_have_missed_some()
{
    let mut server = server_on_a_port().await;
    let id = server.api().create(json!({"name": "board"})).await;
    let mut watcher = Watcher::start(server.addr, &[]).await;
    let mut ada = server.ws().await;
    ada.join(&id).await;
    loop {
        let line = watcher.line().await.unwrap();
        assert!(line.ends_with(&format!(" name=board session_id={id}")), "{line}");
        if line.contains("  active_clients=1 ") {
            assert!(line.contains("  session-changed "), "{line}");
            break;
        }
    }
    server.restart().await;
    while !watcher.line().await.unwrap().contains("  gap") {}
    let id = server.api().create(json!({})).await;
    while !watcher.line().await.unwrap().contains(&id) {}
}

#[tokio::test]
async fn watch_ends_when_it_is_interrupted_or_nobody_reads() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let mut watcher = Watcher::start(server.addr, &[&board.id]).await;
    signal(watcher.child.id().unwrap(), "INT").await;
    assert_eq!(watcher.ended().await, Some(130));
    assert_eq!(watcher.line().await, None);
    assert_eq!(watcher.err.next_line().await.unwrap(), None);

    let Watcher { mut child, out, mut err } = Watcher::start(server.addr, &[&board.id]).await;
    drop(out);
    board.create(1, None).await;
    let status = tokio::time::timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(err.next_line().await.unwrap(), None);
}

#[tokio::test]
async fn watch_ends_when_the_next_start_removes_the_session() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let settings = ["--max-inactive-hours", "0", "--cleanup-interval", "1h", "--listen", &free];
    let mut server = Server::with(&settings).await;
    // The first cleanup comes right after a start: it would remove the session before it is watched.
    let addr = server.addr;
    eventually("the first cleanup", || async move {
        Scrape::of(addr).await.value("rollcall_cleanup_last_success_timestamp_seconds") > 0.0
    })
    .await;
    let board = Board::new(server.api()).await;
    let mut watcher = Watcher::start(server.addr, &[&board.id]).await;
    server.restart().await;
    assert_eq!(watcher.ended().await, Some(0));
}

#[tokio::test]
async fn watch_ends_when_the_session_was_removed_while_it_was_away() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut server = Binary::start(&["--cleanup-interval", "off", "--listen", &free]).await;
    let id = server.api().create(json!({})).await;
    let mut watcher = Watcher::start(server.addr, &[&id, "--json"]).await;
    assert!(server.terminate().await.success());
    // Where the watcher does not see it.
    let database = server.database().display().to_string();
    let folder = TempDir::new().unwrap();
    let mut elsewhere = Binary::launch_at(rollcall(), folder, &database).await;
    elsewhere.api().call(Method::DELETE, &format!("/sessions/{id}"), None).await;
    assert!(elsewhere.terminate().await.success());
    server.start_again().await;
    assert_eq!(watcher.said().await, "The server is away; trying again.");
    assert_eq!(watcher.said().await, "The session was removed meanwhile.");
    assert_eq!(watcher.ended().await, Some(0));
    assert_eq!(watcher.json().await["type"], "reconnect");
    assert_eq!(watcher.line().await, None);
}
