//! Who listens to which session: the one place where something goes from one to many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use socketioxide_core::Str;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio_util::sync::CancellationToken;

use crate::frame;
use crate::session::{Client, Event, SessionId};
use crate::store::Publish;

/// The sessions that somebody listens to.
#[derive(Default)]
pub struct Hub {
    rooms: Mutex<HashMap<SessionId, Room>>,
}

#[derive(Default)]
struct Room {
    listeners: Vec<Arc<Listener>>,
    /// What each client last told the others.
    presence: HashMap<String, Value>,
}

/// One client's end of the hub.
pub struct Listener {
    client_id: String,
    queue: mpsc::Sender<Delivery>,
    overrun: CancellationToken,
}

/// What a listener has in its queue: of one session, in order, shared with all its listeners.
pub type Delivery = Arc<[Sharable]>;

/// What listeners are told.
pub enum Notice {
    Event(Event),
    /// What a client tells the others; it has no number and is not kept.
    Presence {
        session_id: SessionId,
        client_id: String,
        data: Value,
    },
}

impl Notice {
    /// Its name on the wire.
    pub fn name(&self) -> &str {
        match self {
            Self::Event(event) => &event.name,
            Self::Presence { .. } => "presence",
        }
    }

    /// One JSON object, with the name under `name_key`.
    pub fn to_json(&self, name_key: &str) -> String {
        match self {
            Self::Event(event) => event.to_json(name_key),
            Self::Presence { session_id, client_id, data } => json!({
                name_key: self.name(),
                "session_id": session_id,
                "client_id": client_id,
                "data": data
            })
            .to_string(),
        }
    }

    /// A list of its name and a JSON object without it.
    pub fn to_pair(&self) -> String {
        match self {
            Self::Event(event) => event.to_pair(),
            Self::Presence { session_id, client_id, data } => {
                let payload =
                    json!({"session_id": session_id, "client_id": client_id, "data": data});
                json!([self.name(), payload]).to_string()
            }
        }
    }
}

/// A notice that is written out once for each door, however many listen.
pub struct Sharable {
    pub notice: Notice,
    plain: OnceLock<Bytes>,
    socket_io: OnceLock<Str>,
}

impl Sharable {
    /// The notice as a whole frame of the plain WebSocket.
    pub fn plain(&self) -> &Bytes {
        self.plain.get_or_init(|| frame::text(self.notice.to_json("type")))
    }

    /// The notice as the data of a Socket.IO packet, the same in every namespace.
    pub fn socket_io(&self) -> &Str {
        self.socket_io.get_or_init(|| self.notice.to_pair().into())
    }
}

impl From<Notice> for Sharable {
    fn from(notice: Notice) -> Self {
        Self { notice, plain: OnceLock::new(), socket_io: OnceLock::new() }
    }
}

impl Listener {
    /// A listener whose queue holds `capacity` deliveries, and the other end of that queue.
    pub fn new(client_id: String, capacity: usize) -> (Arc<Self>, mpsc::Receiver<Delivery>) {
        let (queue, deliveries) = mpsc::channel(capacity);
        (Arc::new(Self { client_id, queue, overrun: CancellationToken::new() }), deliveries)
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

    /// Leaves half of the queue to events: what is not kept puts nobody out.
    fn deliver_if_easy(&self, delivery: &Delivery) {
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
        let client_id = from.client_id.clone();
        room.presence.insert(client_id.clone(), data.clone());
        let delivery: Delivery =
            Arc::new([Notice::Presence { session_id, client_id, data }.into()]);
        for listener in room.listeners.iter().filter(|listener| !Arc::ptr_eq(listener, from)) {
            listener.deliver_if_easy(&delivery);
        }
    }

    /// A JSON list of [`Client`]s with what each last told the others.
    pub fn with_presence(
        &self,
        session_id: SessionId,
        clients: Arc<RawValue>,
    ) -> Result<Arc<RawValue>, serde_json::Error> {
        let told = match self.rooms().get(&session_id) {
            Some(room) if !room.presence.is_empty() => room.presence.clone(),
            _ => return Ok(clients),
        };
        let mut list: Vec<Client> = serde_json::from_str(clients.get())?;
        for client in &mut list {
            client.presence = told.get(&client.client_id).cloned();
        }
        Ok(to_raw_value(&list)?.into())
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<SessionId, Room>> {
        // Nothing that runs under the lock panics half way through a change.
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Publish for Hub {
    fn publish(&self, events: Vec<Event>) {
        let mut rooms = self.rooms();
        let mut by_session: HashMap<SessionId, Vec<Sharable>> = HashMap::new();
        for event in events {
            if rooms.contains_key(&event.session_id) {
                by_session.entry(event.session_id).or_default().push(Notice::Event(event).into());
            }
        }
        for (session_id, notices) in by_session {
            let Some(room) = rooms.get_mut(&session_id) else { continue };
            let last = notices.last().map(|sharable| sharable.notice.name());
            let ended = last == Some(Event::REMOVED);
            let delivery: Delivery = notices.into();
            room.listeners.retain(|listener| listener.deliver(&delivery));
            if ended || room.listeners.is_empty() {
                rooms.remove(&session_id);
            }
        }
    }
}
