//! One message to the listeners of a session, and its text for each transport.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::frame::{self, Namespace};
use crate::model::{Event, SessionId};

/// An estimate of the bytes of a message besides the payload or the presence data itself: its braces,
/// its name, the ids and the time.
const ENVELOPE_BYTES: usize = 160;

/// What the hub sends to listeners.
#[derive(Debug)]
pub enum Message {
    /// An event of the log.
    Event(Event),
    /// The presence data of a client. It has no number and is not stored.
    Presence {
        /// The session whose clients get it.
        session_id: SessionId,
        /// The client that has sent it.
        client_id: String,
        /// Any JSON, as the client has sent it.
        data: Arc<RawValue>,
    },
    /// What a caller of REST sends to those who are in a session. It has no number and is not stored.
    Custom {
        /// The session whose clients get it.
        session_id: SessionId,
        /// Any JSON, as the caller has sent it.
        data: Arc<RawValue>,
    },
    /// A session, for those who follow all of them.
    Session {
        /// Whether it was created since the last notification.
        is_new: bool,
        /// The session as JSON, as a list has it.
        session: Arc<RawValue>,
    },
    /// How much the server has to do, for those who follow all sessions and want that.
    Load(Load),
    /// Those who follow all sessions have missed something, and have to list them anew.
    SessionsGap,
}

/// How much the server has to do. What is counted is counted since its start, so one that is missed does no harm.
#[derive(Debug, Clone, Serialize)]
pub struct Load {
    /// Live connections that have joined a session.
    pub clients: i64,
    /// Requests to change content that were handled, refused ones too.
    pub commands: u64,
    /// Transactions that reached the disk.
    pub commits: u64,
    /// How long they took together, in seconds.
    pub commit_seconds: f64,
    /// Changes that wait for the writer at present.
    pub waiting_jobs: usize,
}

impl Message {
    /// The message as one JSON object, with its name in the member `name_key`.
    pub fn to_json(&self, name_key: &str) -> String {
        match self {
            Self::Event(event) => event.to_json(name_key),
            Self::SessionsGap => format!(r#"{{"{name_key}":"gap"}}"#),
            _ => format!(r#"{{"{name_key}":"{}",{}}}"#, self.name(), self.members()),
        }
    }

    /// The name of the message for clients.
    pub fn name(&self) -> &str {
        match self {
            Self::Event(event) => &event.name,
            Self::Presence { .. } => "presence",
            Self::Custom { .. } => "message",
            Self::Session { is_new: true, .. } => "session-created",
            Self::Session { is_new: false, .. } => "session-changed",
            Self::Load(_) => "load",
            Self::SessionsGap => "gap",
        }
    }

    /// The message as a JSON list of two: its name, and a JSON object without the name.
    pub fn to_pair(&self) -> String {
        match self {
            Self::Event(event) => event.to_pair(),
            _ => format!(r#"["{}",{{{}}}]"#, self.name(), self.members()),
        }
    }

    /// The members of what is not stored, besides its name.
    fn members(&self) -> String {
        match self {
            Self::Event(_) | Self::SessionsGap => String::new(),
            Self::Session { session, .. } => format!(r#""session":{session}"#),
            Self::Load(load) => {
                // Numbers can always be serialised.
                let load = serde_json::to_string(load).unwrap_or_default();
                load.trim_matches(['{', '}']).to_owned()
            }
            Self::Presence { session_id, client_id, data } => {
                // A string can always be serialised.
                let client_id = serde_json::to_string(client_id).unwrap_or_default();
                format!(r#""session_id":"{session_id}","client_id":{client_id},"data":{data}"#)
            }
            Self::Custom { session_id, data } => {
                format!(r#""session_id":"{session_id}","data":{data}"#)
            }
        }
    }

    /// An estimate of the bytes of its frame.
    pub fn size(&self) -> usize {
        ENVELOPE_BYTES
            + match self {
                Self::Event(event) => event.payload.len(),
                Self::Presence { data, .. } | Self::Custom { data, .. } => data.get().len(),
                Self::Session { session, .. } => session.get().len(),
                Self::Load(_) | Self::SessionsGap => 0,
            }
    }
}

/// A message with its encoded frames. Each encoding is made when the first listener needs it, and is
/// shared by all.
#[derive(Debug)]
pub struct EncodedMessage {
    /// What the frames are made of.
    pub message: Message,
    frame: OnceLock<Bytes>,
    packets: [OnceLock<Bytes>; Namespace::COUNT],
}

impl EncodedMessage {
    /// A message that is not encoded yet.
    pub fn new(message: Message) -> Self {
        Self { message, frame: OnceLock::new(), packets: Default::default() }
    }

    /// A frame of the plain WebSocket.
    pub fn frame(&self) -> &Bytes {
        self.frame.get_or_init(|| frame::text(&self.message.to_json("type")))
    }

    /// A frame with a Socket.IO packet of the namespace.
    pub fn packet(&self, namespace: Namespace) -> &Bytes {
        let packet = &self.packets[namespace as usize];
        packet.get_or_init(|| namespace.event(&self.message.to_pair()))
    }

    /// The event; None where the message is none.
    pub fn event(&self) -> Option<&Event> {
        match &self.message {
            Message::Event(event) => Some(event),
            _ => None,
        }
    }

    /// Whether it is for readers of server-sent events, who are in no session: not presence, and not what
    /// clients are sent as messages.
    pub fn is_for_readers(&self) -> bool {
        !matches!(self.message, Message::Presence { .. } | Message::Custom { .. })
    }

    /// The name of the message for clients.
    pub fn name(&self) -> &str {
        self.message.name()
    }

    /// Whether it is the last event of its session.
    pub fn ends_session(&self) -> bool {
        self.event().is_some_and(Event::ends_session)
    }

    /// Whether it is presence.
    pub fn is_presence(&self) -> bool {
        matches!(self.message, Message::Presence { .. })
    }

    /// Whether it is the presence of this client.
    pub fn is_presence_of(&self, client: &str) -> bool {
        matches!(&self.message, Message::Presence { client_id, .. } if client_id == client)
    }
}
