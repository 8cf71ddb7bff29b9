//! The queue of one client, bounded in number and in bytes. What does not fit is dropped; the client
//! then reads it from the event log.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;

use super::delivery::Delivery;
use super::end_signal::EndSignal;
use crate::model::{DisconnectReason, Event, SessionId};

/// How long a client may accept no bytes before an overflow of its queue evicts it. Every network
/// stalls for a moment, so a client that goes on reading stays, and catches up from the event log.
const STALL_TIMEOUT: Duration = Duration::from_secs(1);
/// A queue that was longer than this releases its memory when it is empty.
const MAX_IDLE_CAPACITY: usize = 32;

/// Bounds of one client's queue.
#[derive(Debug, Clone, Copy)]
pub struct QueueLimits {
    /// The maximum number of deliveries that wait: the setting `--client-queue-size`.
    pub deliveries: usize,
    /// The maximum number of their bytes: the setting `--client-queue-bytes`.
    pub bytes: usize,
}

/// The hub's end of one client's queue.
pub struct Listener {
    client_id: String,
    limits: QueueLimits,
    queue: Mutex<Queue>,
    end: EndSignal,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Arc<Delivery>>,
    /// The size of all deliveries in `waiting`.
    bytes: usize,
    /// Whether there is presence in `waiting`. Then no more is added: it would be outdated before it
    /// is sent.
    has_presence: bool,
    lag: Lag,
    missed: HashMap<SessionId, Missed>,
    /// Since when the client has accepted no bytes; None while it does.
    blocked_since: Option<Instant>,
    is_closed: bool,
    reader: Option<Waker>,
}

/// Whether the listener is to read events from the event log. Events that come meanwhile are noted as
/// missed as well, until the reader has taken `missed`: so the missing events of a session are one
/// range of numbers, not many.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Lag {
    #[default]
    None,
    /// Events were published that are only in the log.
    FromLog,
    /// Events were dropped because the queue had no room.
    Overflow,
}

/// What the listener was not sent of one session, and is to read from the event log.
#[derive(Debug, Default)]
pub struct Missed {
    /// The number of the last event that is to be read from the event log; 0 if there is none.
    pub until: i64,
    /// The session's last event, if it came. It is kept here since the log of a removed session may
    /// be gone when the client reads it.
    pub removal: Option<Event>,
    /// Whether presence was dropped.
    pub presence: bool,
}

/// One item that the reader of a queue takes.
#[derive(Debug)]
pub enum Queued {
    /// Messages of one session, in order.
    Delivery(Arc<Delivery>),
    /// What was missed after all deliveries that were taken before it, by session.
    Missed(HashMap<SessionId, Missed>),
}

/// The reader's end of one client's queue.
pub struct DeliveryReceiver {
    listener: Arc<Listener>,
}

impl Listener {
    /// Both ends of a new queue. The hub gives `end` to evict the client: when its queue overflows while
    /// the client accepts no bytes.
    pub fn new(
        client_id: String,
        limits: QueueLimits,
        end: EndSignal,
    ) -> (Arc<Self>, DeliveryReceiver) {
        let queue = Mutex::default();
        let listener = Arc::new(Self { client_id, limits, queue, end });
        (listener.clone(), DeliveryReceiver { listener })
    }

    /// Whose queue it is.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The signal that ends the client's connection.
    pub fn end_signal(&self) -> &EndSignal {
        &self.end
    }

    /// Notes whether the client's transport accepts no bytes at present. Only a client that accepts
    /// none is evicted when its queue overflows.
    pub fn set_blocked(&self, is_blocked: bool) {
        self.queue().blocked_since = is_blocked.then(Instant::now);
    }

    /// Forgets what was dropped of a session that the client has left.
    pub fn forget(&self, session_id: SessionId) {
        self.queue().missed.remove(&session_id);
    }

