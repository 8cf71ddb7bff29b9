//! The messages that a group of listeners is sent together.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::time::Instant;

use super::message::EncodedMessage;
use crate::frame::Namespace;
use crate::model::{Event, SessionId};

/// Messages of one session for a group of its listeners (events only, presence only, or one custom
/// message), or messages for those who follow all sessions. The frames are encoded once for each transport, and shared by all listeners.
#[derive(Debug)]
pub struct Delivery {
    /// Which session the messages are of; None where they are for those who follow all sessions.
    pub session_id: Option<SessionId>,
    /// One message or more. Events are in the order of their numbers, without a hole.
    pub messages: Vec<Arc<EncodedMessage>>,
    /// When the first event was published; None for presence.
    pub published_at: Option<Instant>,
    size: usize,
    frames: OnceLock<Bytes>,
    packets: [OnceLock<Bytes>; Namespace::COUNT],
}

impl Delivery {
    /// A delivery of these messages, one or more, which are all of one kind.
    pub fn new(session_id: SessionId, messages: Vec<Arc<EncodedMessage>>) -> Self {
        Self::to(Some(session_id), messages)
    }

    /// A delivery of these messages, one or more, to those who follow all sessions.
    pub fn to_lobby(messages: Vec<Arc<EncodedMessage>>) -> Self {
        Self::to(None, messages)
    }

    fn to(session_id: Option<SessionId>, messages: Vec<Arc<EncodedMessage>>) -> Self {
        let size = messages.iter().map(|encoded| encoded.message.size()).sum();
        let packets = Default::default();
        let (published_at, frames) = (None, OnceLock::new());
        Self { session_id, messages, published_at, size, frames, packets }
    }

    /// The same, and when its first event was published.
    pub fn published_at(self, at: Instant) -> Self {
        Self { published_at: Some(at), ..self }
    }

    /// All messages as frames of the plain WebSocket, one after the other.
    pub fn frames(&self) -> &Bytes {
        self.frames.get_or_init(|| match self.messages.as_slice() {
            [only] => only.frame().clone(),
            all => {
                let mut frames = Vec::with_capacity(self.size);
                all.iter().for_each(|encoded| frames.extend_from_slice(encoded.frame()));
                frames.into()
            }
        })
    }

    /// All messages as frames with Socket.IO packets of the namespace, one after the other.
    pub fn packets(&self, namespace: Namespace) -> &Bytes {
        self.packets[namespace as usize].get_or_init(|| match self.messages.as_slice() {
            [only] => only.packet(namespace).clone(),
            all => {
                let mut frames = Vec::with_capacity(self.size);
                all.iter().for_each(|encoded| frames.extend_from_slice(encoded.packet(namespace)));
                frames.into()
            }
        })
    }

    /// An estimate of its bytes on the network.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The first event; None where the delivery has none.
    pub fn first_event(&self) -> Option<&Event> {
        self.messages.first().and_then(|encoded| encoded.event())
    }

    /// The last event; None where the delivery has none.
    pub fn last_event(&self) -> Option<&Event> {
        self.messages.last().and_then(|encoded| encoded.event())
    }

    /// Whether it is presence, which has no numbers.
    pub fn is_presence(&self) -> bool {
        let is_presence = |encoded: &Arc<EncodedMessage>| encoded.is_presence();
        self.messages.first().is_some_and(is_presence)
    }
}
