//! What goes from one to many, written out once for each door however many listen.

use std::sync::OnceLock;

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

/// What one commit, or one client, has for all listeners of a session.
pub struct Delivery {
    pub session_id: SessionId,
    /// At least one; events in the order of their numbers, without a hole.
    pub notices: Vec<Notice>,
    plain: OnceLock<Bytes>,
    socket_io: OnceLock<Vec<Str>>,
}

impl Delivery {
    pub fn new(session_id: SessionId, notices: Vec<Notice>) -> Self {
        Self { session_id, notices, plain: OnceLock::new(), socket_io: OnceLock::new() }
    }

    /// All notices as frames of the plain WebSocket, one behind the other.
    pub fn plain(&self) -> &Bytes {
        self.plain.get_or_init(|| {
            let mut frames = Vec::new();
            for notice in &self.notices {
                frame::append(&mut frames, &notice.to_json("type"));
            }
            frames.into()
        })
    }

    /// Each notice as the data of a Socket.IO packet, the same in every namespace.
    pub fn socket_io(&self) -> &[Str] {
        self.socket_io
            .get_or_init(|| self.notices.iter().map(|notice| notice.to_pair().into()).collect())
    }
}
