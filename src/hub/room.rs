//! Who listens to one session, in groups that are served in turns.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::Listener;
use super::delivery::{Delivery, Notice, Told};
use crate::session::SessionId;

/// The time from turn to turn of a busy session's listeners: the events of what is committed
/// meanwhile go out together. Every delivery costs each listener a write and a read; nobody sees
/// the difference on a screen that shows a picture every 16 ms.
const PACE: Duration = Duration::from_millis(16);

/// The most listeners that are served at once: with all of many hundred, who waits for a core waits
/// until the last of them has read.
const GROUP: usize = 25;

/// One session's listeners.
pub struct Room {
    session_id: SessionId,
    /// From when on turns are counted.
    opened_at: Instant,
    groups: Vec<Group>,
    /// What each client last told the others.
    presence: HashMap<String, Value>,
}

#[derive(Default)]
struct Group {
    listeners: Vec<Arc<Listener>>,
    /// Events that go out with the next delivery.
    waiting: Vec<Arc<Told>>,
    /// When the last delivery of events went out.
    delivered_at: Option<Instant>,
}

/// A group that has events to wait for, and until when.
pub struct Turn {
    pub group: usize,
    pub at: Instant,
}

impl Group {
    /// Sends what waits.
    fn deliver(&mut self, session_id: SessionId) {
        if !self.waiting.is_empty() {
            self.delivered_at = Some(Instant::now());
            let delivery = Arc::new(Delivery::new(session_id, std::mem::take(&mut self.waiting)));
            self.listeners.retain(|listener| listener.deliver(&delivery));
        }
    }
}

impl Room {
    /// A room in which nobody is yet.
    pub fn open(session_id: SessionId) -> Self {
        let (groups, presence) = (Vec::new(), HashMap::new());
        Self { session_id, opened_at: Instant::now(), groups, presence }
    }

    /// Whether nobody listens.
    pub fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.listeners.is_empty())
    }

    /// What each client last told the others.
    pub fn presence(&self) -> &HashMap<String, Value> {
        &self.presence
    }

    /// Lets a listener in, once.
    pub fn add(&mut self, listener: &Arc<Listener>) {
        if self.listeners().any(|present| Arc::ptr_eq(present, listener)) {
            return;
        }
        match self.groups.iter_mut().find(|group| group.listeners.len() < GROUP) {
            Some(group) => group.listeners.push(listener.clone()),
            None => {
                self.groups.push(Group { listeners: vec![listener.clone()], ..Group::default() });
            }
        }
    }

    /// Lets a listener out, with what it told the others.
    pub fn remove(&mut self, listener: &Arc<Listener>) {
        for group in &mut self.groups {
            group.listeners.retain(|present| !Arc::ptr_eq(present, listener));
        }
        self.presence.remove(&listener.client_id);
    }

    /// Sends events to the groups that had none of late; answers those that wait for their turn from
    /// now on.
    pub fn hear(&mut self, events: &[Arc<Told>]) -> Vec<Turn> {
        let now = Instant::now();
        let count = self.groups.len() as u32;
        let mut turns = Vec::new();
        for (place, group) in self.groups.iter_mut().enumerate() {
            let waits_already = !group.waiting.is_empty();
            group.waiting.extend_from_slice(events);
            let first = self.opened_at + PACE * place as u32 / count;
            match group.delivered_at.map(|last| next_turn(first, last)) {
                Some(at) if at > now => {
                    if !waits_already {
                        turns.push(Turn { group: place, at });
                    }
                }
                _ => group.deliver(self.session_id),
            }
        }
        turns
    }

    /// Sends what one group waits for.
    pub fn deliver(&mut self, group: usize) {
        if let Some(group) = self.groups.get_mut(group) {
            group.deliver(self.session_id);
        }
    }

    /// Sends what anybody waits for.
    pub fn deliver_all(&mut self) {
        for group in &mut self.groups {
            group.deliver(self.session_id);
        }
    }

    /// Tells the others what this one says, and those who come later.
    pub fn tell(&mut self, from: &Arc<Listener>, data: Value) {
        // What was committed before it is heard before it.
        self.deliver_all();
        let (session_id, client_id) = (self.session_id, from.client_id.clone());
        self.presence.insert(client_id.clone(), data.clone());
        let told = Told::new(Notice::Presence { session_id, client_id, data });
        let delivery = Arc::new(Delivery::new(session_id, vec![Arc::new(told)]));
        for listener in self.listeners().filter(|listener| !Arc::ptr_eq(listener, from)) {
            listener.deliver_if_easy(&delivery);
        }
    }

    fn listeners(&self) -> impl Iterator<Item = &Arc<Listener>> {
        self.groups.iter().flat_map(|group| &group.listeners)
    }
}

/// The first turn behind `last`, of those that come with the pace from `first` on.
fn next_turn(first: Instant, last: Instant) -> Instant {
    let Some(since) = last.checked_duration_since(first) else { return first };
    last + PACE - Duration::from_nanos((since.as_nanos() % PACE.as_nanos()) as u64)
}
