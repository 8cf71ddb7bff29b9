//! One client of either transport, for which the end of the server is no failure.

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
enum Transport {
    Plain(Ws),
    SocketIo(Sio),
}

/// A client and all events that it has received, as the plain WebSocket has them.
pub struct Client {
    transport: Transport,
    requests: i64,
    pub received: Vec<Value>,
}

impl Client {
    pub async fn plain(addr: SocketAddr) -> Self {
        Self::over(Transport::Plain(Ws::connect(addr).await))
    }

    pub async fn socket_io(addr: SocketAddr) -> Self {
        Self::over(Transport::SocketIo(Sio::connect(addr).await))
    }

    fn over(transport: Transport) -> Self {
        Self { transport, requests: 0, received: Vec::new() }
    }

    /// The answer to a request, or the error in place of it; events on the way are kept.
    pub async fn ask(&mut self, name: &str, mut payload: Value) -> Result<Value, Gone> {
        self.requests += 1;
        match &mut self.transport {
            Transport::Plain(ws) => {
                payload["type"] = name.into();
                let message = Message::text(payload.to_string());
                ws.socket.send(message).await.map_err(|_| Gone)?;
                loop {
                    let frame = ws.next().await.map_err(|_| Gone)?;
                    if ANSWERS.iter().any(|answer| frame["type"] == *answer) {
                        return Ok(frame);
                    }
                    self.received.push(frame);
                }
            }
            Transport::SocketIo(sio) => {
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
                            self.received.push(event);
                        }
                        other => panic!("{other:?} in place of an answer or an event"),
                    }
                }
            }
        }
    }
}
