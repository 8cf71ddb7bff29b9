//! What the engine knows of a session, and which of it outlives a transaction.

use std::collections::{BTreeSet, HashMap};

use super::tree::{ParentKey, SessionKey, Tree};
use crate::model::{OrderKey, Scope, SessionId, Timestamp};

/// The last order key below each of these parents; None where there are no children.
pub type LastPositions = HashMap<ParentKey, Option<OrderKey>>;

/// What the engine needs of a session's row. Within a transaction it is ahead of the row by what is not
/// written yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The session's key inside the storage.
    pub key: SessionKey,
    /// Which of its trees is the present one.
    pub generation: i64,
    /// The number of its last event.
    pub seq: i64,
    /// No event of the session may be dated before this: its last activity, or a later time that a
    /// wrong clock has given it.
    pub time: Timestamp,
    /// How often its content has changed.
    pub revision: i64,
    /// The number of its client rows.
    pub active_clients: i64,
    /// The number of its nodes.
    pub node_count: i64,
    /// The number of its nodes without a parent.
    pub root_count: i64,
    /// The number of the last step of its history.
    pub steps: i64,
    /// The bytes of the changes of all steps that it has ever had.
    pub history_bytes: i64,
    /// Whether there may be steps to redo.
    pub undone: UndoneSteps,
}

impl Head {
    /// Where its nodes are.
    pub fn tree(&self) -> Tree {
        Tree { session: self.key, generation: self.generation }
    }
}

/// Which kinds of undone steps the history may have. It never denies a kind that is there; it may
/// claim one that is not, since steps are redone and dropped without a look at the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UndoneSteps {
    /// Steps that were undone in the scope of the session.
    pub in_session: bool,
    /// Steps that were undone in the scope of a client.
    pub in_clients: bool,
}

impl UndoneSteps {
    /// Whether there may be any.
    pub fn any(self) -> bool {
        self.in_session || self.in_clients
    }

    /// A step was undone in this scope.
    pub fn add(&mut self, scope: Scope) {
        match scope {
            Scope::Session => self.in_session = true,
            Scope::Client => self.in_clients = true,
        }
    }
}

/// What was read of sessions, clients and nodes. A storage with a single writer may keep it for the
/// next transaction, as long as it makes sure that nobody else has written meanwhile.
#[derive(Debug, Default)]
pub struct Cache {
    /// The sessions that were read or changed.
    pub heads: HashMap<SessionId, Head>,
    /// The sessions of every client that is in any; None before that was read.
    pub memberships: Option<HashMap<String, BTreeSet<SessionId>>>,
    /// The last order key below each parent for which it was read.
    pub last_positions: LastPositions,
}

impl Cache {
    /// Whether nothing was read yet.
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty() && self.memberships.is_none() && self.last_positions.is_empty()
    }

    /// Forgets sessions and positions if there are more than `max` of either. Memberships stay: they
    /// are as many as there are connections, each of which takes far more memory.
    pub fn bounded(mut self, max: usize) -> Self {
        if self.heads.len().max(self.last_positions.len()) > max {
            (self.heads, self.last_positions) = Default::default();
        }
        self
    }

    /// Adds a client to a session, once memberships were read. How many sessions it is in now; None if it
    /// was in this one already.
    pub fn add_member(&mut self, client_id: &str, session_id: SessionId) -> Option<usize> {
        let sessions = self.memberships.as_mut()?.entry(client_id.to_owned()).or_default();
        sessions.insert(session_id).then_some(sessions.len())
    }

    /// Removes a client from a session; whether it was in it.
    pub fn remove_member(&mut self, client_id: &str, session_id: SessionId) -> bool {
        let Some(memberships) = &mut self.memberships else { return false };
        let Some(sessions) = memberships.get_mut(client_id) else { return false };
        let was_in = sessions.remove(&session_id);
        if sessions.is_empty() {
            memberships.remove(client_id);
        }
        was_in
    }

    /// The sessions that a client is in; None if there are none.
    pub fn sessions_of(&self, client_id: &str) -> Option<&BTreeSet<SessionId>> {
        self.memberships.as_ref()?.get(client_id)
    }
}
