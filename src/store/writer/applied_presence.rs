//! What the presence changes of a batch came to, and the answers to their callers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::value::{RawValue, to_raw_value};

use crate::engine::presence::Applied;
use crate::error::Error;
use crate::store::job::{Joined, PresenceReply};
use crate::store::sqlite::{Transaction, queue_lists, read_json};

/// What the presence changes of a batch came to. The lists of clients that joins are answered are read
/// last, by the statement that commits.
pub(in crate::store) struct AppliedPresence(Vec<Applied>);

impl AppliedPresence {
    /// What the engine has made of the changes.
    pub fn new(applied: Vec<Applied>) -> Self {
        Self(applied)
    }

    /// Takes out those that the next transaction has to go on with. For each whether it is one; nothing
    /// if none is.
    pub fn take_unfinished(&mut self) -> Vec<bool> {
        let is_unfinished = |applied: &Applied| matches!(applied, Applied::Unfinished);
        if !self.0.iter().any(is_unfinished) {
            return Vec::new();
        }
        let each = self.0.iter().map(is_unfinished).collect();
        self.0.retain(|applied| !is_unfinished(applied));
        each
    }

    /// Asks for the clients of the sessions that were joined.
    pub fn queue_lists(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let joined = self.0.iter().filter_map(|applied| match applied {
            Applied::Joined(head) => Some((head.key, head.active_clients)),
            _ => None,
        });
        let joined: BTreeMap<i64, i64> = joined.collect();
        if joined.is_empty() {
            return Ok(());
        }
        let max_bytes = transaction.limits().capacities.listed_bytes;
        queue_lists(transaction.storage.batch(), &joined, max_bytes)
    }

    /// The replies, with the lists that were returned. The changes are committed, so a list that can't be
    /// read fails nothing: it is empty, and the log says so.
    pub fn into_replies(self, returned: Option<&str>) -> Vec<Result<PresenceReply, Error>> {
        let lists: Result<Vec<(i64, Box<RawValue>)>, Error> =
            returned.map_or_else(|| Ok(Vec::new()), read_json);
        let lists: HashMap<i64, Arc<RawValue>> = match lists {
            Ok(lists) => lists.into_iter().map(|(key, list)| (key, list.into())).collect(),
            Err(failure) => {
                failure.log();
                HashMap::new()
            }
        };
        let clients_of = |key| lists.get(&key).cloned().unwrap_or_else(empty_list);
        let reply = |applied| match applied {
            Applied::Joined(head) => Ok(PresenceReply::Joined(Joined {
                active_clients: head.active_clients,
                seq: head.seq,
                revision: head.revision,
                clients: clients_of(head.key),
            })),
            Applied::Left(active_clients) => Ok(PresenceReply::Left(active_clients)),
            Applied::Disconnected => Ok(PresenceReply::Disconnected),
            Applied::Refused(reason) => Err(reason),
            Applied::Unfinished => {
                Err(Error::internal(anyhow::anyhow!("a presence change was left half way")))
            }
        };
        self.0.into_iter().map(reply).collect()
    }
}

fn empty_list() -> Arc<RawValue> {
    // Encoding it can't fail.
    to_raw_value::<[(); 0]>(&[]).unwrap_or_default().into()
}
