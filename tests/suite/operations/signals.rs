//! The first SIGTERM or SIGINT shuts the service down gracefully, the second one ends it at once.

use sqlx::Executor;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

use crate::support::raw::Raw;
use crate::support::{Binary, PATIENCE, eventually, rollcall, signal};

/// A server that is shutting down and waits for a request whose body does not come to its end.
async fn stopping(first: &str) -> (Binary, Raw) {
    let server = Binary::start(&["--cleanup-interval", "off", "--body-timeout", "1h"]).await;
    let mut client = Raw::connect(server.addr).await;
    // The server asks for the body once it works on the request.
    let head = "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n";
    client.send(&format!("{head}Expect: 100-continue\r\n\r\n")).await;
    assert_eq!(client.answer().await.status, 100);
    server.signal(first).await;
    eventually("it is shutting down", || async { server.log().contains("shutting down") }).await;
    (server, client)
}

#[tokio::test]
async fn first_signal_lets_requests_finish() {
    for name in ["TERM", "INT"] {
        let (mut server, mut client) = stopping(name).await;
        client.send("{}").await;
        assert_eq!(client.answer().await.status, 201);
        assert_eq!(server.ended().await.code(), Some(0), "{name}");
    }
}

#[tokio::test]
async fn second_signal_ends_the_process_at_once() {
    for (first, second, code) in [("TERM", "TERM", 143), ("INT", "INT", 130), ("TERM", "INT", 130)]
    {
        let (mut server, _client) = stopping(first).await;
        server.signal(second).await;
        assert_eq!(server.ended().await.code(), Some(code), "{first} {second}");
    }
}

#[tokio::test]
async fn sighup_shuts_down_gracefully() {
    let (mut server, mut client) = stopping("HUP").await;
    // Another one comes from the shell.
    server.signal("HUP").await;
    client.send("{}").await;
    assert_eq!(client.answer().await.status, 201);
    assert_eq!(server.ended().await.code(), Some(0));
}

#[tokio::test]
async fn sighup_is_ignored_under_nohup() {
    let mut server = Binary::start_after("trap '' HUP", &["--cleanup-interval", "off"]).await;
    server.signal("HUP").await;
    assert_eq!(server.api().get("/health").await["status"], "ok");
    assert!(!server.log().contains("shutting down"), "{}", server.log());
    assert_eq!(server.terminate().await.code(), Some(0));
}

/// Whether the process has handlers for SIGINT (2) and SIGTERM (15).
fn catches_signals(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
    let both = 1 << (2 - 1) | 1 << (15 - 1);
    u64::from_str_radix(mask, 16).unwrap() & both == both
}

#[tokio::test]
async fn second_signal_ends_a_start_that_waits() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("test.db");
    // Somebody else holds the file, so that the start has to wait.
    let file = SqliteConnectOptions::new().filename(&database).create_if_missing(true);
    let mut other = file.connect().await.unwrap();
    other.execute("begin exclusive").await.unwrap();
    let mut command = rollcall();
    command.args(["--listen", "127.0.0.1:0", "--database"]).arg(&database);
    let mut child = command.spawn().unwrap();
    let pid = child.id().unwrap();
    eventually("it waits for signals", || async { catches_signals(pid) }).await;
    signal(pid, "TERM").await;
    signal(pid, "INT").await;
    let status = tokio::time::timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert!(matches!(status.code(), Some(130 | 143)), "{status}");
    other.close().await.unwrap();
}
