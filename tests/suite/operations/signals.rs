//! The first SIGTERM or SIGINT shuts the service down gracefully, the second one ends it at once. SIGHUP
//! reloads the settings.

use std::path::PathBuf;

use serde_json::json;
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

/// A server whose settings come from a file with this line.
async fn with_settings_file(commands: &str, line: &str) -> (Binary, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("rollcall.toml");
    std::fs::write(&file, line).unwrap();
    let server = Binary::start_after(commands, &["--config", file.to_str().unwrap()]).await;
    // The folder goes together with the test.
    (server, folder.keep().join("rollcall.toml"))
}

#[tokio::test]
async fn sighup_reloads_the_log_filter() {
    let (mut server, file) = with_settings_file("true", "log_filter = 'info'").await;
    server.api().get("/health").await;
    assert!(!server.log().contains("request finished"), "{}", server.log());
    std::fs::write(&file, "log_filter = 'debug'").unwrap();
    server.signal("HUP").await;
    eventually("it has reloaded", || async { server.log().contains("settings reloaded") }).await;
    server.api().get("/health").await;
    eventually("debug is logged", || async { server.log().contains("request finished") }).await;
    assert_eq!(server.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn sighup_with_wrong_settings_changes_nothing() {
    let (mut server, file) = with_settings_file("true", "log_filter = 'info'").await;
    for (line, named) in [("log_filter = '=?='", "--log-filter"), ("no_setting = 1", "no_setting")]
    {
        std::fs::write(&file, line).unwrap();
        server.signal("HUP").await;
        eventually("it says what is wrong", || async { server.log().contains(named) }).await;
    }
    assert_eq!(server.api().get("/health").await["status"], "ok");
    assert_eq!(server.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn sighup_of_a_closed_terminal_does_not_stop_the_server() {
    // Writes to the log fail from the beginning, as they do when the terminal is gone.
    let (mut server, _) = with_settings_file("exec 2> /dev/full", "log_filter = 'debug'").await;
    server.signal("HUP").await;
    server.signal("HUP").await;
    let id = server.api().create(json!({})).await;
    server.ws().await.join(&id).await;
    assert_eq!(server.terminate().await.code(), Some(0));
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
