//! The listeners of one session, in groups that are flushed one after the other.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::Instant;

use super::delivery::Delivery;
use super::group::{Group, Pacing};
use super::message::{EncodedMessage, Message};
use super::pace::{self, Rate};
use super::presence::PresenceMap;
use super::queue::Listener;
use crate::model::SessionId;

/// One session's listeners.
pub struct Room {
    session_id: SessionId,
    /// The moment from which flush intervals are counted.
    opened_at: Instant,
    groups: Vec<Group>,
    presence: PresenceMap,
    event_rate: Rate,
    presence_rate: Rate,
}

/// A group, by its place in the room, and the moment at which it is to be flushed.
pub struct PlannedFlush {
    pub group: usize,
    pub at: Instant,
}

impl Room {
    /// A room without listeners.
    pub fn open(session_id: SessionId) -> Self {
        let now = Instant::now();
        Self {
            session_id,
            opened_at: now,
            groups: Vec::new(),
            presence: PresenceMap::new(session_id),
            event_rate: Rate::new(now),
            presence_rate: Rate::new(now),
        }
    }

    /// When it was opened, which distinguishes it from other rooms of the same session.
    pub fn opened_at(&self) -> Instant {
        self.opened_at
    }

    /// Whether there are no listeners.
    pub fn is_empty(&self) -> bool {
        self.listeners() == 0
    }

    /// The last presence data of each client.
    pub fn presence(&self) -> &PresenceMap {
        &self.presence
    }

    /// Adds a listener, unless it is there already.
    pub fn add(&mut self, listener: &Arc<Listener>) {
        if self.groups.iter().any(|group| group.contains(listener)) {
            return;
        }
        match self.groups.iter_mut().find(|group| group.has_room()) {
            Some(group) => group.add(listener),
            None => {
                let mut group = Group::new(self.presence.version());
                group.add(listener);
                self.groups.push(group);
            }
        }
    }

    /// Removes a listener and its presence.
    pub fn remove(&mut self, listener: &Arc<Listener>) {
        self.groups.iter_mut().for_each(|group| group.remove(listener));
        self.presence.remove(listener.client_id());
    }

    /// Sends events to all listeners, at once or with the next flush of their group; returns the
    /// flushes that are to be run later.
    pub fn publish(&mut self, events: &[Arc<EncodedMessage>]) -> Vec<PlannedFlush> {
        let now = Instant::now();
        self.event_rate.add(now);
        self.groups.iter_mut().for_each(|group| group.add_events(events, now));
        self.advance_all(now)
    }

    /// Asks all listeners to read the events up to and with `until` from the event log, at once or with
    /// the next flush of their group; returns as [`Room::publish`].
    pub fn publish_from_log(&mut self, until: i64) -> Vec<PlannedFlush> {
        let now = Instant::now();
        self.event_rate.add(now);
        self.groups.iter_mut().for_each(|group| group.add_log_range(until, now));
        self.advance_all(now)
    }

    /// Replaces the presence of a listener and sends it to the others; returns as [`Room::publish`].
    pub fn publish_presence(&mut self, from: &Listener, data: Arc<RawValue>) -> Vec<PlannedFlush> {
        let now = Instant::now();
        self.presence_rate.add(now);
        self.presence.set(from.client_id(), data);
        self.groups.iter_mut().for_each(|group| group.add_presence(now));
        self.advance_all(now)
    }

    /// Sends all listeners a message at once.
    pub fn publish_message(&self, data: Arc<RawValue>) {
        let session_id = self.session_id;
        let message = Arc::new(EncodedMessage::new(Message::Custom { session_id, data }));
        let delivery = Arc::new(Delivery::new(session_id, vec![message]));
        self.all().for_each(|each| {
            each.offer(&delivery);
        });
    }

    /// Everybody who listens.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Listener>> {
        self.groups.iter().flat_map(Group::listeners)
    }

    /// The listener of a client, if it is here.
    pub fn find(&self, client_id: &str) -> Option<&Arc<Listener>> {
        self.all().find(|each| each.client_id() == client_id)
    }

    /// Sends a listener the presence for which its queue had no room; returns the flush that is to be
    /// run later.
    pub fn resume_presence(&mut self, listener: &Arc<Listener>) -> Option<PlannedFlush> {
        let place = self.groups.iter().position(|group| group.lacks_presence(listener))?;
        let now = Instant::now();
        self.groups[place].add_presence(now);
        self.advance(place, self.listeners(), now)
    }

    /// Flushes a group at the planned moment. Returns the next planned flush if the group is still to
    /// wait.
    pub fn flush_planned(&mut self, flush: &PlannedFlush) -> Option<PlannedFlush> {
        let group = self.groups.get_mut(flush.group)?;
        if !group.take_plan(flush.at) {
            return None;
        }
        self.advance(flush.group, self.listeners(), Instant::now())
    }

    /// Flushes all groups now.
    pub fn flush_all(&mut self) {
        let now = Instant::now();
        for group in &mut self.groups {
            group.flush(self.session_id, &self.presence, now);
        }
    }

    fn advance_all(&mut self, now: Instant) -> Vec<PlannedFlush> {
        let listeners = self.listeners();
        let places = 0..self.groups.len();
        places.filter_map(|place| self.advance(place, listeners, now)).collect()
    }

    /// Flushes a group if it is time. If not, returns the flush to plan, unless one is planned that
    /// comes no later.
    fn advance(&mut self, place: usize, listeners: usize, now: Instant) -> Option<PlannedFlush> {
        let pacing = self.pacing(place, listeners);
        let group = &mut self.groups[place];
        let at = group.next_flush(pacing, now)?;
        if at <= now {
            group.cancel_plan();
            group.flush(self.session_id, &self.presence, now);
            return None;
        }
        group.plan(at).then_some(PlannedFlush { group: place, at })
    }

    /// Whether the session is busy, and when the intervals of the group begin: those of the groups are
    /// spread over time.
    fn pacing(&self, place: usize, listeners: usize) -> Pacing {
        let first = |interval: Duration| {
            self.opened_at + interval * place as u32 / self.groups.len() as u32
        };
        let has_many_events = self.event_rate.exceeds(pace::MAX_PROMPT_EVENTS, listeners);
        let has_much_presence = self.presence_rate.exceeds(pace::MAX_PROMPT_PRESENCE, listeners);
        Pacing {
            events: has_many_events.then(|| first(pace::FLUSH_INTERVAL)),
            presence: has_much_presence.then(|| first(pace::PRESENCE_INTERVAL)),
        }
    }

    fn listeners(&self) -> usize {
        self.groups.iter().map(Group::len).sum()
    }
}
