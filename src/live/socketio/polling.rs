//! The long-polling transport of one Engine.IO session: packets that wait for a poll, and the poll
//! that waits for packets.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::frame;
use crate::hub::Listener;

/// Once so many bytes wait for a poll, requests and events wait as well. What does not fit here
/// waits in the client's queue, which has a bound of its own.
const MAX_WAITING_BYTES: usize = 256 * 1024;
/// What stands between two packets of a payload.
const SEPARATOR: u8 = 0x1e;

/// Whoever answers a poll gets the frames that its answer is made of. Dropped, it refuses the poll.
pub type Poll = oneshot::Sender<Packets>;

/// Frames with the packets of an answer.
pub struct Packets(VecDeque<Bytes>);

impl Packets {
    /// The body of the answer.
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

/// The packets of a request's body.
pub fn packets(payload: &str) -> impl Iterator<Item = &str> {
    payload.split(char::from(SEPARATOR))
}

/// The server's side of long-polling.
#[derive(Default)]
pub struct Polling {
    unsent: VecDeque<Bytes>,
    unsent_bytes: usize,
    /// Are told when so much is unsent that more has to wait.
    listeners: Vec<Arc<Listener>>,
    poll: Option<Poll>,
    /// Whether a poll broke off when it was to be answered.
    broke: bool,
}

impl Polling {
    /// Puts frames behind those that wait for a poll.
    pub fn push(&mut self, frames: Bytes) {
        let had_room = !self.is_full();
        self.unsent_bytes += frames.len();
        self.unsent.push_back(frames);
        if had_room && self.is_full() {
            self.set_blocked(true);
        }
    }

    /// Changes who is told when the client takes nothing.
    pub fn set_listeners(&mut self, listeners: Vec<Arc<Listener>>) {
        self.listeners = listeners;
    }

    fn set_blocked(&self, is_blocked: bool) {
        self.listeners.iter().for_each(|listener| listener.set_blocked(is_blocked));
    }

    /// Whether as much waits as may.
    pub fn is_full(&self) -> bool {
        self.unsent_bytes >= MAX_WAITING_BYTES
    }

    /// Whether a poll waits, and nothing for it.
    pub fn is_waiting(&self) -> bool {
        self.poll.is_some() && self.unsent.is_empty()
    }

    /// Takes a poll in; gives it back if another one waits already.
    pub fn wait(&mut self, poll: Poll) -> Result<(), Poll> {
        match self.poll {
            Some(_) => Err(poll),
            None => {
                self.poll = Some(poll);
                Ok(())
            }
        }
    }

    /// Answers the poll that waits, if there is something to answer.
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
                    self.broke = true;
                }
            }
        }
    }

    /// Comes back when a poll has broken off before it was answered.
    pub async fn broken(&mut self) {
        if !self.broke {
            match &mut self.poll {
                Some(poll) => poll.closed().await,
                None => pending().await,
            }
        }
        self.broke = false;
        self.poll = None;
    }

    /// Ends the transport: the poll that waits is answered with `last`. What waits for one is handed
    /// over, and who is told when the client takes nothing.
    pub fn finish(&mut self, last: Bytes) -> (VecDeque<Bytes>, Vec<Arc<Listener>>) {
        if let Some(poll) = self.poll.take() {
            // Whoever polled may be gone.
            let _ = poll.send(Packets([last].into()));
        }
        self.set_blocked(false);
        (std::mem::take(&mut self.unsent), std::mem::take(&mut self.listeners))
    }
}
