//! One client by either live door, which takes the end of the server as an answer.

use std::net::SocketAddr;

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::Ws;
use crate::support::socketio::{Packet, Sio, packet};

/// Answers' names; everything else is an event.
const ANSWERS: [&str; 6] = ["joined", "left", "executed", "pong", "error", "gap"];

/// The server is gone.
pub struct Gone;

/// What carries a client's requests.
enum Door {
    Plain(Ws),
    SocketIo(Sio),
}

/// A client and all events that it was told, as the plain WebSocket has them.
pub struct Client {
    door: Door,
    requests: i64,
    pub heard: Vec<Value>,
}

impl Client {
    pub async fn plain(addr: SocketAddr) -> Self {
        Self::over(Door::Plain(Ws::connect(addr).await))
    }

    pub async fn socket_io(addr: SocketAddr) -> Self {
        Self::over(Door::SocketIo(Sio::connect(addr).await))
    }

    fn over(door: Door) -> Self {
        Self { door, requests: 0, heard: Vec::new() }
    }

    /// The answer to a request, or the error in place of it; events on the way are kept.
    pub async fn ask(&mut self, name: &str, mut payload: Value) -> Result<Value, Gone> {
        self.requests += 1;
        match &mut self.door {
            Door::Plain(ws) => {
                payload["type"] = name.into();
                let message = Message::text(payload.to_string());
                ws.socket.send(message).await.map_err(|_| Gone)?;
                loop {
                    let frame = ws.next().await.map_err(|_| Gone)?;
                    if ANSWERS.iter().any(|answer| frame["type"] == *answer) {
                        return Ok(frame);
                    }
                    self.heard.push(frame);
                }
            }
            Door::SocketIo(sio) => {
                let id = self.requests;
                let text = packet("2", "/graph", &format!("{id}{}", json!([name, payload])));
                sio.socket.send(Message::text(text)).await.map_err(|_| Gone)?;
                loop {
                    match sio.next().await.ok_or(Gone)?.1 {
                        Packet::Ack(answered, answer) if answered == id => {
                            return Ok(match answer.get("error") {
                                Some(error) => error.clone(),
                                None => answer,
                            });
                        }
                        Packet::Event(name, _) if ANSWERS.contains(&name.as_str()) => {}
                        Packet::Event(name, mut event) => {
                            event["type"] = name.into();
                            self.heard.push(event);
                        }
                        other => panic!("{other:?} in place of an answer or an event"),
                    }
                }
            }
        }
    }
}
