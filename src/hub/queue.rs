//! What waits for one client: bounded in number and in bytes, and healed from the file where the
//! bound was too small.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::delivery::Delivery;
use crate::model::{Event, SessionId};

/// How long a client may take nothing of what is written to it before an overflow of its queue
/// evicts it. Anybody's network stands still for a moment; a client that reads goes on from the file.
const STALL_TIMEOUT: Duration = Duration::from_secs(1);
/// A queue that was longer than this gives its memory back when it is empty.
const KEPT_CAPACITY: usize = 32;

/// Bounds of what waits for one client.
#[derive(Debug, Clone, Copy)]
pub struct QueueLimits {
    pub deliveries: usize,
    pub bytes: usize,
}

/// The hub's end of one client's queue.
pub struct Listener {
    client_id: String,
    limits: QueueLimits,
    queue: Mutex<Queue>,
    end: CancellationToken,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Arc<Delivery>>,
    /// Of all that waits.
    bytes: usize,
    /// Whether presence is among what waits. More of it would be outdated before it is sent.
    has_presence: bool,
    /// Whether events were dropped. What comes after them is dropped, too, until the reader has
    /// been told: so what is missing is one range of numbers, and not many.
    is_lagging: bool,
    missed: HashMap<SessionId, Missed>,
    /// Since when the client has taken nothing of what is written to it.
    blocked_since: Option<Instant>,
    is_closed: bool,
    reader: Option<Waker>,
}

/// What of a session was dropped because the queue had no room.
#[derive(Debug, Default)]
pub struct Missed {
    /// The number of the last event that was dropped and can be read from the file; 0 if there
    /// is none.
    pub until: i64,
    /// The session's last event, which is dropped never: there may be no session to read it from.
    pub removal: Option<Event>,
    /// Whether the client was not sent what others told of themselves.
    pub presence: bool,
}

/// What the reader of a queue gets.
#[derive(Debug)]
pub enum Queued {
    Delivery(Arc<Delivery>),
    /// What was dropped after all that was delivered so far, by session.
    Missed(HashMap<SessionId, Missed>),
}

/// The reader's end of a client's queue.
pub struct Deliveries {
    listener: Arc<Listener>,
}

impl Listener {
    /// A client's queue with both its ends. When it overflows while the client takes nothing, the
    /// hub cancels `end`.
    pub fn new(
        client_id: String,
        limits: QueueLimits,
        end: CancellationToken,
    ) -> (Arc<Self>, Deliveries) {
        let queue = Mutex::default();
        let listener = Arc::new(Self { client_id, limits, queue, end });
        (listener.clone(), Deliveries { listener })
    }

    /// Whose queue it is.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The token that ends the client's connection.
    pub fn end(&self) -> &CancellationToken {
        &self.end
    }

    /// Says that the client's transport has no room for what is to be written, or that it has
    /// taken some of it. Only a client that takes nothing is evicted when its queue overflows.
    pub fn set_blocked(&self, is_blocked: bool) {
        self.queue().blocked_since = is_blocked.then(Instant::now);
    }

    /// Forgets what was dropped of a session that the client is not in any more.
    pub fn forget(&self, session_id: SessionId) {
        self.queue().missed.remove(&session_id);
    }

    /// Puts events into the queue, or notes that they are missing. Answers whether the listener
    /// stays.
    pub(super) fn deliver(&self, delivery: &Arc<Delivery>) -> bool {
        let mut queue = self.queue();
        if queue.is_closed {
            return false;
        }
        if !queue.is_lagging && queue.has_room(delivery, self.limits) {
            queue.push(delivery.clone());
        } else if queue.blocked_since.is_some_and(|since| since.elapsed() >= STALL_TIMEOUT) {
            self.end.cancel();
            return false;
        } else {
            queue.is_lagging = true;
            queue.missed.entry(delivery.session_id).or_default().add_events(delivery);
        }
        queue.wake();
        true
    }

    /// Puts presence into the queue if there is ample room for it; answers whether there was. Else
    /// the reader is told as soon as the queue is empty.
    pub(super) fn offer_presence(&self, delivery: &Arc<Delivery>) -> bool {
        let mut queue = self.queue();
        let half = QueueLimits {
            deliveries: self.limits.deliveries.div_ceil(2),
            bytes: self.limits.bytes / 2,
        };
        let accepted = !queue.is_lagging && !queue.has_presence && queue.has_room(delivery, half);
        if accepted {
            queue.has_presence = true;
            queue.push(delivery.clone());
        } else {
            queue.missed.entry(delivery.session_id).or_default().presence = true;
        }
        queue.wake();
        accepted
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing that runs under the lock panics half way through a change.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// A delivery that is larger than the bound may wait alone: it is shared by all listeners.
    fn has_room(&self, delivery: &Delivery, limits: QueueLimits) -> bool {
        self.waiting.is_empty()
            || (self.waiting.len() < limits.deliveries
                && self.bytes.saturating_add(delivery.size()) <= limits.bytes)
    }

    fn push(&mut self, delivery: Arc<Delivery>) {
        self.bytes = self.bytes.saturating_add(delivery.size());
        self.waiting.push_back(delivery);
    }

    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn take(&mut self) -> Option<Queued> {
        if let Some(delivery) = self.waiting.pop_front() {
            self.bytes = self.bytes.saturating_sub(delivery.size());
            if delivery.is_presence() {
                self.has_presence = false;
            }
            if self.waiting.is_empty() && self.waiting.capacity() > KEPT_CAPACITY {
                self.waiting = VecDeque::new();
            }
            return Some(Queued::Delivery(delivery));
        }
        if self.missed.is_empty() {
            self.is_lagging = false;
            return None;
        }
        self.is_lagging = false;
        Some(Queued::Missed(std::mem::take(&mut self.missed)))
    }
}

impl Missed {
    pub fn add_events(&mut self, delivery: &Delivery) {
        let Some(last) = delivery.last_event() else { return };
        if last.ends_session() {
            self.removal = Some(last.clone());
            self.until = last.seq - 1;
        } else {
            self.until = last.seq;
        }
    }
}

impl Deliveries {
    /// The next of what waits; it can be dropped and called again without loss.
    pub async fn recv(&mut self) -> Queued {
        poll_fn(|context| {
            let mut queue = self.listener.queue();
            if let Some(queued) = queue.take() {
                return Poll::Ready(queued);
            }
            if !queue.reader.as_ref().is_some_and(|reader| reader.will_wake(context.waker())) {
                queue.reader = Some(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }

    /// The next of what waits, if anything does.
    pub fn try_recv(&mut self) -> Option<Queued> {
        self.listener.queue().take()
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        let mut queue = self.listener.queue();
        *queue = Queue { is_closed: true, ..Queue::default() };
    }
}
