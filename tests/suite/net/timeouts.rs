//! Timeouts close connections that make no progress, and only those.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::StatusCode;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::support::raw::Raw;
use crate::support::socketio::Polling;
use crate::support::{PATIENCE, Server};

/// A server that waits only a moment for what `flag` is about, and an hour for all else.
async fn impatient(flag: &str, moment: &str) -> Server {
    let mut settings = vec!["--cleanup-interval", "off"];
    for other in ["--header-timeout", "--body-timeout", "--idle-timeout"] {
        settings.extend([other, if other == flag { moment } else { "1h" }]);
    }
    Server::with(&settings).await
}

#[tokio::test]
async fn unfinished_head_closes_the_connection() {
    let server = impatient("--header-timeout", "100ms").await;
    let mut client = Raw::connect(server.addr).await;
    client.send("GET /api/v1/health HTTP/1.1\r\nHo").await;
    client.closed().await;
    // Nor does it help to begin well.
    let mut client = Raw::connect(server.addr).await;
    assert_eq!(client.get("/api/v1/health").await.status, 200);
    client.send("G").await;
    client.closed().await;
}

#[tokio::test]
async fn head_sent_byte_by_byte_closes_the_connection() {
    let server = impatient("--header-timeout", "300ms").await;
    let mut client = Raw::connect(server.addr).await;
    let trickle = async {
        client.send("GET /api/v1/health HTTP/1.1\r\nX: ").await;
        while client.stream.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, trickle).await.expect("an end in time");
}

#[tokio::test]
async fn oversized_head_is_refused_and_not_buffered() {
    let server = Server::start().await;
    let many: String = (0..200).map(|number| format!("x-{number}: 1\r\n")).collect();
    for rest in [format!("x: {}\r\n\r\n", "x".repeat(33_000)), many + "\r\n"] {
        let mut client = Raw::connect(server.addr).await;
        client.send(&format!("GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n{rest}")).await;
        assert_eq!(client.answer().await.status, 431);
    }
    // It is refused before its end, which need not come.
    let mut client = Raw::connect(server.addr).await;
    client.send(&format!("GET /api/v1/health HTTP/1.1\r\nx: {}", "x".repeat(40_000))).await;
    assert_eq!(client.answer().await.status, 431);
    // What a browser sends with many cookies is taken.
    let mut client = Raw::connect(server.addr).await;
    let cookie = format!("Host: localhost\r\nCookie: {}\r\n\r\n", "x".repeat(30_000));
    client.send(&format!("GET /api/v1/health HTTP/1.1\r\n{cookie}")).await;
    assert_eq!(client.answer().await.status, 200);
}

#[tokio::test]
async fn idle_connection_is_closed() {
    let server = impatient("--idle-timeout", "100ms").await;
    let mut silent = Raw::connect(server.addr).await;
    silent.closed().await;
    let mut kept_alive = Raw::connect(server.addr).await;
    assert_eq!(kept_alive.get("/api/v1/health").await.status, 200);
    kept_alive.closed().await;
}

#[tokio::test]
async fn stalled_body_is_refused() {
    let server = impatient("--body-timeout", "100ms").await;
    for head in ["Content-Length: 9", "Transfer-Encoding: chunked"] {
        let mut client = Raw::connect(server.addr).await;
        client
            .send(&format!("POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n"))
            .await;
        let answer = client.answer().await;
        assert_eq!(answer.status, 408, "{answer:?}");
        assert_eq!(answer.header("connection"), Some("close"));
        let error = &answer.json()["error"];
        assert_eq!(error["code"], "REQUEST_TIMEOUT");
        assert!(error["message"].as_str().unwrap().contains("--body-timeout"), "{error}");
        client.closed().await;
    }
    assert_eq!(server.api().get("/sessions").await["total"], 0);
}

#[tokio::test]
async fn slow_body_that_makes_progress_is_accepted() {
    let server = impatient("--body-timeout", "3s").await;
    let body = json!({"name": "slow"}).to_string();
    let mut client = Raw::connect(server.addr).await;
    let head = "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length:";
    client.send(&format!("{head} {}\r\n\r\n", body.len())).await;
    // All of it takes longer than the next piece may take.
    for byte in body.chars() {
        sleep(Duration::from_millis(250)).await;
        client.send(&byte.to_string()).await;
    }
    assert_eq!(client.answer().await.status, 201);
}

#[tokio::test]
async fn connection_waiting_for_events_is_not_idle() {
    let settings = ["--header-timeout", "100ms", "--body-timeout", "100ms"];
    let settings = [settings, ["--idle-timeout", "100ms", "--ping-interval", "1s"]].concat();
    let server = Server::with(&settings).await;
    let mut ws = server.ws().await;
    let mut polling = Polling::connect(server.addr).await;
    // The server pings after ten times as long as a silent connection is kept.
    let ping = timeout(PATIENCE, ws.socket.next()).await.unwrap();
    assert!(matches!(ping, Some(Ok(Message::Ping(_)))), "{ping:?}");
    assert_eq!(ws.ask(json!({"type": "ping"})).await, json!({"type": "pong"}));
    assert_eq!(polling.poll().await, StatusCode::OK);
}
