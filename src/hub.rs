//! Who listens to which session: the one place where something goes from one to many.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::sleep_until;

use crate::error::Error;
use crate::model::{Event, SessionId};
use crate::store::Publish;

mod delivery;
mod pace;
mod presence;
mod queue;
mod room;
#[cfg(test)]
mod tests;

pub use delivery::{Delivery, Notice, Told};
pub use queue::{Deliveries, Listener, Missed, QueueLimits, Queued};
use room::{Room, Turn};

/// The sessions that somebody listens to.
#[derive(Default)]
pub struct Hub {
    rooms: Rooms,
}

type Rooms = Arc<Mutex<HashMap<SessionId, Room>>>;

/// A [`Client`](crate::model::Client) of a list that only has its presence changed: what clients
/// have said is not read.
#[derive(Serialize, Deserialize)]
struct ListedClient<'a> {
    #[serde(borrow)]
    client_id: Cow<'a, str>,
    #[serde(borrow)]
    transport: &'a RawValue,
    #[serde(borrow)]
    connected_at: &'a RawValue,
    #[serde(borrow)]
    user: &'a RawValue,
    #[serde(borrow)]
    presence: Option<&'a RawValue>,
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
    pub fn publish_presence(
        &self,
        session_id: SessionId,
        from: &Arc<Listener>,
        data: Arc<RawValue>,
    ) {
        let turns = match self.rooms().get_mut(&session_id) {
            Some(room) => room.publish_presence(from, data),
            None => return,
        };
        self.plan(session_id, turns);
    }

    /// Sends a listener whose queue had no room for it what others told of themselves meanwhile.
    pub fn resume_presence(&self, session_id: SessionId, listener: &Arc<Listener>) {
        let turn = self.rooms().get_mut(&session_id).and_then(|r| r.resume_presence(listener));
        self.plan(session_id, turn);
    }

    /// A JSON list of [`Client`](crate::model::Client)s with what each last told the others. Where
    /// that can't be had the list is answered as it is: it is asked for after a join is committed,
    /// which is not to fail then.
    pub fn with_presence(&self, session_id: SessionId, clients: Arc<RawValue>) -> Arc<RawValue> {
        if self.rooms().get(&session_id).is_none_or(|room| room.presence().is_empty()) {
            return clients;
        }
        match self.merge_presence(session_id, clients.get()) {
            Ok(merged) => merged,
            Err(cause) => {
                Error::internal(cause.into()).log();
                clients
            }
        }
    }

    fn merge_presence(
        &self,
        session_id: SessionId,
        clients: &str,
    ) -> Result<Arc<RawValue>, serde_json::Error> {
        let mut list: Vec<ListedClient<'_>> = serde_json::from_str(clients)?;
        let presences: Vec<Option<Arc<RawValue>>> = match self.rooms().get(&session_id) {
            Some(room) => {
                list.iter().map(|client| room.presence().get(&client.client_id)).collect()
            }
            None => Vec::new(),
        };
        for (client, presence) in list.iter_mut().zip(&presences) {
            client.presence = presence.as_deref();
        }
        Ok(to_raw_value(&list)?.into())
    }

    fn plan(&self, session_id: SessionId, turns: impl IntoIterator<Item = Turn>) {
        for turn in turns {
            tokio::spawn(flush_later(turn, self.rooms.clone(), session_id));
        }
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<SessionId, Room>> {
        lock(&self.rooms)
    }
}

fn lock(rooms: &Rooms) -> MutexGuard<'_, HashMap<SessionId, Room>> {
    // Nothing that runs under the lock panics half way through a change.
    rooms.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sends a group what waits for it, when its turn comes; a room in which nobody is left is closed.
async fn flush_later(mut turn: Turn, rooms: Rooms, session_id: SessionId) {
    loop {
        sleep_until(turn.at).await;
        let mut rooms = lock(&rooms);
        let Some(room) = rooms.get_mut(&session_id) else { return };
        match room.take_turn(&turn) {
            Some(next) => turn = next,
            None => {
                if room.is_empty() {
                    rooms.remove(&session_id);
                }
                return;
            }
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
            let ended = events.last().is_some_and(|told| told.ends_session());
            self.plan(session_id, room.publish(&events));
            if ended {
                room.flush_all();
            }
            if ended || room.is_empty() {
                rooms.remove(&session_id);
            }
        }
    }
}
