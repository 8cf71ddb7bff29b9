//! Some listeners of one session that are flushed together, and what the next flush sends them.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::delivery::Delivery;
use super::message::EncodedMessage;
use super::pace;
use super::presence::PresenceMap;
use super::queue::Listener;
use crate::model::SessionId;

/// The most listeners that are flushed at once. Waking hundreds of listeners at once would delay every
/// other task.
const GROUP_SIZE: usize = 25;

/// A group of listeners.
pub struct Group {
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

/// From which moment on a group is flushed by interval; None where the session is calm, and the group is
/// flushed at once.
#[derive(Clone, Copy)]
pub struct Pacing {
    pub events: Option<Instant>,
    pub presence: Option<Instant>,
}

impl Group {
    /// A group without listeners. Those that it gets have the presence up to `presence_version`.
    pub fn new(presence_version: u64) -> Self {
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

    /// How many listeners there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether the group takes one more listener.
    pub fn has_room(&self) -> bool {
        self.members.len() < GROUP_SIZE
    }

    /// Whether the listener is in the group.
    pub fn contains(&self, listener: &Arc<Listener>) -> bool {
        self.find(listener).is_some()
    }

    /// Whether the listener is in the group, and its queue had no room for presence.
    pub fn lacks_presence(&self, listener: &Arc<Listener>) -> bool {
        self.find(listener).is_some_and(|member| member.presence_version.is_some())
    }

    fn find(&self, listener: &Arc<Listener>) -> Option<&Member> {
        self.members.iter().find(|member| Arc::ptr_eq(&member.listener, listener))
    }

    /// The listeners.
    pub fn listeners(&self) -> impl Iterator<Item = &Arc<Listener>> {
        self.members.iter().map(|member| &member.listener)
    }

    /// Adds a listener.
    pub fn add(&mut self, listener: &Arc<Listener>) {
        self.members.push(Member { listener: listener.clone(), presence_version: None });
    }

    /// Removes a listener.
    pub fn remove(&mut self, listener: &Arc<Listener>) {
        self.members.retain(|member| !Arc::ptr_eq(&member.listener, listener));
    }

    /// Adds events to the next flush.
    pub fn add_events(&mut self, events: &[Arc<EncodedMessage>], now: Instant) {
        self.waiting.extend_from_slice(events);
        self.waiting_since.get_or_insert(now);
    }

    /// With the next flush the listeners are asked to read the event log up to and with `until`.
    pub fn add_log_range(&mut self, until: i64, now: Instant) {
        // The log has the events that are held back here, too.
        self.waiting.retain(|held| held.event().is_some_and(|event| event.seq > until));
        self.log_until = self.log_until.max(Some(until));
        self.waiting_since.get_or_insert(now);
    }

    /// With the next flush the listeners are sent the presence that they do not have.
    pub fn add_presence(&mut self, now: Instant) {
        self.presence_waits = true;
        self.waiting_since.get_or_insert(now);
    }

    fn has_events(&self) -> bool {
        self.log_until.is_some() || !self.waiting.is_empty()
    }

    /// When the group is to be flushed; None if nothing waits.
    pub fn next_flush(&self, pacing: Pacing, now: Instant) -> Option<Instant> {
        let is_in_flight = self.last_flush.strong_count() > 0;
        let prompt = pace::prompt(self.waiting_since.unwrap_or(now), is_in_flight, now);
        let at = |first: Option<Instant>, interval: Duration, last: Option<Instant>| match first {
            Some(first) => last.map_or(now, |last| pace::paced(first, interval, last)),
            None => prompt,
        };
        let events = self
            .has_events()
            .then(|| at(pacing.events, pace::FLUSH_INTERVAL, self.events_flushed_at));
        let presence = self
            .presence_waits
            .then(|| at(pacing.presence, pace::PRESENCE_INTERVAL, self.presence_flushed_at));
        events.into_iter().chain(presence).min()
    }

    /// Plans a flush; false if one is planned already that comes no later.
    pub fn plan(&mut self, at: Instant) -> bool {
        let is_sooner = self.planned.is_none_or(|planned| at < planned);
        if is_sooner {
            self.planned = Some(at);
        }
        is_sooner
    }

    /// Ends the plan for this moment; false if that flush was replaced by an earlier one.
    pub fn take_plan(&mut self, at: Instant) -> bool {
        self.planned.take_if(|planned| *planned == at).is_some()
    }

    /// Ends the plan, since the group is flushed now.
    pub fn cancel_plan(&mut self) {
        self.planned = None;
    }

    /// Sends the listeners all that waits, and removes those that are gone or evicted. Events go first:
    /// the event of a client's join comes before its presence.
    pub fn flush(&mut self, session_id: SessionId, presence: &PresenceMap, now: Instant) {
        let since = self.waiting_since.take().unwrap_or(now);
        self.flush_events(session_id, since, now);
        self.flush_presence(presence, now);
    }

    fn flush_events(&mut self, session_id: SessionId, since: Instant, now: Instant) {
        if self.has_events() {
            self.events_flushed_at = Some(now);
        }
        if let Some(until) = self.log_until.take() {
            self.members.retain(|member| member.listener.deliver_from_log(session_id, until));
        }
        if self.waiting.is_empty() {
            return;
        }
        let delivery = Delivery::new(session_id, std::mem::take(&mut self.waiting));
        let delivery = Arc::new(delivery.published_at(since));
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
