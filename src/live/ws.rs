//! The plain WebSocket: each text frame is one JSON object.

use std::convert::Infallible;
use std::sync::Arc;

use tokio_tungstenite::tungstenite::{self, Message};
use uuid::Uuid;

use self::codec::{Decoded, decode, encode_error};
use self::connection::WsConnection;
use self::keepalive::{Due, Keepalive};
use super::authorization::Handshake;
use super::connection::Connection;
use super::disconnect::Disconnect;
use super::meters::OpenConnection;
use super::replay::{Replay, ReplayPage};
use super::subscriptions::{Messages, Outgoing};
use crate::error::Error;
use crate::frame;
use crate::metrics::Carrier;
use crate::model::{DisconnectReason, Transport};
use crate::state::{AppState, Limits};

mod codec;
pub(super) mod connection;
mod keepalive;

pub(super) use codec::encode_response;
pub use connection::Socket;

/// Serves one connection from its beginning to its end.
pub async fn serve(state: Arc<AppState>, socket: Socket, handshake: Handshake) {
    let client_id = Uuid::now_v7().to_string();
    let limits = state.limits;
    let open = OpenConnection::begin(state.metrics.clone(), Carrier::WebSocket);
    let mut connection = Connection::new(state, client_id, Transport::WebSocket, handshake);
    let mut ws = WsConnection::new(socket, vec![connection.listener().clone()]);
    let ended = connection.ended_by_server();
    let disconnect = tokio::select! {
        Err(disconnect) = run(&mut ws, &mut connection, limits) => disconnect,
        reason = ended => reason.into(),
    };
    // The client leaves its sessions first, since it may take its time to read the close frame.
    connection.leave(disconnect.reason).await;
    open.end(disconnect.reason);
    if let Some(reconnect) = disconnect.reconnect() {
        ws.push(encode_response(&reconnect, None));
    }
    ws.close(disconnect).await;
}

/// Handles requests and writes responses and events until the connection is to end.
async fn run(
    ws: &mut WsConnection,
    connection: &mut Connection,
    limits: Limits,
) -> Result<Infallible, Disconnect> {
    let mut keepalive = Keepalive::new(limits.ping_interval, limits.ping_timeout);
    loop {
        tokio::select! {
            // In this order, since the answer to a ping may wait behind a write that took long, and
            // since a client with much to receive is to be pinged as well.
            biased;
            message = ws.recv() => {
                keepalive.received();
                match message {
                    Some(Ok(Message::Text(text))) => {
                        // Boxed, so that an idle connection holds no memory for a request.
                        Box::pin(handle_text(ws, connection, &text)).await?;
                    }
                    Some(Ok(Message::Binary(_))) => {
                        let text = "The frame is binary. Send one JSON object as a text frame.";
                        ws.push(encode_error(Error::InvalidRequest(text.to_owned())));
                    }
                    Some(Ok(Message::Ping(_))) => ws.write_pong().await?,
                    Some(Ok(Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Ok(Message::Close(_))) | None => {
                        return Err(DisconnectReason::Disconnected.into());
                    }
                    Some(Err(failure)) => {
                        if let tungstenite::Error::Capacity(_) = failure {
                            let (limit, setting) = (limits.body, "--body-limit");
                            let refusal = Error::PayloadTooLarge { what: "frame", limit, setting };
                            ws.push(encode_error(refusal));
                        }
                        return Err(failure.into());
                    }
                }
            }
            () = keepalive.expired() => match keepalive.due() {
                Due::Nothing => {}
                Due::Ping => ws.ping().await?,
                Due::PingTimeout => return Err(DisconnectReason::PingTimeout.into()),
            },
            outgoing = connection.next_outgoing() => push_outgoing(ws, outgoing).await?,
        }
        // What waits goes out in the same write, up to a full one; then the client is read again.
        while !ws.is_full()
            && let Some(outgoing) = connection.try_next_outgoing()
        {
            push_outgoing(ws, outgoing).await?;
        }
        ws.flush().await?;
    }
}

/// Handles the request in a text frame: writes its response and, after a join, the replay.
async fn handle_text(
    ws: &mut WsConnection,
    connection: &mut Connection,
    text: &str,
) -> Result<(), Disconnect> {
    let Decoded { request, reference } = decode(text, connection.limits());
    let (response, replay) = match request {
        Ok(request) => connection.handle(request).await,
        Err(failure) => (failure.into(), None),
    };
    if !response.is_empty() {
        ws.push(encode_response(&response, reference));
    }
    match replay {
        Some(replay) => write_replay(ws, replay).await,
        None => Ok(()),
    }
}

/// Adds messages to what is to be written, or writes a replay.
async fn push_outgoing(ws: &mut WsConnection, outgoing: Outgoing) -> Result<(), Disconnect> {
    match outgoing {
        Outgoing::Messages(Messages::All(delivery)) => ws.push(delivery.frames().clone()),
        Outgoing::Messages(some) => some.iter().for_each(|each| ws.push(each.frame().clone())),
        // Boxed, so that an idle connection holds no memory for it.
        Outgoing::Replay(replay) => return Box::pin(write_replay(ws, replay)).await,
        Outgoing::Notice(notice) => ws.push(encode_response(&notice, None)),
        Outgoing::End(disconnect) => return Err(disconnect),
    }
    if ws.is_full() { ws.flush().await } else { Ok(()) }
}

/// Writes a replay page by page.
async fn write_replay(ws: &mut WsConnection, mut replay: Replay) -> Result<(), Disconnect> {
    loop {
        match replay.next().await {
            Ok(None) => return Ok(()),
            Ok(Some(ReplayPage::Events(events))) => {
                for event in &events {
                    ws.push(frame::text(&event.to_json("type")));
                }
            }
            Ok(Some(ReplayPage::Gap(gap))) => ws.push(encode_response(&gap, None)),
            Err(failure) => ws.push(encode_error(failure)),
        }
        ws.flush().await?;
    }
}
