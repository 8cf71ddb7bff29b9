//! What carries an Engine.IO session: long-polling, or a WebSocket from the beginning or after an
//! upgrade.

use std::sync::Arc;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::{self, Message};

use super::packet::NOOP;
use super::polling::Polling;
use crate::frame;
use crate::hub::Listener;
use crate::live::disconnect::Disconnect;
use crate::live::ws::connection::WsConnection;
use crate::model::DisconnectReason;

/// The transport of a session.
pub enum Transport {
    Polling(Polling),
    WebSocket(Box<WsConnection>),
}

/// What happens on a transport without an HTTP request.
pub enum TransportEvent {
    /// A WebSocket has a message of the client; None at its end.
    Message(Option<Result<Message, tungstenite::Error>>),
    /// The client went away during a poll.
    PollAborted,
}

impl Transport {
    /// Replaces the ends of the hub that are notified when the client accepts no bytes.
    pub fn set_listeners(&mut self, listeners: Vec<Arc<Listener>>) {
        match self {
            Self::Polling(polling) => polling.set_listeners(listeners),
            Self::WebSocket(ws) => ws.set_listeners(listeners),
        }
    }

    /// Adds whole frames with packets after those that are not sent yet.
    pub fn push(&mut self, frames: Bytes) {
        match self {
            Self::Polling(polling) => polling.push(frames),
            Self::WebSocket(ws) => ws.push(frames),
        }
    }

    /// Whether so much is unsent that more has to wait.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Polling(polling) => polling.is_full(),
            Self::WebSocket(ws) => ws.is_full(),
        }
    }

    /// Sends what can be sent now: over a WebSocket everything, by long-polling if a poll waits.
    pub async fn flush(&mut self) -> Result<(), Disconnect> {
        match self {
            Self::Polling(polling) => {
                polling.flush();
                Ok(())
            }
            Self::WebSocket(ws) => ws.flush().await,
        }
    }

    /// Waits for the next event. Dropping the future loses nothing.
    pub async fn next(&mut self) -> TransportEvent {
        match self {
            Self::Polling(polling) => {
                polling.aborted().await;
                TransportEvent::PollAborted
            }
            Self::WebSocket(ws) => TransportEvent::Message(ws.recv().await),
        }
    }

    /// Replaces long-polling by a WebSocket, which takes over the unsent packets.
    pub fn upgrade(&mut self, mut ws: WsConnection) {
        if let Self::Polling(polling) = self {
            let (unsent, listeners) = polling.finish(frame::text(NOOP));
            unsent.into_iter().for_each(|frames| ws.push(frames));
            ws.set_listeners(listeners);
            *self = Self::WebSocket(Box::new(ws));
        }
    }

    /// Ends the transport. It sends no close packet, since python-socketio does not reconnect after
    /// one.
    pub async fn close(self, disconnect: Disconnect) {
        match self {
            Self::WebSocket(ws) => ws.close(disconnect).await,
            Self::Polling(mut polling) if disconnect.reason == DisconnectReason::Disconnected => {
                polling.finish(frame::text(NOOP));
            }
            // The poll that waits is answered with what is unsent, or else refused by the drop. The next one
            // is refused. For its client the connection is lost, and it reconnects.
            Self::Polling(mut polling) => polling.flush(),
        }
    }
}
