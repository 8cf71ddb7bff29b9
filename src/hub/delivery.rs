//! What goes from one to many, written out once for each door however many listen.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::{Value, json};
use socketioxide_core::Str;

use crate::frame;
use crate::session::{Event, SessionId};

/// What listeners are told.
pub enum Notice {
    Event(Event),
    /// What a client tells the others; it has no number and is not kept.
    Presence {
        session_id: SessionId,
        client_id: String,
        data: Value,
    },
}

impl Notice {
    /// Its name on the wire.
    pub fn name(&self) -> &str {
        match self {
            Self::Event(event) => &event.name,
            Self::Presence { .. } => "presence",
        }
    }

    /// Whether the session is gone with it.
    pub fn ends_session(&self) -> bool {
        self.name() == Event::REMOVED
    }

    /// One JSON object, with the name under `name_key`.
    pub fn to_json(&self, name_key: &str) -> String {
        match self {
            Self::Event(event) => event.to_json(name_key),
            Self::Presence { session_id, client_id, data } => json!({
                name_key: self.name(),
                "session_id": session_id,
                "client_id": client_id,
                "data": data
            })
            .to_string(),
        }
    }

    /// A list of its name and a JSON object without it.
    pub fn to_pair(&self) -> String {
        match self {
            Self::Event(event) => event.to_pair(),
            Self::Presence { session_id, client_id, data } => {
                let payload =
                    json!({"session_id": session_id, "client_id": client_id, "data": data});
                json!([self.name(), payload]).to_string()
            }
        }
    }
}

/// A notice, and its texts as soon as somebody needs them.
pub struct Told {
    pub notice: Notice,
    frame: OnceLock<Bytes>,
    packet: OnceLock<Str>,
}

impl Told {
    pub fn new(notice: Notice) -> Self {
        Self { notice, frame: OnceLock::new(), packet: OnceLock::new() }
    }

    /// A frame of the plain WebSocket.
    pub fn frame(&self) -> &Bytes {
        self.frame.get_or_init(|| frame::text(&self.notice.to_json("type")))
    }

    /// The data of a Socket.IO packet, the same in every namespace.
    pub fn packet(&self) -> &Str {
        self.packet.get_or_init(|| self.notice.to_pair().into())
    }
}

/// What some commits, or one client, have for a group of a session's listeners.
pub struct Delivery {
    pub session_id: SessionId,
    /// At least one; events in the order of their numbers, without a hole.
    pub notices: Vec<Arc<Told>>,
    plain: OnceLock<Bytes>,
}

impl Delivery {
    pub fn new(session_id: SessionId, notices: Vec<Arc<Told>>) -> Self {
        Self { session_id, notices, plain: OnceLock::new() }
    }

    /// All notices as frames of the plain WebSocket, one behind the other.
    pub fn plain(&self) -> &Bytes {
        self.plain.get_or_init(|| {
            let mut frames = Vec::new();
            self.notices.iter().for_each(|told| frames.extend_from_slice(told.frame()));
            frames.into()
        })
    }
}
