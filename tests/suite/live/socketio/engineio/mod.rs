//! Engine.IO 4 as specified.

mod session;
mod upgrade;

use std::net::SocketAddr;

use futures_util::StreamExt;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::support::socketio::{HANDSHAKE, Polling};
use crate::support::{PATIENCE, Server, eventually};

/// No ping comes while a test runs.
const SILENT: [&str; 2] = ["--ping-interval", "10m"];

/// A client by polling that has joined a session of its own.
async fn joined(server: &Server) -> (Polling, String) {
    let id = server.api().create(json!({})).await;
    let mut client = Polling::connect(server.addr).await;
    client.emit("join_session", json!({"session_id": id})).await;
    client.event_named("joined").await;
    (client, id)
}

/// Waits until nobody is in, and answers why the last one went.
async fn departure(server: &Server, session_id: &str) -> Value {
    let api = server.api();
    eventually("nobody is in", || async { api.active_clients(session_id).await == 0 }).await;
    let events = api.get(&format!("/sessions/{session_id}/events")).await;
    events["events"].as_array().unwrap().last().unwrap()["reason"].clone()
}

/// The body of a poll.
async fn poll(client: &Polling) -> String {
    let answer = client.http.get(&client.url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.text().await.unwrap()
}

/// A poll that waits, over a connection of its own.
async fn waiting_poll(client: &Polling, addr: SocketAddr) -> TcpStream {
    let mut connection = TcpStream::connect(addr).await.unwrap();
    let path = client.url.split_once(&addr.to_string()).unwrap().1;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    connection
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn upgrade(client: &Polling, addr: SocketAddr) -> Socket {
    let url = format!("ws://{addr}/{HANDSHAKE}=websocket&sid={}", client.sid);
    tokio_tungstenite::connect_async(url).await.unwrap().0
}

/// Whether the server has ended the WebSocket.
async fn is_closed(socket: &mut Socket) -> bool {
    let next = tokio::time::timeout(PATIENCE, socket.next()).await.expect("its end in time");
    matches!(next, None | Some(Err(_) | Ok(Message::Close(_))))
}

async fn next_text(socket: &mut Socket) -> String {
    match tokio::time::timeout(PATIENCE, socket.next()).await.expect("a frame in time") {
        Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
        other => panic!("no text: {other:?}"),
    }
}
