//! Who comes and goes: a set of joins, leaves and disconnects in as few statements as one.
//!
//! The set is played in order on what was read, then its sum is written. So it costs the same
//! handful of statements for one change as for a thousand.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;

use super::transaction::{Head, read_json};
use super::{Change, Store, Transaction, clients, json, sessions};
use crate::error::Error;
use crate::session::{DepartureReason, EventKind, SessionId, Transport};

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
    /// At most 100 of them, as a JSON list of [`Client`](crate::session::Client).
    pub clients: Arc<RawValue>,
}

#[derive(Debug)]
pub(super) enum Outcome {
    Joined(Joined),
    /// How many are still in.
    Left(i64),
    Disconnected,
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

    /// Takes out every client that a dead server left behind, in one transaction.
    pub(super) async fn disconnect_the_dead(&self) -> Result<(), Error> {
        self.write_at_start(DisconnectTheDead).await
    }
}

fn unexpected(outcome: &Outcome) -> Error {
    Error::internal(anyhow::anyhow!("the writer answered {outcome:?} to another request"))
}

struct DisconnectTheDead;

impl Change for DisconnectTheDead {
    type Answer = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        // Nor does anybody go on with what a dead server was writing aside.
        sqlx::query!("update loose_content set unfinished = 0 where unfinished")
            .execute(transaction.connection().await?)
            .await?;
        let changes: Vec<PresenceChange> = transaction
            .everybody()
            .await?
            .into_iter()
            .map(|client_id| PresenceChange::Disconnect {
                client_id,
                reason: DepartureReason::ServerRestart,
            })
            .collect();
        transaction.load([], &client_ids(&changes)).await?;
        apply(transaction, &changes).await?;
        Ok(())
    }
}

/// Plays `changes` in order, on what was read of them; an outcome for each, once what was asked for
/// is told. Fails only with the whole transaction.
pub(super) async fn apply(
    transaction: &mut Transaction<'_>,
    changes: &[PresenceChange],
) -> Result<Outcomes, Error> {
    let mut set = PresenceSet { inserts: BTreeMap::new(), deletes: BTreeSet::new() };
    let mut played = Vec::with_capacity(changes.len());
    for change in changes {
        played.push(set.play(transaction, change)?);
    }
    clients::delete(transaction, &set.deletes)?;
    clients::insert(transaction, &set.inserts)?;
    for (change, played) in changes.iter().zip(&mut played) {
        if let (Played::Refused(reason), Some(session_id)) = (played, change.session_id()) {
            *reason = sessions::why_missing(transaction.connection().await?, session_id).await?;
        }
    }
    Ok(Outcomes(played))
}

/// The clients that a set of changes is about.
pub(super) fn client_ids(changes: &[PresenceChange]) -> BTreeSet<&str> {
    changes.iter().map(PresenceChange::client_id).collect()
}

/// What one change came to, before the client lists are read.
enum Played {
    Joined { head: Head },
    Left { active_clients: i64 },
    Disconnected,
    Refused(Error),
}

/// What a set of changes came to. What a join tells of the others in its session is read last.
pub(super) struct Outcomes(Vec<Played>);

impl Outcomes {
    /// Asks who is in the sessions that were joined.
    pub fn ask(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let joined: BTreeSet<i64> = self
            .0
            .iter()
            .filter_map(|played| match played {
                Played::Joined { head } => Some(head.key),
                _ => None,
            })
            .collect();
        if joined.is_empty() { Ok(()) } else { clients::ask_for_some(transaction, &joined) }
    }

    /// The outcomes, with what was told of that. The changes are in the file, so that a list which
    /// can't be read fails only those who want it.
    pub fn conclude(self, told: Option<&str>) -> Vec<Result<Outcome, Error>> {
        let lists: Result<Vec<(i64, Box<RawValue>)>, Error> =
            told.map_or_else(|| Ok(Vec::new()), read_json);
        let lists: Result<HashMap<i64, Arc<RawValue>>, Error> =
            lists.map(|lists| lists.into_iter().map(|(key, list)| (key, list.into())).collect());
        let clients_of = |key| match &lists {
            Ok(lists) => lists.get(&key).cloned().ok_or_else(|| {
                Error::internal(anyhow::anyhow!("nobody told who is in a session that was joined"))
            }),
            Err(failure) => Err(failure.clone()),
        };
        let conclude = |played| match played {
            Played::Joined { head } => Ok(Outcome::Joined(Joined {
                active_clients: head.active_clients,
                seq: head.seq,
                revision: head.revision,
                clients: clients_of(head.key)?,
            })),
            Played::Left { active_clients } => Ok(Outcome::Left(active_clients)),
            Played::Disconnected => Ok(Outcome::Disconnected),
            Played::Refused(reason) => Err(reason),
        };
        self.0.into_iter().map(conclude).collect()
    }
}

/// How a set changes who is in which session.
struct PresenceSet<'a> {
    inserts: BTreeMap<(i64, &'a str), &'a Join>,
    deletes: BTreeSet<(i64, &'a str)>,
}

impl<'a> PresenceSet<'a> {
    fn play(
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
                    None => refused(*session_id),
                })
            }
            PresenceChange::Disconnect { client_id, reason } => {
                for session_id in transaction.take_out_of_all(client_id) {
                    self.depart(transaction, session_id, client_id, *reason)?;
                }
                Ok(Played::Disconnected)
            }
        }
    }

    fn join(&mut self, transaction: &mut Transaction<'_>, join: &'a Join) -> Result<Played, Error> {
        if transaction.known_head(join.session_id).is_some()
            && transaction.put_in(&join.client_id, join.session_id)
        {
            self.arrive(transaction, join)?;
        }
        Ok(match transaction.known_head(join.session_id) {
            Some(head) => Played::Joined { head: head.clone() },
            None => refused(join.session_id),
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

/// Why is found out for all of a set together.
fn refused(session_id: SessionId) -> Played {
    Played::Refused(Error::SessionNotFound(session_id))
}

impl PresenceChange {
    fn client_id(&self) -> &str {
        match self {
            Self::Join(Join { client_id, .. })
            | Self::Leave { client_id, .. }
            | Self::Disconnect { client_id, .. } => client_id,
        }
    }

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
