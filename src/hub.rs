//! Who listens to which session: the one place where something goes from one to many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::session::{Client, Event, SessionId};
use crate::store::Publish;

mod delivery;

pub use delivery::{Delivery, Notice};

/// The least time between two deliveries of events to a session's listeners: what is committed
/// meanwhile goes out together. Every delivery costs each listener a write and a read; nobody sees
/// the difference on a screen that shows a picture every 16 ms.
const PACE: Duration = Duration::from_millis(16);

/// The sessions that somebody listens to.
#[derive(Default)]
pub struct Hub {
    rooms: Rooms,
}

type Rooms = Arc<Mutex<HashMap<SessionId, Room>>>;

#[derive(Default)]
struct Room {
    listeners: Vec<Arc<Listener>>,
    /// What each client last told the others.
    presence: HashMap<String, Value>,
    /// Events that go out with the next delivery.
    waiting: Vec<Notice>,
    /// When the last delivery of events went out.
    delivered_at: Option<Instant>,
}

impl Room {
    /// Sends what waits.
    fn deliver(&mut self, session_id: SessionId) {
        if !self.waiting.is_empty() {
            self.delivered_at = Some(Instant::now());
            let delivery = Arc::new(Delivery::new(session_id, std::mem::take(&mut self.waiting)));
            self.listeners.retain(|listener| listener.deliver(&delivery));
        }
    }
}

/// One client's end of the hub.
pub struct Listener {
    client_id: String,
    queue: mpsc::Sender<Arc<Delivery>>,
    end: CancellationToken,
}

impl Listener {
    /// A listener whose queue holds `capacity` deliveries, and the other end of that queue. When the
    /// queue overflows, so that the client misses events from then on, the hub cancels `end`.
    pub fn new(
        client_id: String,
        capacity: usize,
        end: CancellationToken,
    ) -> (Arc<Self>, mpsc::Receiver<Arc<Delivery>>) {
        let (queue, deliveries) = mpsc::channel(capacity);
        (Arc::new(Self { client_id, queue, end }), deliveries)
    }

    /// The token that ends the client's connection.
    pub fn end(&self) -> &CancellationToken {
        &self.end
    }

    /// Whether the listener stays.
    fn deliver(&self, delivery: &Arc<Delivery>) -> bool {
        match self.queue.try_send(delivery.clone()) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.end.cancel();
                false
            }
            Err(TrySendError::Closed(_)) => false,
        }
    }

    /// Leaves half of the queue to events: what is not kept puts nobody out.
    fn deliver_if_easy(&self, delivery: &Arc<Delivery>) {
        if self.queue.capacity() > self.queue.max_capacity() / 2 {
            // A closed queue is one that is leaving.
            let _ = self.queue.try_send(delivery.clone());
        }
    }
}

impl Hub {
    /// Sends the listener every event of the session that is committed from now on.
    pub fn subscribe(&self, session_id: SessionId, listener: &Arc<Listener>) {
        let mut rooms = self.rooms();
        let room = rooms.entry(session_id).or_default();
        if !room.listeners.iter().any(|present| Arc::ptr_eq(present, listener)) {
            room.listeners.push(listener.clone());
        }
    }

    /// Ends what [`Hub::subscribe`] began.
    pub fn unsubscribe(&self, session_id: SessionId, listener: &Arc<Listener>) {
        let mut rooms = self.rooms();
        if let Some(room) = rooms.get_mut(&session_id) {
            room.listeners.retain(|present| !Arc::ptr_eq(present, listener));
            room.presence.remove(&listener.client_id);
            if room.listeners.is_empty() {
                rooms.remove(&session_id);
            }
        }
    }

    /// Tells the others in the session what this one says, and those who come later.
    pub fn tell(&self, session_id: SessionId, from: &Arc<Listener>, data: Value) {
        let mut rooms = self.rooms();
        let Some(room) = rooms.get_mut(&session_id) else { return };
        // What was committed before it is heard before it.
        room.deliver(session_id);
        let client_id = from.client_id.clone();
        room.presence.insert(client_id.clone(), data.clone());
        let notice = Notice::Presence { session_id, client_id, data };
        let delivery = Arc::new(Delivery::new(session_id, vec![notice]));
        for listener in room.listeners.iter().filter(|listener| !Arc::ptr_eq(listener, from)) {
            listener.deliver_if_easy(&delivery);
        }
    }

    /// A JSON list of [`Client`]s with what each last told the others.
    pub fn with_presence(
        &self,
        session_id: SessionId,
        clients: Arc<RawValue>,
    ) -> Result<Arc<RawValue>, Error> {
        let told = match self.rooms().get(&session_id) {
            Some(room) if !room.presence.is_empty() => room.presence.clone(),
            _ => return Ok(clients),
        };
        let unreadable = |cause: serde_json::Error| Error::internal(cause.into());
        let mut list: Vec<Client> = serde_json::from_str(clients.get()).map_err(unreadable)?;
        for client in &mut list {
            client.presence = told.get(&client.client_id).cloned();
        }
        Ok(to_raw_value(&list).map_err(unreadable)?.into())
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<SessionId, Room>> {
        lock(&self.rooms)
    }
}

fn lock(rooms: &Rooms) -> MutexGuard<'_, HashMap<SessionId, Room>> {
    // Nothing that runs under the lock panics half way through a change.
    rooms.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sends at that time what the session's listeners wait for.
async fn deliver_at(time: Instant, rooms: Rooms, session_id: SessionId) {
    sleep_until(time).await;
    deliver(&mut lock(&rooms), session_id);
}

/// Sends what the session's listeners wait for; a room in which nobody is left is closed.
fn deliver(rooms: &mut HashMap<SessionId, Room>, session_id: SessionId) {
    if let Some(room) = rooms.get_mut(&session_id) {
        room.deliver(session_id);
        if room.listeners.is_empty() {
            rooms.remove(&session_id);
        }
    }
}

impl Publish for Hub {
    fn publish(&self, events: Vec<Event>) {
        let mut rooms = self.rooms();
        let mut by_session: HashMap<SessionId, Vec<Notice>> = HashMap::new();
        for event in events {
            if rooms.contains_key(&event.session_id) {
                by_session.entry(event.session_id).or_default().push(Notice::Event(event));
            }
        }
        for (session_id, notices) in by_session {
            let Some(room) = rooms.get_mut(&session_id) else { continue };
            let ended = notices.last().map(Notice::name) == Some(Event::REMOVED);
            let is_first = room.waiting.is_empty();
            room.waiting.extend(notices);
            let next = room.delivered_at.map(|last| last + PACE);
            if ended {
                room.deliver(session_id);
                rooms.remove(&session_id);
            } else if let Some(next) = next.filter(|next| *next > Instant::now()) {
                if is_first {
                    tokio::spawn(deliver_at(next, self.rooms.clone(), session_id));
                }
            } else {
                deliver(&mut rooms, session_id);
            }
        }
    }
}
