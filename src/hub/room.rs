//! The listeners of one session, in groups that are flushed one after the other.

use std::sync::{Arc, Weak};
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::Instant;

use super::delivery::Delivery;
use super::message::EncodedMessage;
use super::pace::{self, Rate};
use super::presence::PresenceMap;
use super::queue::Listener;
use crate::model::SessionId;

/// The most listeners that are flushed at once. Waking hundreds of listeners at once would delay every
/// other task.
const GROUP_SIZE: usize = 25;

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

struct Group {
    members: Vec<Member>,
    /// With the next flush the members are asked to read the event log up to and with this number.
    log_until: Option<i64>,
    /// Events that go out with the next flush, after what is read from the log.
    waiting: Vec<Arc<EncodedMessage>>,
    /// Whether presence goes out with the next flush.
    presence_waits: bool,
    /// Up to which version the members have been sent presence.
    presence_version: u64,
    /// When the first message was added that waits for the next flush.
    waiting_since: Option<Instant>,
    /// When events were flushed the last time.
    events_flushed_at: Option<Instant>,
    /// When presence was flushed the last time.
    presence_flushed_at: Option<Instant>,
    /// The last delivery; it lives as long as one of the members has not taken it from its queue.
    last_flush: Weak<Delivery>,
    /// The moment of the planned flush.
    planned: Option<Instant>,
}

struct Member {
    listener: Arc<Listener>,
    /// Up to which version it has been sent presence, if that is less than its group.
    presence_version: Option<u64>,
}

/// A group, by its place in the room, and the moment at which it is to be flushed.
pub struct PlannedFlush {
    pub group: usize,
    pub at: Instant,
}

impl Group {
    fn new(presence_version: u64) -> Self {
        Self {
            members: Vec::new(),
            log_until: None,
            waiting: Vec::new(),
            presence_waits: false,
            presence_version,
            waiting_since: None,
            events_flushed_at: None,
            presence_flushed_at: None,
            last_flush: Weak::new(),
            planned: None,
        }
    }

    fn has_events(&self) -> bool {
        self.log_until.is_some() || !self.waiting.is_empty()
    }

    fn flush_events(&mut self, session_id: SessionId, now: Instant) {
        if self.has_events() {
            self.events_flushed_at = Some(now);
        }
        if let Some(until) = self.log_until.take() {
            self.members.retain(|member| member.listener.deliver_from_log(session_id, until));
        }
        if self.waiting.is_empty() {
            return;
        }
        let delivery = Arc::new(Delivery::new(session_id, std::mem::take(&mut self.waiting)));
        self.members.retain(|member| member.listener.deliver(&delivery));
        self.last_flush = Arc::downgrade(&delivery);
    }

    fn flush_presence(&mut self, presence: &PresenceMap, now: Instant) {
        if !std::mem::take(&mut self.presence_waits) {
            return;
        }
        self.presence_flushed_at = Some(now);
        let before = std::mem::replace(&mut self.presence_version, presence.version());
        let shared = presence.since(before);
        for member in &mut self.members {
            let delivery = match member.presence_version {
                None => shared.clone(),
                Some(version) => presence.since(version),
            };
            let is_refused = delivery
                .filter(|delivery| !is_only_of(delivery, member.listener.client_id()))
                .is_some_and(|delivery| !member.listener.try_deliver_presence(&delivery));
            member.presence_version = is_refused.then(|| member.presence_version.unwrap_or(before));
        }
        if let Some(delivery) = &shared {
            self.last_flush = Arc::downgrade(delivery);
        }
    }
}

