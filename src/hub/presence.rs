//! The last presence data of each client of one session. Each change has a version, so that every
//! listener can be sent what has changed since its own version, and nothing else.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::value::RawValue;

use super::delivery::Delivery;
use super::message::{EncodedMessage, Message};
use crate::model::SessionId;

/// The last presence data of each client of a session.
pub struct PresenceMap {
    session_id: SessionId,
    /// The version of the last change; versions count 1, 2, 3 …
    version: u64,
    version_of: HashMap<String, u64>,
    by_version: BTreeMap<u64, Arc<EncodedMessage>>,
}

impl PresenceMap {
    /// A map without clients, at version 0.
    pub fn new(session_id: SessionId) -> Self {
        let (version_of, by_version) = (HashMap::new(), BTreeMap::new());
        Self { session_id, version: 0, version_of, by_version }
    }

    /// Whether no client has presence data.
    pub fn is_empty(&self) -> bool {
        self.by_version.is_empty()
    }

    /// The version of the last change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Replaces the presence data of a client.
    pub fn set(&mut self, client_id: &str, data: Arc<RawValue>) {
        self.remove(client_id);
        self.version += 1;
        self.version_of.insert(client_id.to_owned(), self.version);
        let (session_id, client_id) = (self.session_id, client_id.to_owned());
        let presence = Message::Presence { session_id, client_id, data };
        self.by_version.insert(self.version, Arc::new(EncodedMessage::new(presence)));
    }

    /// Removes a client. The others are informed of its end by an event, not from here.
    pub fn remove(&mut self, client_id: &str) {
        if let Some(version) = self.version_of.remove(client_id) {
            self.by_version.remove(&version);
        }
    }

    /// The last presence data of a client.
    pub fn get(&self, client_id: &str) -> Option<Arc<RawValue>> {
        let encoded = self.by_version.get(self.version_of.get(client_id)?)?;
        match &encoded.message {
            Message::Presence { data, .. } => Some(data.clone()),
            _ => None,
        }
    }

    /// The last presence of each client that has changed after `version`, in the order of the
    /// changes; None if there is none.
    pub fn since(&self, version: u64) -> Option<Arc<Delivery>> {
        let changed = self.by_version.range(version.saturating_add(1)..);
        let messages: Vec<_> = changed.map(|(_, encoded)| encoded.clone()).collect();
        (!messages.is_empty()).then(|| Arc::new(Delivery::new(self.session_id, messages)))
    }
}