    /// Puts events into the queue, or notes them as missed. Returns false if the client is gone or is
    /// evicted, and is to be removed from its groups.
    pub(super) fn deliver(&self, delivery: &Arc<Delivery>) -> bool {
        let mut queue = self.queue();
        if queue.is_closed {
            return false;
        }
        let has_room = queue.has_room(delivery, self.limits);
        if queue.lag == Lag::None && has_room {
            queue.push(delivery.clone());
        } else {
            if queue.lag == Lag::Overflow || !has_room {
                if queue.blocked_since.is_some_and(|since| since.elapsed() >= STALL_TIMEOUT) {
                    self.end.end(DisconnectReason::SlowConsumer);
                    return false;
                }
                queue.lag = Lag::Overflow;
            }
            if let Some(session_id) = delivery.session_id {
                queue.missed.entry(session_id).or_default().add_events(delivery);
            }
        }
        queue.wake();
        true
    }

    /// Asks the reader to read the events of a session up to and with `until` from the event log, after
    /// it has taken what is in the queue. Returns false if the client is gone. This takes no room in the
    /// queue, so it evicts no client.
    pub(super) fn deliver_from_log(&self, session_id: SessionId, until: i64) -> bool {
        let mut queue = self.queue();
        if queue.is_closed {
            return false;
        }
        if queue.lag == Lag::None {
            queue.lag = Lag::FromLog;
        }
        let missed = queue.missed.entry(session_id).or_default();
        missed.until = missed.until.max(until);
        queue.wake();
        true
    }

    /// Puts presence into the queue if more than half of the queue is free, and returns whether it
    /// did. If not, presence is noted as missed, and the reader learns it when the queue is empty.
    pub(super) fn try_deliver_presence(&self, delivery: &Arc<Delivery>) -> bool {
        let mut queue = self.queue();
        let has_room = queue.has_room(delivery, self.half());
        let accepted = queue.lag == Lag::None && !queue.has_presence && has_room;
        if accepted {
            queue.has_presence = true;
            queue.push(delivery.clone());
        } else {
            if let Some(session_id) = delivery.session_id {
                queue.missed.entry(session_id).or_default().presence = true;
            }
        }
        queue.wake();
        accepted
    }

    /// Puts messages that are not stored into the queue if more than half of it is free, and returns
    /// whether it is; else the client does not get them.
    pub(super) fn offer(&self, delivery: &Arc<Delivery>) -> bool {
        let mut queue = self.queue();
        let has_room = queue.lag == Lag::None && queue.has_room(delivery, self.half());
        if has_room && !queue.is_closed {
            queue.push(delivery.clone());
            queue.wake();
        }
        has_room
    }

    /// Half of the limits.
    fn half(&self) -> QueueLimits {
        let QueueLimits { deliveries, bytes } = self.limits;
        QueueLimits { deliveries: deliveries.div_ceil(2), bytes: bytes / 2 }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing that runs under the lock panics half way through a change.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// A delivery that is larger than the bound may wait alone: its memory is shared by all listeners.
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
            if self.waiting.is_empty() && self.waiting.capacity() > MAX_IDLE_CAPACITY {
                self.waiting = VecDeque::new();
            }
            return Some(Queued::Delivery(delivery));
        }
        self.lag = Lag::None;
        if self.missed.is_empty() {
            return None;
        }
        Some(Queued::Missed(std::mem::take(&mut self.missed)))
    }
}

impl Missed {
    /// Adds the events of a delivery that follows what was dropped before.
    pub fn add_events(&mut self, delivery: &Delivery) {
        let Some(last) = delivery.last_event() else { return };
        if last.ends_session() {
            self.removal = Some(last.clone());
            self.until = last.seq - 1;
        } else {
            // If the session was removed before, it was restored: the log has both.
            self.removal = None;
            self.until = last.seq;
        }
    }
}

impl DeliveryReceiver {
    /// Waits for the next item. Dropping the future loses nothing.
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

    /// The next item, if there is one.
    pub fn try_recv(&mut self) -> Option<Queued> {
        self.listener.queue().take()
    }
}

impl Drop for DeliveryReceiver {
    fn drop(&mut self) {
        let mut queue = self.listener.queue();
        *queue = Queue { is_closed: true, ..Queue::default() };
    }
}
