//! Who comes and goes: a set of joins, leaves and disconnects in as few statements as one.
//!
//! The set is played in order on what was read, then its sum is written. So it costs the same
//! handful of statements for one change as for a thousand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;

use super::{Store, Transaction, clients, json, sessions};
use crate::error::Error;
use crate::model::{DepartureReason, EventKind, SessionId, Transport};

mod orphans;
mod outcomes;

use outcomes::Played;
pub(super) use outcomes::{Outcome, Outcomes};

/// One client's coming or going.
#[derive(Debug, Clone)]
pub(super) enum PresenceChange {
    Join(Join),
    Leave { session_id: SessionId, client_id: String },
    Disconnect { client_id: String, reason: DepartureReason },
}

/// A client that wants to be in a session.
#[derive(Debug, Clone)]
pub struct Join {
    pub session_id: SessionId,
    pub client_id: String,
    pub transport: Transport,
    pub user: Option<Value>,
}

/// The session as it was right after the join.
#[derive(Debug, Clone)]
pub struct Joined {
    pub active_clients: i64,
    pub seq: i64,
    pub revision: i64,
    /// At most 100 of them, as a JSON list of [`Client`](crate::model::Client).
    pub clients: Arc<RawValue>,
}

impl Store {
    /// Puts a client into a session; one that is in already stays as it is.
    pub async fn join(&self, join: Join) -> Result<Joined, Error> {
        match self.change_presence(PresenceChange::Join(join)).await? {
            Outcome::Joined(joined) => Ok(joined),
            other => Err(unexpected(&other)),
        }
    }

    /// Takes a client out of a session and tells how many are still in; harmless when it was not.
    pub async fn leave(&self, session_id: SessionId, client_id: String) -> Result<i64, Error> {
        match self.change_presence(PresenceChange::Leave { session_id, client_id }).await? {
            Outcome::Left(active_clients) => Ok(active_clients),
            other => Err(unexpected(&other)),
        }
    }

    /// Takes a client out of every session that it is in.
    pub async fn disconnect(
        &self,
        client_id: String,
        reason: DepartureReason,
    ) -> Result<(), Error> {
        self.change_presence(PresenceChange::Disconnect { client_id, reason }).await?;
        Ok(())
    }
}

fn unexpected(outcome: &Outcome) -> Error {
    Error::internal(anyhow::anyhow!("the writer answered {outcome:?} to another request"))
}

/// The sessions that the disconnects among `changes` will leave, as many as one transaction takes.
pub(super) async fn departures(
    transaction: &mut Transaction<'_>,
    changes: &[PresenceChange],
) -> Result<Vec<SessionId>, Error> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    transaction.meet_everybody().await?;
    let sessions = changes.iter().filter_map(|change| match change {
        PresenceChange::Disconnect { client_id, .. } => transaction.sessions_of(client_id),
        _ => None,
    });
    Ok(sessions.flatten().copied().take(transaction.limits().capacities.departures).collect())
}

/// Plays `changes` in order, on what was read of them; an outcome for each, once what was asked for
/// is told. A disconnect of a client in very many sessions may be left unfinished. Fails only with the
/// whole transaction.
pub(super) async fn apply(
    transaction: &mut Transaction<'_>,
    changes: &[PresenceChange],
) -> Result<Outcomes, Error> {
    let most = transaction.limits().capacities.departures;
    let (inserts, deletes) = (BTreeMap::new(), BTreeSet::new());
    let mut set = PresenceSet { inserts, deletes, departures_left: most };
    let mut played = Vec::with_capacity(changes.len());
    for change in changes {
        played.push(set.play(transaction, change).await?);
    }
    clients::delete(transaction, &set.deletes)?;
    clients::insert(transaction, &set.inserts)?;
    for (change, played) in changes.iter().zip(&mut played) {
        if let (Played::Missing, Some(session_id)) = (&*played, change.session_id()) {
            let file = transaction.connection().await?;
            *played = Played::Refused(sessions::why_missing(file, session_id).await?);
        }
    }
    Ok(Outcomes(played))
}

