//! What carries an Engine.IO session: long-polling, or a WebSocket from its beginning or after an
//! upgrade.

use std::sync::Arc;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::{self, Message};

use super::polling::Polling;
use crate::frame;
use crate::hub::Listener;
use crate::live::disconnect::Disconnect;
use crate::live::ws::connection::WsConnection;
use crate::model::DepartureReason;

/// The packet that means nothing: it only ends a poll.
pub const NOOP: &str = "6";

/// The transport of a session.
pub enum Transport {
    Polling(Polling),
    WebSocket(Box<WsConnection>),
}

/// What a transport brings by itself.
pub enum Carried {
    Message(Option<Result<Message, tungstenite::Error>>),
    /// A poll broke off before it was answered.
    BrokenPoll,
}

impl Transport {
    /// Changes who is told when the client takes nothing of what is sent.
    pub fn set_listeners(&mut self, listeners: Vec<Arc<Listener>>) {
        match self {
            Self::Polling(polling) => polling.set_listeners(listeners),
            Self::WebSocket(wire) => wire.set_listeners(listeners),
        }
    }

    /// Puts whole frames with packets behind those that are not sent yet.
    pub fn push(&mut self, frames: Bytes) {
        match self {
            Self::Polling(polling) => polling.push(frames),
            Self::WebSocket(wire) => wire.push(frames),
        }
    }

    /// Whether so much is not sent yet that more has to wait.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Polling(polling) => polling.is_full(),
            Self::WebSocket(wire) => wire.is_full(),
        }
    }

    /// Sends what can be sent now: over a WebSocket everything, by polling if a poll waits.
    pub async fn flush(&mut self) -> Result<(), Disconnect> {
        match self {
            Self::Polling(polling) => {
                polling.flush();
                Ok(())
            }
            Self::WebSocket(wire) => wire.flush().await,
        }
    }

    /// Waits for what comes next.
    pub async fn next(&mut self) -> Carried {
        match self {
            Self::Polling(polling) => {
                polling.broken().await;
                Carried::BrokenPoll
            }
            Self::WebSocket(wire) => Carried::Message(wire.recv().await),
        }
    }

    /// Lets a WebSocket take over from polling, with what is not sent yet.
    pub fn upgrade(&mut self, mut wire: WsConnection) {
        if let Self::Polling(polling) = self {
            let (unsent, listeners) = polling.finish(frame::text(NOOP));
            unsent.into_iter().for_each(|frames| wire.push(frames));
            wire.set_listeners(listeners);
            *self = Self::WebSocket(Box::new(wire));
        }
    }

    /// Ends it. Engine.IO's own packet for that would keep python-socketio from coming back, so no
    /// client is sent it here.
    pub async fn close(self, disconnect: Disconnect) {
        match self {
            Self::WebSocket(wire) => wire.close(disconnect).await,
            Self::Polling(mut polling) if disconnect.reason == DepartureReason::Disconnected => {
                polling.finish(frame::text(NOOP));
            }
            // A poll that is refused is a connection that is lost: the client comes back.
            Self::Polling(_) => {}
        }
    }
}
