//! A client may close its sending side right after its request: it gets its response, and a handler
//! that waits for something is notified.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rollcall::error::Error;
use rollcall::net::{
    ConnectionLimits, Listeners, PeerClosed, ReadTimeouts, Server as HttpServer, Timeouts,
};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::raw::Raw;
use crate::support::{PATIENCE, Server};

#[tokio::test]
async fn half_closed_client_gets_its_response() {
    let server = Server::start().await;
    let body = json!({"name": "half"}).to_string();
    let mut client = Raw::connect(server.addr).await;
    client
        .send(&format!(
            "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
        .await;
    client.close_write().await;
    let answer = client.answer().await;
    assert_eq!((answer.status, &answer.json()["name"]), (201, &json!("half")));
    client.closed().await;
}

#[tokio::test]
async fn truncated_body_gets_a_response() {
    let server = Server::start().await;
    let mut client = Raw::connect(server.addr).await;
    client
        .send("POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
        .await;
    client.close_write().await;
    let answer = client.answer().await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (400, &json!("INVALID_REQUEST")));
    client.closed().await;
    assert_eq!(server.api().get("/sessions").await["total"], 0);
}

#[tokio::test]
async fn waiting_handler_is_notified_when_its_client_closes() {
    let (sender, mut notices) = mpsc::unbounded_channel();
    let wait = |Extension(peer): Extension<PeerClosed>| async move {
        sender.send("begun").unwrap();
        peer.closed().await;
        sender.send("closed").unwrap();
    };
    let long = Duration::from_secs(3600);
    let server = HttpServer::new(
        Router::new().route("/", get(wait)),
        |_: Error| -> Response { ().into_response() },
        ConnectionLimits { total: 10, per_address: 10, loopback_is_limited: false },
        Timeouts {
            read: ReadTimeouts { idle: long, header: long, body: long },
            write: long,
            park_after: long,
        },
        Arc::default(),
        CancellationToken::new(),
    );
    let listeners = Listeners::bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
    let addr = listeners.addresses()[0];
    tokio::spawn(server.run(listeners));
    let mut next = async || timeout(PATIENCE, notices.recv()).await.unwrap().unwrap();
    for (more, reset) in [("", false), ("", true), ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", false)] {
        let mut client = Raw::connect(addr).await;
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert_eq!(next().await, "begun");
        // More bytes from the client are no end.
        client.send(more).await;
        if reset {
            client.stream.set_zero_linger().unwrap();
            drop(client);
            assert_eq!(next().await, "closed");
        } else {
            client.close_write().await;
            assert_eq!(next().await, "closed");
            assert_eq!(client.answer().await.status, 200);
        }
        if !more.is_empty() {
            assert_eq!((next().await, next().await), ("begun", "closed"));
        }
    }
}
