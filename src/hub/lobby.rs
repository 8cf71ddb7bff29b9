//! Those who follow all sessions at once, and which sessions have changed since the last notification.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::delivery::Delivery;
use super::message::{EncodedMessage, Load, Message};
use super::queue::Listener;
use crate::model::{DisconnectReason, Event, SessionId};

/// The most sessions that are noted as changed. If there are more before the watchers are notified, they have
/// to list the sessions anew.
const MAX_CHANGED: usize = 20_000;

/// Those who follow all sessions at once.
#[derive(Default)]
pub struct Lobby {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    watchers: Vec<Watcher>,
    changes: SessionChanges,
}

struct Watcher {
    listener: Arc<Listener>,
    /// Whether it wants to know how much the server has to do.
    wants_load: bool,
    /// Whether a change was dropped because its queue had no room, of which it was not notified yet.
    has_gap: bool,
}

/// What has happened to sessions since the watchers were notified the last time.
#[derive(Debug, Default)]
pub struct SessionChanges {
    /// Those that are there: whether each is new.
    pub changed: HashMap<SessionId, bool>,
    /// The last events of those that were removed.
    pub removed: Vec<Event>,
    /// Whether there were too many to note them all.
    pub is_incomplete: bool,
}

impl SessionChanges {
    fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.removed.is_empty() && !self.is_incomplete
    }

    fn has_room(&mut self) -> bool {
        self.is_incomplete |= self.changed.len() + self.removed.len() >= MAX_CHANGED;
        !self.is_incomplete
    }
}

impl Lobby {
    /// Adds a listener, or changes what it wants if it is there already: with how much the server has to do, or
    /// without.
    pub fn watch(&self, listener: &Arc<Listener>, wants_load: bool) {
        let mut state = self.state();
        let is_it = |watcher: &&mut Watcher| Arc::ptr_eq(&watcher.listener, listener);
        match state.watchers.iter_mut().find(is_it) {
            Some(watcher) => watcher.wants_load = wants_load,
            None => {
                let listener = listener.clone();
                state.watchers.push(Watcher { listener, wants_load, has_gap: false });
            }
        }
    }

    /// Removes a listener.
    pub fn unwatch(&self, listener: &Arc<Listener>) {
        let mut state = self.state();
        state.watchers.retain(|watcher| !Arc::ptr_eq(&watcher.listener, listener));
        if state.watchers.is_empty() {
            state.changes = SessionChanges::default();
        }
    }

    /// Ends the connections of all who watch.
    pub(super) fn end_all(&self, reason: DisconnectReason) {
        for watcher in &self.state().watchers {
            watcher.listener.end_signal().end(reason);
        }
    }

    /// Notes new sessions.
    pub(super) fn add_created(&self, session_ids: &[SessionId]) {
        self.note(session_ids, |changes, session_id| {
            changes.changed.insert(*session_id, true);
        });
    }

    /// Notes a session that has changed.
    pub(super) fn add_changed(&self, session_id: SessionId) {
        self.note(&[session_id], |changes, session_id| {
            changes.changed.entry(*session_id).or_insert(false);
        });
    }

    /// Notes the sessions of events.
    pub(super) fn add_events(&self, events: &[Event]) {
        self.note(events, |changes, event| {
            if event.ends_session() {
                changes.changed.remove(&event.session_id);
                changes.removed.push(event.clone());
            } else {
                changes.changed.entry(event.session_id).or_insert(false);
            }
        });
    }

    /// Adds what has happened to what is noted, as long as there is room, if anybody watches.
    fn note<T>(&self, happened: &[T], add: impl Fn(&mut SessionChanges, &T)) {
        let mut state = self.state();
        if state.watchers.is_empty() {
            return;
        }
        for each in happened {
            if !state.changes.has_room() {
                break;
            }
            add(&mut state.changes, each);
        }
        let has_changes = !state.changes.is_empty();
        drop(state);
        if has_changes {
            self.changed.notify_one();
        }
    }

    /// Waits until something has changed, and takes it. Dropping the future loses nothing.
    pub async fn changes(&self) -> SessionChanges {
        loop {
            let changes = std::mem::take(&mut self.state().changes);
            if !changes.is_empty() {
                return changes;
            }
            self.changed.notified().await;
        }
    }

    /// Sends messages to all watchers. One whose queue has no room misses them, and is notified of that as soon as
    /// it has.
    pub fn publish(&self, messages: Vec<Message>) {
        if messages.is_empty() {
            return;
        }
        let messages = delivery(messages);
        for watcher in &mut self.state().watchers {
            if watcher.has_gap {
                watcher.has_gap = !watcher.listener.offer(&delivery([Message::SessionsGap]));
            }
            watcher.has_gap = watcher.has_gap || !watcher.listener.offer(&messages);
        }
    }

    /// Sends those who want it how much the server has to do, if anybody does. One whose queue has no room misses it.
    pub fn publish_load(&self, load: impl FnOnce() -> Load) {
        let state = self.state();
        let mut watchers = state.watchers.iter().filter(|watcher| watcher.wants_load).peekable();
        if watchers.peek().is_none() {
            return;
        }
        let load = delivery([Message::Load(load())]);
        for watcher in watchers {
            watcher.listener.offer(&load);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that runs under the lock panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Messages for those who follow all sessions, one or more.
fn delivery(messages: impl IntoIterator<Item = Message>) -> Arc<Delivery> {
    let messages = messages.into_iter().map(|message| Arc::new(EncodedMessage::new(message)));
    Arc::new(Delivery::to_lobby(messages.collect()))
}
