//! Which clients listen to which session, and the delivery of events and presence from one to many.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use tokio::time::{Instant, sleep_until};

use crate::error::Error;
use crate::model::{DisconnectReason, Event, SessionId};
use crate::store::Publish;

mod delivery;
mod end_signal;
mod group;
mod lobby;
mod message;
mod pace;
mod presence;
mod queue;
mod room;
#[cfg(test)]
mod tests;

pub use delivery::Delivery;
pub use end_signal::EndSignal;
pub use lobby::{Lobby, SessionChanges};
pub use message::{EncodedMessage, Load, Message};
pub use queue::{DeliveryReceiver, Listener, Missed, QueueLimits, Queued};
use room::{PlannedFlush, Room};

/// The sessions that have listeners.
#[derive(Default)]
pub struct Hub {
    rooms: Rooms,
    lobby: Lobby,
}

type Rooms = Arc<Mutex<HashMap<SessionId, Room>>>;

/// A [`Client`](crate::model::Client) of a JSON list in which only `presence` is replaced. The other
/// members are copied without being parsed.
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
    /// Those who follow all sessions at once.
    pub fn lobby(&self) -> &Lobby {
        &self.lobby
    }

    /// Sends the listener every event of the session that is published from now on. Returns what distinguishes
    /// the room from a later one of the same session.
    pub fn subscribe(&self, session_id: SessionId, listener: &Arc<Listener>) -> Instant {
        let mut rooms = self.rooms();
        let room = rooms.entry(session_id).or_insert_with(|| Room::open(session_id));
        room.add(listener);
        room.opened_at()
    }

    /// Whether the room that [`Hub::subscribe`] returned is still that of the session. It is not if the session
    /// was removed since, and restored.
    pub fn is_open(&self, session_id: SessionId, room: Instant) -> bool {
        self.rooms().get(&session_id).is_some_and(|open| open.opened_at() == room)
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

    /// Replaces the presence data of a client in the session, and sends it to the others. Clients that
    /// join later get it with the list of clients, by [`Hub::merge_presence`].
    pub fn publish_presence(
        &self,
        session_id: SessionId,
        from: &Arc<Listener>,
        data: Arc<RawValue>,
    ) {
        let flushes = match self.rooms().get_mut(&session_id) {
            Some(room) => room.publish_presence(from, data),
            None => return,
        };
        self.schedule(session_id, flushes);
    }

    /// Sends everybody who listens to the session a message that is not stored. A client whose queue is
    /// half full does not get it.
    pub fn publish_message(&self, session_id: SessionId, data: Arc<RawValue>) {
        if let Some(room) = self.rooms().get(&session_id) {
            room.publish_message(data);
        }
    }

    /// Ends the connection of a client that listens to the session; nothing happens if there is none.
    pub fn end(&self, session_id: SessionId, client_id: &str, reason: DisconnectReason) {
        if let Some(room) = self.rooms().get(&session_id)
            && let Some(listener) = room.find(client_id)
        {
            listener.end_signal().end(reason);
        }
    }

    /// Ends every connection that listens to anything.
    pub fn end_all(&self, reason: DisconnectReason) {
        self.lobby.end_all(reason);
        for listener in self.rooms().values().flat_map(Room::all) {
            listener.end_signal().end(reason);
        }
    }

    /// Sends a listener the presence for which its queue had no room.
    pub fn resume_presence(&self, session_id: SessionId, listener: &Arc<Listener>) {
        let flush = match self.rooms().get_mut(&session_id) {
            Some(room) => room.resume_presence(listener),
            None => return,
        };
        self.schedule(session_id, flush);
    }

    /// Returns a JSON list of [`Client`](crate::model::Client)s with the last presence data of each. If
    /// the list can't be read, the failure is logged and the list is returned as it is: the join that
    /// needs it is committed already and must not fail.
    pub fn merge_presence(&self, session_id: SessionId, clients: Arc<RawValue>) -> Arc<RawValue> {
        if self.rooms().get(&session_id).is_none_or(|room| room.presence().is_empty()) {
            return clients;
        }
        match self.try_merge_presence(session_id, clients.get()) {
            Ok(merged) => merged,
            Err(cause) => {
                Error::internal(cause.into()).log();
                clients
            }
        }
    }

    fn try_merge_presence(
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

    fn schedule(&self, session_id: SessionId, flushes: impl IntoIterator<Item = PlannedFlush>) {
        for flush in flushes {
            tokio::spawn(flush_at(flush, self.rooms.clone(), session_id));
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

/// Flushes a group at the planned moment, and again for as long as it has to wait. A room whose last
/// listener is evicted by a flush is removed.
async fn flush_at(mut flush: PlannedFlush, rooms: Rooms, session_id: SessionId) {
    loop {
        sleep_until(flush.at).await;
        let mut rooms = lock(&rooms);
        let Some(room) = rooms.get_mut(&session_id) else { return };
        match room.flush_planned(&flush) {
            Some(next) => flush = next,
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
        self.lobby.add_events(&events);
        let mut rooms = self.rooms();
        let mut by_session: HashMap<SessionId, Vec<Arc<EncodedMessage>>> = HashMap::new();
        for event in events {
            if rooms.contains_key(&event.session_id) {
                let events = by_session.entry(event.session_id).or_default();
                events.push(Arc::new(EncodedMessage::new(Message::Event(event))));
            }
        }
        for (session_id, events) in by_session {
            let Some(room) = rooms.get_mut(&session_id) else { continue };
            let ended = events.last().is_some_and(|encoded| encoded.ends_session());
            self.schedule(session_id, room.publish(&events));
            if ended {
                room.flush_all();
            }
            if ended || room.is_empty() {
                rooms.remove(&session_id);
            }
        }
    }

    fn publish_created(&self, session_ids: Vec<SessionId>) {
        self.lobby.add_created(&session_ids);
    }

    fn publish_from_log(&self, session_id: SessionId, until: i64) {
        self.lobby.add_changed(session_id);
        let mut rooms = self.rooms();
        let Some(room) = rooms.get_mut(&session_id) else { return };
        self.schedule(session_id, room.publish_from_log(until));
        if room.is_empty() {
            rooms.remove(&session_id);
        }
    }
}
