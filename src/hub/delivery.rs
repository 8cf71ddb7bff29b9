//! What goes from one to many, written out once for each door however many listen.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::frame::{self, Namespace};
use crate::model::{Event, SessionId};

/// Bytes of a frame beside what an event or a client brings itself, as a guess.
const MEMBERS_SIZE: usize = 160;

/// What listeners are told.
#[derive(Debug)]
pub enum Notice {
    Event(Event),
    /// What a client tells the others; it has no number and is not kept.
    Presence {
        session_id: SessionId,
        client_id: String,
        data: Arc<RawValue>,
    },
}

impl Notice {
    /// One JSON object, with the name under `name_key`.
    pub fn to_json(&self, name_key: &str) -> String {
        match self {
            Self::Event(event) => event.to_json(name_key),
            Self::Presence { .. } => {
                format!(r#"{{"{name_key}":"presence",{}}}"#, self.presence_members())
            }
        }
    }

    /// A list of its name and a JSON object without it.
    pub fn to_pair(&self) -> String {
        match self {
            Self::Event(event) => event.to_pair(),
            Self::Presence { .. } => format!(r#"["presence",{{{}}}]"#, self.presence_members()),
        }
    }

    fn presence_members(&self) -> String {
        let Self::Presence { session_id, client_id, data } = self else { return String::new() };
        // A text is written without fail.
        let client_id = serde_json::to_string(client_id).unwrap_or_default();
        format!(r#""session_id":"{session_id}","client_id":{client_id},"data":{data}"#)
    }

    /// About so many bytes of a frame.
    fn size(&self) -> usize {
        MEMBERS_SIZE
            + match self {
                Self::Event(event) => event.payload.len(),
                Self::Presence { data, .. } => data.get().len(),
            }
    }
}

/// A notice, and its texts as soon as somebody needs them.
#[derive(Debug)]
pub struct Told {
    pub notice: Notice,
    frame: OnceLock<Bytes>,
    packets: [OnceLock<Bytes>; Namespace::COUNT],
}

impl Told {
    pub fn new(notice: Notice) -> Self {
        Self { notice, frame: OnceLock::new(), packets: Default::default() }
    }

    /// A frame of the plain WebSocket.
    pub fn frame(&self) -> &Bytes {
        self.frame.get_or_init(|| frame::text(&self.notice.to_json("type")))
    }

    /// A frame with a Socket.IO packet of the namespace.
    pub fn packet(&self, namespace: Namespace) -> &Bytes {
        let packet = &self.packets[namespace as usize];
        packet.get_or_init(|| namespace.event(&self.notice.to_pair()))
    }

    fn event(&self) -> Option<&Event> {
        match &self.notice {
            Notice::Event(event) => Some(event),
            Notice::Presence { .. } => None,
        }
    }

    /// Whether the session is gone with it.
    pub fn ends_session(&self) -> bool {
        self.event().is_some_and(Event::ends_session)
    }

    /// Whether it is what this client has told the others.
    pub fn is_presence_of(&self, client: &str) -> bool {
        matches!(&self.notice, Notice::Presence { client_id, .. } if client_id == client)
    }
}

/// What some commits, or some clients, have for a group of a session's listeners: either events or
/// presence.
#[derive(Debug)]
pub struct Delivery {
    pub session_id: SessionId,
    /// At least one; events in the order of their numbers, without a hole.
    pub notices: Vec<Arc<Told>>,
    size: usize,
    plain: OnceLock<Bytes>,
    packets: [OnceLock<Bytes>; Namespace::COUNT],
}

impl Delivery {
    pub fn new(session_id: SessionId, notices: Vec<Arc<Told>>) -> Self {
        let size = notices.iter().map(|told| told.notice.size()).sum();
        let packets = Default::default();
        Self { session_id, notices, size, plain: OnceLock::new(), packets }
    }

    /// All notices as frames of the plain WebSocket, one behind the other.
    pub fn plain(&self) -> &Bytes {
        self.plain.get_or_init(|| match self.notices.as_slice() {
            [only] => only.frame().clone(),
            all => {
                let mut frames = Vec::with_capacity(self.size);
                all.iter().for_each(|told| frames.extend_from_slice(told.frame()));
                frames.into()
            }
        })
    }

    /// All notices as frames with Socket.IO packets of the namespace, one behind the other.
    pub fn packets(&self, namespace: Namespace) -> &Bytes {
        self.packets[namespace as usize].get_or_init(|| match self.notices.as_slice() {
            [only] => only.packet(namespace).clone(),
            all => {
                let mut frames = Vec::with_capacity(self.size);
                all.iter().for_each(|told| frames.extend_from_slice(told.packet(namespace)));
                frames.into()
            }
        })
    }

    /// About so many bytes on the wire.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The first event; None where it is presence.
    pub fn first_event(&self) -> Option<&Event> {
        self.notices.first().and_then(|told| told.event())
    }

    /// The last event; None where it is presence.
    pub fn last_event(&self) -> Option<&Event> {
        self.notices.last().and_then(|told| told.event())
    }

    /// Whether it is what clients tell of themselves, and has no numbers.
    pub fn is_presence(&self) -> bool {
        self.first_event().is_none()
    }
}
