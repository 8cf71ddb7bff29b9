//! The long-polling transport of one Engine.IO session: packets that wait for a poll, and the poll
//! that waits for packets.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::packet::SEPARATOR;
use crate::frame;
use crate::hub::Listener;

/// The bytes of unsent packets from which on requests are no longer handled and no events are taken
/// from the client's queue, which has a bound of its own.
const MAX_UNSENT_BYTES: usize = 256 * 1024;

/// The sender of the packets that answer a poll. If it is dropped, the poll is refused.
pub type Poll = oneshot::Sender<Packets>;

/// The packets of one response, as whole frames.
pub struct Packets(VecDeque<Bytes>);

impl Packets {
    /// The packets as the body of an HTTP response.
    pub fn into_payload(self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(self.0.iter().map(Bytes::len).sum());
        for packet in self.0.iter().flat_map(|frames| frame::texts(frames)) {
            if !payload.is_empty() {
                payload.push(SEPARATOR);
            }
            payload.extend_from_slice(packet);
        }
        payload
    }
}

/// The server's side of long-polling.
#[derive(Default)]
pub struct Polling {
    unsent: VecDeque<Bytes>,
    unsent_bytes: usize,
    /// The client's ends of the hub, which are notified when the unsent packets are too many.
    listeners: Vec<Arc<Listener>>,
    /// The poll that waits for packets.
    poll: Option<Poll>,
    /// Whether the client had gone away when its poll was to be answered.
    was_aborted: bool,
}

impl Polling {
    /// Adds whole frames with packets after those that wait for a poll.
    pub fn push(&mut self, frames: Bytes) {
        let had_room = !self.is_full();
        self.unsent_bytes += frames.len();
        self.unsent.push_back(frames);
        if had_room && self.is_full() {
            self.set_blocked(true);
        }
    }

    /// Replaces the ends of the hub that are notified when the client accepts no bytes.
    pub fn set_listeners(&mut self, listeners: Vec<Arc<Listener>>) {
        self.listeners = listeners;
    }

    fn set_blocked(&self, is_blocked: bool) {
        self.listeners.iter().for_each(|listener| listener.set_blocked(is_blocked));
    }

    /// Whether as much is unsent as may be.
    pub fn is_full(&self) -> bool {
        self.unsent_bytes >= MAX_UNSENT_BYTES
    }

    /// Whether a poll waits for packets.
    pub fn is_waiting(&self) -> bool {
        self.poll.is_some() && self.unsent.is_empty()
    }

    /// Accepts a poll; returns it if another one is waiting.
    pub fn wait(&mut self, poll: Poll) -> Result<(), Poll> {
        match self.poll {
            Some(_) => Err(poll),
            None => {
                self.poll = Some(poll);
                Ok(())
            }
        }
    }

    /// Answers the poll that waits, if there are packets for it.
    pub fn flush(&mut self) {
        if self.unsent.is_empty() {
            return;
        }
        if let Some(poll) = self.poll.take() {
            match poll.send(Packets(std::mem::take(&mut self.unsent))) {
                Ok(()) => {
                    if self.is_full() {
                        self.set_blocked(false);
                    }
                    self.unsent_bytes = 0;
                }
                Err(Packets(unsent)) => {
                    self.unsent = unsent;
                    self.was_aborted = true;
                }
            }
        }
    }

    /// Waits until the client goes away during a poll. Dropping the future loses nothing.
    pub async fn aborted(&mut self) {
        if !self.was_aborted {
            match &mut self.poll {
                Some(poll) => poll.closed().await,
                None => pending().await,
            }
        }
        self.was_aborted = false;
        self.poll = None;
    }

    /// Ends the transport: answers the poll that waits with the frame `last`. Returns the unsent frames
    /// and the ends of the hub.
    pub fn finish(&mut self, last: Bytes) -> (VecDeque<Bytes>, Vec<Arc<Listener>>) {
        if let Some(poll) = self.poll.take() {
            // The client may be gone; then nobody needs the answer.
            let _ = poll.send(Packets([last].into()));
        }
        self.set_blocked(false);
        (std::mem::take(&mut self.unsent), std::mem::take(&mut self.listeners))
    }
}