/// Whether a delivery has only the presence of this client itself.
fn is_only_of(delivery: &Delivery, client_id: &str) -> bool {
    matches!(&delivery.messages[..], [only] if only.is_presence_of(client_id))
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

    /// Whether there are no listeners.
    pub fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.members.is_empty())
    }

    /// The last presence data of each client.
    pub fn presence(&self) -> &PresenceMap {
        &self.presence
    }

    /// Adds a listener, unless it is there already.
    pub fn add(&mut self, listener: &Arc<Listener>) {
        if self.find(listener).is_some() {
            return;
        }
        let member = Member { listener: listener.clone(), presence_version: None };
        match self.groups.iter_mut().find(|group| group.members.len() < GROUP_SIZE) {
            Some(group) => group.members.push(member),
            None => {
                let mut group = Group::new(self.presence.version());
                group.members.push(member);
                self.groups.push(group);
            }
        }
    }

    /// Removes a listener and its presence.
    pub fn remove(&mut self, listener: &Arc<Listener>) {
        for group in &mut self.groups {
            group.members.retain(|present| !Arc::ptr_eq(&present.listener, listener));
        }
        self.presence.remove(listener.client_id());
    }

    /// Sends events to all listeners, at once or with the next flush of their group; returns the
    /// flushes that are to be run later.
    pub fn publish(&mut self, events: &[Arc<EncodedMessage>]) -> Vec<PlannedFlush> {
        let now = Instant::now();
        self.event_rate.add(now);
        for group in &mut self.groups {
            group.waiting.extend_from_slice(events);
            group.waiting_since.get_or_insert(now);
        }
        self.advance_all(now)
    }

    /// Has all listeners read the events up to and with `until` from the event log, at once or with the
    /// next flush of their group; returns as [`Room::publish`].
    pub fn publish_from_log(&mut self, until: i64) -> Vec<PlannedFlush> {
        let now = Instant::now();
        self.event_rate.add(now);
        for group in &mut self.groups {
            // The log has the events that the group holds back, too.
            group.waiting.retain(|held| held.event().is_some_and(|event| event.seq > until));
            group.log_until = group.log_until.max(Some(until));
            group.waiting_since.get_or_insert(now);
        }
        self.advance_all(now)
    }

    /// Replaces the presence of a listener and sends it to the others; returns as [`Room::publish`].
    pub fn publish_presence(&mut self, from: &Listener, data: Arc<RawValue>) -> Vec<PlannedFlush> {
        let now = Instant::now();
        self.presence_rate.add(now);
        self.presence.set(from.client_id(), data);
        for group in &mut self.groups {
            group.presence_waits = true;
            group.waiting_since.get_or_insert(now);
        }
        self.advance_all(now)
    }

    /// Sends a listener the presence for which its queue had no room; returns the flush that is to be
    /// run later.
    pub fn resume_presence(&mut self, listener: &Arc<Listener>) -> Option<PlannedFlush> {
        let (place, member) = self.find(listener)?;
        self.groups[place].members[member].presence_version?;
        let now = Instant::now();
        self.groups[place].presence_waits = true;
        self.groups[place].waiting_since.get_or_insert(now);
        self.advance(place, self.listeners(), now)
    }

    /// Flushes a group at the planned moment. Returns the next planned flush if the group is still to
    /// wait.
    pub fn flush_planned(&mut self, flush: &PlannedFlush) -> Option<PlannedFlush> {
        let group = self.groups.get_mut(flush.group)?;
        // An earlier flush may have been planned, and run, meanwhile.
        group.planned.take_if(|planned| *planned == flush.at)?;
        self.advance(flush.group, self.listeners(), Instant::now())
    }

    /// Flushes all groups now.
    pub fn flush_all(&mut self) {
        let now = Instant::now();
        for place in 0..self.groups.len() {
            self.flush(place, now);
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
        let at = self.next_flush(place, listeners, now)?;
        let planned = &mut self.groups[place].planned;
        if at <= now {
            *planned = None;
            self.flush(place, now);
            return None;
        }
        if planned.is_some_and(|planned| planned <= at) {
            return None;
        }
        *planned = Some(at);
        Some(PlannedFlush { group: place, at })
    }

    /// When the group is to be flushed; None if nothing waits.
    fn next_flush(&self, place: usize, listeners: usize, now: Instant) -> Option<Instant> {
        let group = &self.groups[place];
        let is_in_flight = group.last_flush.strong_count() > 0;
        let prompt = pace::prompt(group.waiting_since.unwrap_or(now), is_in_flight, now);
        let paced = |interval: Duration, last: Option<Instant>| {
            let first = self.opened_at + interval * place as u32 / self.groups.len() as u32;
            last.map_or(now, |last| pace::paced(first, interval, last))
        };
        let events = group.has_events().then(|| {
            if self.event_rate.exceeds(pace::MAX_PROMPT_EVENTS, listeners) {
                paced(pace::FLUSH_INTERVAL, group.events_flushed_at)
            } else {
                prompt
            }
        });
        let presence = group.presence_waits.then(|| {
            if self.presence_rate.exceeds(pace::MAX_PROMPT_PRESENCE, listeners) {
                paced(pace::PRESENCE_INTERVAL, group.presence_flushed_at)
            } else {
                prompt
            }
        });
        events.into_iter().chain(presence).min()
    }

    /// Events go first: the event of a client's join comes before its presence.
    fn flush(&mut self, place: usize, now: Instant) {
        let group = &mut self.groups[place];
        group.waiting_since = None;
        group.flush_events(self.session_id, now);
        group.flush_presence(&self.presence, now);
    }

    fn listeners(&self) -> usize {
        self.groups.iter().map(|group| group.members.len()).sum()
    }

    fn find(&self, listener: &Arc<Listener>) -> Option<(usize, usize)> {
        self.groups.iter().enumerate().find_map(|(place, group)| {
            let mut members = group.members.iter();
            let member = members.position(|member| Arc::ptr_eq(&member.listener, listener))?;
            Some((place, member))
        })
    }
}
