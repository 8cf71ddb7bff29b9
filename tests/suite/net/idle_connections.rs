//! A connection that waits is parked without the buffers of the HTTP library, unnoticed by its client.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::StreamExt;
use rollcall::error::Error;
use rollcall::net::{ConnectionLimits, Listeners, ReadTimeouts, Server as HttpServer, Timeouts};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::support::http;
use crate::support::raw::Raw;

const GET_LATER: &str = "GET /later HTTP/1.1\r\nHost: x\r\n\r\n";
const GET_NOW: &str = "GET /now HTTP/1.1\r\nHost: x\r\n\r\n";

/// A server whose connections rest as soon as they wait at all.
struct Resting {
    addr: SocketAddr,
    /// How many answers of `/later`, and pieces of `/pieces`, are let go.
    let_go: Arc<Semaphore>,
    begun: Arc<Notify>,
    stop: CancellationToken,
}

impl Resting {
    async fn start() -> Self {
        let (let_go, begun) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
        let (turn, begin) = (let_go.clone(), begun.clone());
        let later = async move || {
            begin.notify_one();
            turn.acquire().await.unwrap().forget();
            "later"
        };
        let turn = let_go.clone();
        let pieces = async move || {
            let pieces = futures_util::stream::iter(["a", "b", "c"]).then(move |piece| {
                let turn = turn.clone();
                async move {
                    turn.acquire().await.unwrap().forget();
                    Ok::<_, std::io::Error>(Bytes::from(piece))
                }
            });
            Response::new(Body::from_stream(pieces))
        };
        let router = Router::new()
            .route("/now", get(async || "now"))
            .route("/later", get(later.clone()).post(later))
            .route("/echo", post(async |body: String| body))
            .route("/pieces", get(pieces));
        let long = Duration::from_secs(3600);
        let stop = CancellationToken::new();
        let server = HttpServer::new(
            router,
            |_: Error| -> Response { ().into_response() },
            ConnectionLimits { total: 10, per_address: 10, loopback_is_limited: false },
            Timeouts {
                read: ReadTimeouts { idle: long, header: long, body: long },
                write: long,
                park_after: Duration::from_millis(1),
            },
            Arc::default(),
            stop.clone(),
        );
        let listeners = Listeners::bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
        let addr = listeners.addresses()[0];
        tokio::spawn(server.run(listeners));
        Self { addr, let_go, begun, stop }
    }
}

/// Long enough for a connection to rest in nearly every run; no run fails where it does not.
async fn let_rest() {
    tokio::time::sleep(Duration::from_millis(30)).await;
}

async fn answered(client: &mut Raw, body: &str) {
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.body.as_slice()), (200, body.as_bytes()), "{answer:?}");
}

#[tokio::test]
async fn request_on_a_parked_connection_is_answered() {
    let server = Resting::start().await;
    let mut client = Raw::connect(server.addr).await;
    let_rest().await;
    for _ in 0..3 {
        client.send(GET_NOW).await;
        answered(&mut client, "now").await;
        let_rest().await;
    }
    // A head and a body that come in parts, with rests between them.
    for part in ["POST /echo HTTP/1.1\r\nHo", "st: x\r\nContent-Length: 4\r\n\r\n", "ec", "ho"] {
        client.send(part).await;
        let_rest().await;
    }
    answered(&mut client, "echo").await;
}

#[tokio::test]
async fn response_on_a_parked_connection_is_whole_and_in_order() {
    let server = Resting::start().await;
    let mut client = Raw::connect(server.addr).await;
    for method in ["GET", "POST"] {
        // One more request stands behind it, and then a part of one.
        client.send(&GET_LATER.replace("GET", method)).await;
        server.begun.notified().await;
        let_rest().await;
        client.send(&format!("{GET_NOW}GET /now HT")).await;
        let_rest().await;
        server.let_go.add_permits(1);
        answered(&mut client, "later").await;
        answered(&mut client, "now").await;
        let_rest().await;
        client.send("TP/1.1\r\nHost: x\r\n\r\n").await;
        answered(&mut client, "now").await;
    }
    // All in one piece, which the library reads at once.
    client.send(&format!("{GET_LATER}{GET_LATER}{GET_NOW}")).await;
    for _ in 0..2 {
        server.begun.notified().await;
        let_rest().await;
        server.let_go.add_permits(1);
        answered(&mut client, "later").await;
    }
    answered(&mut client, "now").await;
}

#[tokio::test]
async fn streamed_response_is_not_cut_by_parking() {
    let server = Resting::start().await;
    let mut answer = http().get(format!("http://{}/pieces", server.addr)).send().await.unwrap();
    for piece in ["a", "b", "c"] {
        let_rest().await;
        server.let_go.add_permits(1);
        assert_eq!(answer.chunk().await.unwrap().unwrap(), piece);
    }
    assert_eq!(answer.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn shutdown_closes_parked_connections_after_their_response() {
    let server = Resting::start().await;
    let mut idle = Raw::connect(server.addr).await;
    let mut waiting = Raw::connect(server.addr).await;
    waiting.send(GET_LATER).await;
    server.begun.notified().await;
    let_rest().await;
    server.stop.cancel();
    idle.closed().await;
    server.let_go.add_permits(1);
    let answer = waiting.answer().await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")), "{answer:?}");
    waiting.closed().await;
}
