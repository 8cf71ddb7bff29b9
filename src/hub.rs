//! Who listens to which session: the one place where something goes from one to many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::session::{Client, Event, SessionId};
use crate::store::Publish;

mod delivery;
mod room;

use delivery::Told;
pub use delivery::{Delivery, Notice};
use room::{Room, Turn};

/// The sessions that somebody listens to.
#[derive(Default)]
pub struct Hub {
    rooms: Rooms,
}

type Rooms = Arc<Mutex<HashMap<SessionId, Room>>>;

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
        self.rooms().entry(session_id).or_insert_with(|| Room::open(session_id)).add(listener);
    }

    /// Ends what [`Hub::subscribe`] began.
    pub fn unsubscribe(&self, session_id: SessionId, listener: &Arc<Listener>) {
        let mut rooms = self.rooms();
        if let Some(room) = rooms.get_mut(&session_id) {
            room.remove(listener);
            if room.is_empty() {
                rooms.remove(&session_id);
            }
        }
    }

    /// Tells the others in the session what this one says, and those who come later.
    pub fn tell(&self, session_id: SessionId, from: &Arc<Listener>, data: Value) {
        if let Some(room) = self.rooms().get_mut(&session_id) {
            room.tell(from, data);
        }
    }

    /// A JSON list of [`Client`]s with what each last told the others.
    pub fn with_presence(
        &self,
        session_id: SessionId,
        clients: Arc<RawValue>,
    ) -> Result<Arc<RawValue>, Error> {
        if self.rooms().get(&session_id).is_none_or(|room| room.presence().is_empty()) {
            return Ok(clients);
        }
        let unreadable = |cause: serde_json::Error| Error::internal(cause.into());
        let mut list: Vec<Client> = serde_json::from_str(clients.get()).map_err(unreadable)?;
        if let Some(room) = self.rooms().get(&session_id) {
            for client in &mut list {
                client.presence = room.presence().get(&client.client_id).cloned();
            }
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

/// Sends a group what it waits for, when its turn comes; a room in which nobody is left is closed.
async fn deliver_later(turn: Turn, rooms: Rooms, session_id: SessionId) {
    sleep_until(turn.at).await;
    let mut rooms = lock(&rooms);
    if let Some(room) = rooms.get_mut(&session_id) {
        room.deliver(turn.group);
        if room.is_empty() {
            rooms.remove(&session_id);
        }
    }
}

impl Publish for Hub {
    fn publish(&self, events: Vec<Event>) {
        let mut rooms = self.rooms();
        let mut by_session: HashMap<SessionId, Vec<Arc<Told>>> = HashMap::new();
        for event in events {
            if rooms.contains_key(&event.session_id) {
                let events = by_session.entry(event.session_id).or_default();
                events.push(Arc::new(Told::new(Notice::Event(event))));
            }
        }
        for (session_id, events) in by_session {
            let Some(room) = rooms.get_mut(&session_id) else { continue };
            let ended = events.last().is_some_and(|told| told.notice.ends_session());
            for turn in room.hear(&events) {
                tokio::spawn(deliver_later(turn, self.rooms.clone(), session_id));
            }
            if ended {
                room.deliver_all();
            }
            if ended || room.is_empty() {
                rooms.remove(&session_id);
            }
        }
    }
}
