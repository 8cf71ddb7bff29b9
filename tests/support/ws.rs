//! A client of the plain WebSocket.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::PATIENCE;

/// A client of the plain WebSocket.
pub struct Ws {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Events that came while an answer was waited for.
    pub events: Vec<Value>,
}

/// Answers' types; everything else is an event.
const ANSWERS: [&str; 9] = [
    "joined",
    "watching",
    "unwatched",
    "left",
    "executed",
    "authenticated",
    "pong",
    "error",
    "gap",
];

impl Ws {
    pub async fn connect(addr: SocketAddr) -> Self {
        let url = format!("ws://{addr}/api/v1/ws");
        let connecting = tokio_tungstenite::connect_async(url);
        let (socket, _) = tokio::time::timeout(PATIENCE, connecting).await.unwrap().unwrap();
        Self { socket, events: Vec::new() }
    }

    pub async fn send(&mut self, frame: Value) {
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// Sends the text as it is.
    pub async fn send_text(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next frame of any kind, or the close frame of a connection that ended.
    pub async fn next(&mut self) -> Result<Value, Option<CloseFrame>> {
        let patient = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Text(text))) => {
                        return Ok(serde_json::from_str(&text).unwrap());
                    }
                    Some(Ok(Message::Close(frame))) => return Err(frame),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Err(None),
                }
            }
        };
        tokio::time::timeout(PATIENCE, patient).await.expect("a frame in time")
    }

    /// Reads on until the server closes the connection; the code by which it does.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(close) = self.next().await {
                return close.unwrap().code.into();
            }
        }
    }

    /// The next event.
    pub async fn event(&mut self) -> Value {
        if !self.events.is_empty() {
            return self.events.remove(0);
        }
        self.next_event().await
    }

    /// The next frame, which must be an event.
    async fn next_event(&mut self) -> Value {
        let frame = self.next().await.expect("an open connection");
        assert!(!ANSWERS.contains(&frame["type"].as_str().unwrap()), "not an event: {frame}");
        frame
    }

    /// Waits until so many events are kept: they may come after an answer that is younger.
    pub async fn receive(&mut self, count: usize) {
        while self.events.len() < count {
            let event = self.next_event().await;
            self.events.push(event);
        }
    }

    /// The answer to a request; events that come before it are kept.
    pub async fn ask(&mut self, request: Value) -> Value {
        self.send(request).await;
        self.answer().await
    }

    /// The next answer; events that come before it are kept.
    pub async fn answer(&mut self) -> Value {
        loop {
            let frame = self.next().await.expect("an open connection");
            if ANSWERS.contains(&frame["type"].as_str().unwrap()) {
                return frame;
            }
            self.events.push(frame);
        }
    }

    pub async fn join(&mut self, session_id: &str) -> Value {
        let answer = self.ask(json!({"type": "join_session", "session_id": session_id})).await;
        assert_eq!(answer["type"], "joined", "{answer}");
        answer
    }

    pub async fn leave(&mut self, session_id: &str) -> Value {
        self.ask(json!({"type": "leave_session", "session_id": session_id})).await
    }

    /// Closes in good order.
    pub async fn close(mut self) {
        self.socket.close(None).await.unwrap();
        while self.next().await.is_ok() {}
    }
}
