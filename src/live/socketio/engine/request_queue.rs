//! What the client of one session sent and is not handled yet.

use std::collections::VecDeque;

use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::live::disconnect::Disconnect;
use crate::model::DisconnectReason;

/// One message of a client, or the end of its session.
pub enum Incoming {
    /// The text of a message packet, with its type `4` in front.
    Text(Utf8Bytes),
    /// A binary message. Its content is not kept, since no request has any.
    Binary,
    /// The last item of every queue.
    End(Disconnect),
}

impl Incoming {
    /// The bytes that it takes in the queue.
    fn size(&self) -> usize {
        let text = if let Self::Text(text) = self { text.len() } else { 0 };
        size_of::<Self>() + text
    }
}

/// A queue that stops accepting once it holds a number of bytes. The last accepted payload may exceed
/// that.
pub struct RequestQueue {
    items: VecDeque<Incoming>,
    bytes: usize,
    max_bytes: usize,
    is_closed: bool,
}

impl RequestQueue {
    /// An empty queue that accepts until it holds `max_bytes`.
    pub fn new(max_bytes: usize) -> Self {
        Self { items: VecDeque::new(), bytes: 0, max_bytes, is_closed: false }
    }

    /// Whether more may be read from the client.
    pub fn accepts(&self) -> bool {
        !self.is_closed && self.bytes < self.max_bytes
    }

    /// Whether the queue has had its last item, and takes no more.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Whether the last item is a failure, and not a client that ended the session itself.
    pub fn has_failed(&self) -> bool {
        matches!(self.items.back(),
            Some(Incoming::End(end)) if end.reason == DisconnectReason::ConnectionLost)
    }

    /// Adds an item.
    pub fn push(&mut self, incoming: Incoming) {
        self.bytes += incoming.size();
        self.items.push_back(incoming);
    }

    /// Adds the end of the session as the last item, unless the queue is closed already.
    pub fn close(&mut self, disconnect: Disconnect) {
        if !std::mem::replace(&mut self.is_closed, true) {
            self.push(Incoming::End(disconnect));
        }
    }

    /// Takes the first item.
    pub fn pop(&mut self) -> Option<Incoming> {
        let incoming = self.items.pop_front()?;
        self.bytes -= incoming.size();
        if self.items.is_empty() {
            // An idle connection holds no memory for messages.
            self.items = VecDeque::new();
        }
        Some(incoming)
    }
}
