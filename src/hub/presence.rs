//! What the clients of one session last told the others, numbered, so that everybody can be sent
//! what is new to it and no more.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::value::RawValue;

use super::delivery::{Delivery, Notice, Told};
use crate::model::SessionId;

/// The last presence of each client of a session.
pub struct PresenceMap {
    session_id: SessionId,
    /// Counts the changes; it is the number of the last one.
    version: u64,
    version_of: HashMap<String, u64>,
    by_version: BTreeMap<u64, Arc<Told>>,
}

impl PresenceMap {
    pub fn new(session_id: SessionId) -> Self {
        let (version_of, by_version) = (HashMap::new(), BTreeMap::new());
        Self { session_id, version: 0, version_of, by_version }
    }

    /// Whether nobody has told anything.
    pub fn is_empty(&self) -> bool {
        self.by_version.is_empty()
    }

    /// The number of the last change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Puts what the client says in place of what it has said before.
    pub fn set(&mut self, client_id: &str, data: Arc<RawValue>) {
        self.remove(client_id);
        self.version += 1;
        self.version_of.insert(client_id.to_owned(), self.version);
        let notice =
            Notice::Presence { session_id: self.session_id, client_id: client_id.to_owned(), data };
        self.by_version.insert(self.version, Arc::new(Told::new(notice)));
    }

    /// Forgets a client; the others hear that it is gone by an event.
    pub fn remove(&mut self, client_id: &str) {
        if let Some(version) = self.version_of.remove(client_id) {
            self.by_version.remove(&version);
        }
    }

    /// What the client has told last.
    pub fn get(&self, client_id: &str) -> Option<Arc<RawValue>> {
        let told = self.by_version.get(self.version_of.get(client_id)?)?;
        match &told.notice {
            Notice::Presence { data, .. } => Some(data.clone()),
            Notice::Event(_) => None,
        }
    }

    /// The last presence of each client that has changed after `version`, in the order of the
    /// changes; None if there is none.
    pub fn since(&self, version: u64) -> Option<Arc<Delivery>> {
        let changed = self.by_version.range(version.saturating_add(1)..);
        let notices: Vec<_> = changed.map(|(_, told)| told.clone()).collect();
        (!notices.is_empty()).then(|| Arc::new(Delivery::new(self.session_id, notices)))
    }
}
