//! Who listens to which session: the one place where an event goes from one to many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio_util::sync::CancellationToken;

use crate::session::{Event, SessionId};
use crate::store::Publish;

/// A session's listeners and what each of them waits for.
#[derive(Default)]
pub struct Hub {
    rooms: Mutex<HashMap<SessionId, Vec<Arc<Listener>>>>,
}

/// One client's end of the hub.
pub struct Listener {
    queue: mpsc::Sender<Delivery>,
    overrun: CancellationToken,
}

/// What a listener has in its queue: events of one session, shared with all its listeners.
pub type Delivery = Arc<[Sharable]>;

/// An event that is written out once for each door, however many listen.
pub struct Sharable {
    pub event: Event,
    plain: OnceLock<Bytes>,
}

impl Sharable {
    /// The event as a frame of the plain WebSocket: UTF-8.
    pub fn plain(&self) -> &Bytes {
        self.plain.get_or_init(|| self.event.to_json("type").into())
    }
}

impl From<Event> for Sharable {
    fn from(event: Event) -> Self {
        Self { event, plain: OnceLock::new() }
    }
}

impl Listener {
    /// A listener whose queue holds `capacity` deliveries, and the other end of that queue.
    pub fn new(capacity: usize) -> (Arc<Self>, mpsc::Receiver<Delivery>) {
        let (queue, deliveries) = mpsc::channel(capacity);
        (Arc::new(Self { queue, overrun: CancellationToken::new() }), deliveries)
    }

    /// Comes back when the queue has overflowed: the client misses events from then on.
    pub async fn overrun(&self) {
        self.overrun.cancelled().await;
    }

    /// Whether the listener stays.
    fn deliver(&self, delivery: &Delivery) -> bool {
        match self.queue.try_send(delivery.clone()) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.overrun.cancel();
                false
            }
            Err(TrySendError::Closed(_)) => false,
        }
    }
}

impl Hub {
    /// Sends the listener every event of the session that is committed from now on.
    pub fn subscribe(&self, session_id: SessionId, listener: &Arc<Listener>) {
        let mut rooms = self.rooms();
        let room = rooms.entry(session_id).or_default();
        if !room.iter().any(|present| Arc::ptr_eq(present, listener)) {
            room.push(listener.clone());
        }
    }

    /// Ends what [`Hub::subscribe`] began.
    pub fn unsubscribe(&self, session_id: SessionId, listener: &Arc<Listener>) {
        let mut rooms = self.rooms();
        if let Some(room) = rooms.get_mut(&session_id) {
            room.retain(|present| !Arc::ptr_eq(present, listener));
            if room.is_empty() {
                rooms.remove(&session_id);
            }
        }
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<SessionId, Vec<Arc<Listener>>>> {
        // Nothing that runs under the lock panics half way through a change.
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Publish for Hub {
    fn publish(&self, events: Vec<Event>) {
        let mut rooms = self.rooms();
        let mut order = Vec::new();
        let mut by_session: HashMap<SessionId, Vec<Sharable>> = HashMap::new();
        for event in events {
            if rooms.contains_key(&event.session_id) {
                let session_id = event.session_id;
                let of_session = by_session.entry(session_id).or_insert_with(|| {
                    order.push(session_id);
                    Vec::new()
                });
                of_session.push(event.into());
            }
        }
        for session_id in order {
            let Some(events) = by_session.remove(&session_id) else { continue };
            let Some(room) = rooms.get_mut(&session_id) else { continue };
            let ended = events.last().is_some_and(|last| last.event.name == Event::REMOVED);
            let delivery: Delivery = events.into();
            room.retain(|listener| listener.deliver(&delivery));
            if ended || room.is_empty() {
                rooms.remove(&session_id);
            }
        }
    }
}
