//! What a client is called.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The ids of the clients that are connected.
///
/// A socket's id is its connection's: the same in every namespace, and again after the client
/// left a namespace and came back. But these are clients that come and go on their own, so all
/// but the first have something added.
#[derive(Clone, Default)]
pub struct ClientIds(Arc<Mutex<HashSet<String>>>);

impl ClientIds {
    /// The socket's id if it is free, else the id with the namespace and a number behind.
    pub fn claim(&self, socket_id: &str, namespace: &str) -> ClientId {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut id = socket_id.to_owned();
        let mut tries = 1;
        while taken.contains(&id) {
            tries += 1;
            id = format!("{socket_id}{namespace}#{tries}");
        }
        taken.insert(id.clone());
        ClientId { id, ids: self.clone() }
    }
}

/// An id that nobody else has while this lives.
pub struct ClientId {
    id: String,
    ids: ClientIds,
}

impl ClientId {
    pub fn as_str(&self) -> &str {
        &self.id
    }
}

impl Drop for ClientId {
    fn drop(&mut self) {
        self.ids.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
