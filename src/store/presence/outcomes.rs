//! What presence changes came to, and what their callers are answered.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::value::{RawValue, to_raw_value};

use super::Joined;
use crate::error::Error;
use crate::store::transaction::{Head, read_json};
use crate::store::{Transaction, clients};

#[derive(Debug)]
pub(in crate::store) enum Outcome {
    Joined(Joined),
    /// How many are still in.
    Left(i64),
    Disconnected,
}

/// What one change came to, before the client lists are read.
pub(super) enum Played {
    Joined {
        head: Head,
    },
    Left {
        active_clients: i64,
    },
    Disconnected,
    /// The client is still in other sessions: the next transaction goes on.
    Unfinished,
    /// There is no such session.
    Missing,
    Refused(Error),
}

/// What a set of changes came to. What a join tells of the others in its session is read last.
pub(in crate::store) struct Outcomes(pub(super) Vec<Played>);

impl Outcomes {
    /// Whether a disconnect has to go on.
    pub fn any_unfinished(&self) -> bool {
        self.0.iter().any(|played| matches!(played, Played::Unfinished))
    }

    /// Takes out those that have to go on; tells for each whether it is one, and nothing if none is.
    pub fn take_unfinished(&mut self) -> Vec<bool> {
        if !self.any_unfinished() {
            return Vec::new();
        }
        let unfinished = |played: &Played| matches!(played, Played::Unfinished);
        let each = self.0.iter().map(unfinished).collect();
        self.0.retain(|played| !unfinished(played));
        each
    }

    /// Asks who is in the sessions that were joined.
    pub fn ask(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let joined: BTreeMap<i64, i64> = self
            .0
            .iter()
            .filter_map(|played| match played {
                Played::Joined { head } => Some((head.key, head.active_clients)),
                _ => None,
            })
            .collect();
        if joined.is_empty() { Ok(()) } else { clients::ask_for_some(transaction, &joined) }
    }

    /// The outcomes, with what was told of that. The changes are in the file, so a list that can't be
    /// read makes nothing fail: it is empty, and the log says so.
    pub fn conclude(self, told: Option<&str>) -> Vec<Result<Outcome, Error>> {
        let lists: Result<Vec<(i64, Box<RawValue>)>, Error> =
            told.map_or_else(|| Ok(Vec::new()), read_json);
        let lists: HashMap<i64, Arc<RawValue>> = match lists {
            Ok(lists) => lists.into_iter().map(|(key, list)| (key, list.into())).collect(),
            Err(failure) => {
                failure.log();
                HashMap::new()
            }
        };
        let clients_of = |key| lists.get(&key).cloned().unwrap_or_else(nobody);
        let conclude = |played| match played {
            Played::Joined { head } => Ok(Outcome::Joined(Joined {
                active_clients: head.active_clients,
                seq: head.seq,
                revision: head.revision,
                clients: clients_of(head.key),
            })),
            Played::Left { active_clients } => Ok(Outcome::Left(active_clients)),
            Played::Disconnected => Ok(Outcome::Disconnected),
            Played::Refused(reason) => Err(reason),
            // The writer has kept those, and whoever is missing was asked about.
            Played::Unfinished | Played::Missing => {
                Err(Error::internal(anyhow::anyhow!("a presence change was left half way")))
            }
        };
        self.0.into_iter().map(conclude).collect()
    }
}

/// An empty list.
fn nobody() -> Arc<RawValue> {
    // To write it down can't fail.
    to_raw_value::<[(); 0]>(&[]).unwrap_or_default().into()
}
