//! Connections that end without a close frame are detected, and their clients disconnected.

use futures_util::SinkExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::{PATIENCE, Server};

const IMPATIENT: [&str; 6] =
    ["--cleanup-interval", "off", "--ping-interval", "100ms", "--ping-timeout", "100ms"];

/// A WebSocket without a library, which joins a session and then answers nothing automatically.
async fn mute(server: &Server, session_id: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    let request = format!(
        "GET /api/v1/ws HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.addr
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "));
    let join = json!({"type": "join_session", "session_id": session_id}).to_string();
    // Final text frame, masked with zeros (RFC 6455, section 5.2).
    let mut frame = vec![0x81, 0x80 | u8::try_from(join.len()).unwrap(), 0, 0, 0, 0];
    frame.extend(join.as_bytes());
    stream.write_all(&frame).await.unwrap();
    stream
}

/// Opcode and payload of the next frame.
async fn frame(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let opcode = stream.read_u8().await.unwrap() & 0x0f;
    let length = match stream.read_u8().await.unwrap() {
        126 => usize::from(stream.read_u16().await.unwrap()),
        short => usize::from(short),
    };
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await.unwrap();
    (opcode, payload)
}

#[tokio::test]
async fn half_open_client_is_pinged_and_then_disconnected() {
    let server = Server::with(&IMPATIENT).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut witness = server.ws().await;
    witness.join(&id).await;
    let mut stream = mute(&server, &id).await;
    let (opcode, payload) = frame(&mut stream).await;
    let joined: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!((opcode, &joined["type"]), (1, &json!("joined")));
    assert_eq!(witness.event().await["active_clients"], 2);

    // The witness answers its pings while it waits, so it stays.
    let gone = witness.event().await;
    assert_eq!(gone["type"], "session-disconnected");
    assert_eq!(gone["client_id"], joined["client_id"]);
    assert_eq!(gone["reason"], "ping_timeout");
    assert_eq!(gone["active_clients"], 1);
    assert_eq!(api.active_clients(&id).await, 1);

    assert_eq!(frame(&mut stream).await.0, 9, "a ping");
    let (opcode, payload) = frame(&mut stream).await;
    assert_eq!((opcode, &payload[..2]), (8, &1008_u16.to_be_bytes()[..]));
    assert_eq!(String::from_utf8_lossy(&payload[2..]), "no answer to a ping");
    // What follows the close frame is the end of the connection.
    let end = timeout(PATIENCE, stream.read(&mut [0; 16])).await.expect("an end");
    assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
}

#[tokio::test]
async fn silent_websocket_that_answers_pings_stays_connected() {
    let server = Server::with(&IMPATIENT).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut silent = server.ws().await;
    silent.join(&id).await;
    let mut half_open = mute(&server, &id).await;
    assert_eq!(silent.event().await["type"], "session-connected");
    // Both have been silent when this comes; only one has answered.
    assert_eq!(silent.event().await["reason"], "ping_timeout");
    assert_eq!(api.active_clients(&id).await, 1);
    assert_eq!(silent.ask(json!({"type": "ping"})).await["type"], "pong");
    half_open.shutdown().await.unwrap();
}

#[tokio::test]
async fn reset_connection_is_disconnected() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut witness = server.ws().await;
    witness.join(&id).await;
    let mut victim = server.ws().await;
    victim.join(&id).await;
    assert_eq!(witness.event().await["type"], "session-connected");
    let MaybeTlsStream::Plain(stream) = victim.socket.get_ref() else { panic!("no TLS here") };
    stream.set_zero_linger().unwrap();
    drop(victim);
    let gone = witness.event().await;
    assert_eq!(gone["reason"], "connection_lost");
    assert_eq!(gone["active_clients"], 1);
    assert_eq!(api.active_clients(&id).await, 1);
}

#[tokio::test]
async fn connection_without_close_frame_is_disconnected() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut witness = server.ws().await;
    witness.join(&id).await;
    let mut stream = mute(&server, &id).await;
    assert_eq!(witness.event().await["type"], "session-connected");
    stream.shutdown().await.unwrap();
    assert_eq!(witness.event().await["reason"], "connection_lost");
    assert_eq!(api.active_clients(&id).await, 1);
}

#[tokio::test]
async fn close_frame_is_acknowledged() {
    let server = Server::start().await;
    let mut ws = server.ws().await;
    let farewell = CloseFrame { code: CloseCode::Normal, reason: "done".into() };
    ws.socket.send(Message::Close(Some(farewell.clone()))).await.unwrap();
    assert_eq!(ws.next().await.unwrap_err(), Some(farewell), "RFC 6455, section 5.5.1");
}