/// How a set changes who is in which session.
struct PresenceSet<'a> {
    inserts: BTreeMap<(i64, &'a str), &'a Join>,
    deletes: BTreeSet<(i64, &'a str)>,
    /// How many rows disconnects may still take away.
    departures_left: usize,
}

impl<'a> PresenceSet<'a> {
    async fn play(
        &mut self,
        transaction: &mut Transaction<'_>,
        change: &'a PresenceChange,
    ) -> Result<Played, Error> {
        match change {
            PresenceChange::Join(join) => self.join(transaction, join),
            PresenceChange::Leave { session_id, client_id } => {
                if transaction.take_out(client_id, *session_id) {
                    self.depart(transaction, *session_id, client_id, DepartureReason::Left)?;
                }
                Ok(match transaction.known_head(*session_id) {
                    Some(head) => Played::Left { active_clients: head.active_clients },
                    None => Played::Missing,
                })
            }
            PresenceChange::Disconnect { client_id, reason } => {
                self.disconnect(transaction, client_id, *reason).await
            }
        }
    }

    /// Takes a client out of its sessions, as many as there is room for.
    async fn disconnect(
        &mut self,
        transaction: &mut Transaction<'_>,
        client_id: &'a str,
        reason: DepartureReason,
    ) -> Result<Played, Error> {
        let sessions = transaction.sessions_of(client_id);
        let some: Vec<SessionId> =
            sessions.into_iter().flatten().take(self.departures_left).copied().collect();
        self.departures_left -= some.len();
        // Most were read ahead; others only where the set itself has changed whose turn it is.
        transaction.load(some.iter().copied()).await?;
        for session_id in some {
            transaction.take_out(client_id, session_id);
            self.depart(transaction, session_id, client_id, reason)?;
        }
        let is_out = transaction.sessions_of(client_id).is_none();
        Ok(if is_out { Played::Disconnected } else { Played::Unfinished })
    }

    fn join(&mut self, transaction: &mut Transaction<'_>, join: &'a Join) -> Result<Played, Error> {
        let Some(head) = transaction.known_head(join.session_id) else {
            return Ok(Played::Missing);
        };
        let active_clients = head.active_clients;
        if let Some(joined) = transaction.put_in(&join.client_id, join.session_id) {
            let limits = transaction.limits().sessions;
            let refusal = if active_clients >= limits.clients as i64 {
                Some(too_many_clients(join.session_id, active_clients, limits.clients))
            } else if joined > limits.joined {
                Some(too_many_joined(limits.joined))
            } else {
                None
            };
            if let Some(refusal) = refusal {
                transaction.take_out(&join.client_id, join.session_id);
                return Ok(Played::Refused(refusal));
            }
            self.arrive(transaction, join)?;
        }
        Ok(match transaction.known_head(join.session_id) {
            Some(head) => Played::Joined { head: head.clone() },
            None => Played::Missing,
        })
    }

    fn arrive(&mut self, transaction: &mut Transaction<'_>, join: &'a Join) -> Result<(), Error> {
        let Some(head) = transaction.known_head_mut(join.session_id) else { return Ok(()) };
        head.active_clients += 1;
        let active_clients = head.active_clients;
        self.inserts.insert((head.key, &join.client_id), join);
        let client_id = join.client_id.clone();
        transaction
            .record(join.session_id, &EventKind::SessionConnected { client_id, active_clients })
    }

    fn depart(
        &mut self,
        transaction: &mut Transaction<'_>,
        session_id: SessionId,
        client_id: &'a str,
        reason: DepartureReason,
    ) -> Result<(), Error> {
        let Some(head) = transaction.known_head_mut(session_id) else { return Ok(()) };
        head.active_clients -= 1;
        let active_clients = head.active_clients;
        let row = (head.key, client_id);
        if self.inserts.remove(&row).is_none() {
            self.deletes.insert(row);
        }
        let client_id = client_id.to_owned();
        transaction.record(
            session_id,
            &EventKind::SessionDisconnected { client_id, active_clients, reason },
        )
    }
}

fn too_many_clients(session_id: SessionId, active_clients: i64, limit: usize) -> Error {
    let message = format!(
        "Session {session_id} has {active_clients} clients, and at most {limit} may be in one. Join \
         when others have left, or raise --max-clients."
    );
    Error::LimitReached { message, limit, setting: "--max-clients" }
}

fn too_many_joined(limit: usize) -> Error {
    let message = format!(
        "A client may be in at most {limit} sessions, and this one is. Leave one, open another \
         connection, or raise --max-joined-sessions."
    );
    Error::LimitReached { message, limit, setting: "--max-joined-sessions" }
}

impl PresenceChange {
    pub fn session_id(&self) -> Option<SessionId> {
        match self {
            Self::Join(Join { session_id, .. }) | Self::Leave { session_id, .. } => {
                Some(*session_id)
            }
            Self::Disconnect { .. } => None,
        }
    }
}

/// The rows as SQL reads them: `[[session, client_id, transport, user], …]`.
pub(super) fn rows(inserts: &BTreeMap<(i64, &str), &Join>) -> Result<String, Error> {
    let row = |((key, client_id), join): (&(i64, _), &&Join)| {
        (*key, *client_id, join.transport, join.user.clone())
    };
    let rows: Vec<(i64, &str, Transport, Option<Value>)> = inserts.iter().map(row).collect();
    json(&rows)
}
