//! Who comes and goes: a set of joins, leaves and disconnects in as few statements as one.
//!
//! The set is played in order on what was read, then its sum is written. So it costs the same
//! handful of statements for one change as for a thousand.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::transaction::Head;
use super::{Change, Store, Transaction, clients, json, sessions};
use crate::error::Error;
use crate::session::{Client, DepartureReason, EventKind, SessionId, Transport};

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
    /// At most 100 of them.
    pub clients: Arc<[Client]>,
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
        self.write(DisconnectTheDead).await
    }
}

fn unexpected(outcome: &Outcome) -> Error {
    Error::internal(anyhow::anyhow!("the writer answered {outcome:?} to another request"))
}

struct DisconnectTheDead;

impl Change for DisconnectTheDead {
    type Answer = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let changes: Vec<PresenceChange> = clients::everyone(transaction.connection())
            .await?
            .into_iter()
            .map(|client_id| PresenceChange::Disconnect {
                client_id,
                reason: DepartureReason::ServerRestart,
            })
            .collect();
        apply(transaction, &changes).await?;
        Ok(())
    }
}

/// Plays `changes` in order; an outcome for each. Fails only with the whole transaction.
pub(super) async fn apply(
    transaction: &mut Transaction<'_>,
    changes: &[PresenceChange],
) -> Result<Vec<Result<Outcome, Error>>, Error> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let mut set = PresenceSet::read(transaction, changes).await?;
    let mut played = Vec::with_capacity(changes.len());
    for change in changes {
        played.push(set.play(transaction, change)?);
    }
    set.write(transaction).await?;
    set.explain(transaction, changes, played).await
}

/// What one change came to, before the client lists are read.
enum Played {
    Joined { head: Head },
    Left { active_clients: i64 },
    Disconnected,
    NoSession,
}

/// The memberships of a set's clients, and how the set changes them.
struct PresenceSet<'a> {
    memberships: HashMap<String, Vec<SessionId>>,
    inserts: BTreeMap<(i64, &'a str), &'a Join>,
    deletes: BTreeSet<(i64, &'a str)>,
}

impl<'a> PresenceSet<'a> {
    async fn read(
        transaction: &mut Transaction<'_>,
        changes: &[PresenceChange],
    ) -> Result<Self, Error> {
        let client_ids: BTreeSet<&str> = changes.iter().map(PresenceChange::client_id).collect();
        let mut memberships: HashMap<String, Vec<SessionId>> = HashMap::new();
        for (client_id, session_id, head) in
            clients::memberships(transaction.connection(), &client_ids).await?
        {
            transaction.remember(session_id, head);
            memberships.entry(client_id).or_default().push(session_id);
        }
        transaction.load_heads(changes.iter().filter_map(PresenceChange::session_id)).await?;
        Ok(Self { memberships, inserts: BTreeMap::new(), deletes: BTreeSet::new() })
    }

    fn play(
        &mut self,
        transaction: &mut Transaction<'_>,
        change: &'a PresenceChange,
    ) -> Result<Played, Error> {
        match change {
            PresenceChange::Join(join) => self.join(transaction, join),
            PresenceChange::Leave { session_id, client_id } => {
                let reason = DepartureReason::Left;
                self.leave(transaction, *session_id, client_id, reason)?;
                Ok(match transaction.known_head(*session_id) {
                    Some(head) => Played::Left { active_clients: head.active_clients },
                    None => Played::NoSession,
                })
            }
            PresenceChange::Disconnect { client_id, reason } => {
                let joined = self.memberships.get(client_id.as_str()).cloned().unwrap_or_default();
                for session_id in joined {
                    self.leave(transaction, session_id, client_id, *reason)?;
                }
                Ok(Played::Disconnected)
            }
        }
    }

    fn join(&mut self, transaction: &mut Transaction<'_>, join: &'a Join) -> Result<Played, Error> {
        let Some(head) = transaction.known_head_mut(join.session_id) else {
            return Ok(Played::NoSession);
        };
        let sessions = self.memberships.entry(join.client_id.clone()).or_default();
        if !sessions.contains(&join.session_id) {
            sessions.push(join.session_id);
            head.active_clients += 1;
            let active_clients = head.active_clients;
            self.inserts.insert((head.key, &join.client_id), join);
            let client_id = join.client_id.clone();
            let event = EventKind::SessionConnected { client_id, active_clients };
            transaction.record(join.session_id, &event)?;
        }
        Ok(match transaction.known_head(join.session_id) {
            Some(head) => Played::Joined { head: head.clone() },
            None => Played::NoSession,
        })
    }

    fn leave(
        &mut self,
        transaction: &mut Transaction<'_>,
        session_id: SessionId,
        client_id: &'a str,
        reason: DepartureReason,
    ) -> Result<(), Error> {
        let Some(sessions) = self.memberships.get_mut(client_id) else { return Ok(()) };
        let Some(place) = sessions.iter().position(|joined| *joined == session_id) else {
            return Ok(());
        };
        sessions.swap_remove(place);
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

    async fn write(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let now = transaction.now();
        clients::delete(transaction.connection(), &self.deletes).await?;
        clients::insert(transaction.connection(), now, &self.inserts).await
    }

    /// Adds to each outcome what the caller wants to know: who else is in, or why it failed.
    async fn explain(
        &self,
        transaction: &mut Transaction<'_>,
        changes: &[PresenceChange],
        played: Vec<Played>,
    ) -> Result<Vec<Result<Outcome, Error>>, Error> {
        let joined: BTreeSet<i64> = played
            .iter()
            .filter_map(|played| match played {
                Played::Joined { head } => Some(head.key),
                _ => None,
            })
            .collect();
        let lists = clients::some_of_each(transaction.connection(), &joined).await?;
        let mut outcomes = Vec::with_capacity(played.len());
        for (change, played) in changes.iter().zip(played) {
            outcomes.push(match played {
                Played::Joined { head } => Ok(Outcome::Joined(Joined {
                    active_clients: head.active_clients,
                    seq: head.seq,
                    revision: head.revision,
                    clients: lists.get(&head.key).cloned().unwrap_or_default(),
                })),
                Played::Left { active_clients } => Ok(Outcome::Left(active_clients)),
                Played::Disconnected => Ok(Outcome::Disconnected),
                Played::NoSession => match change.session_id() {
                    Some(session_id) => {
                        Err(sessions::why_missing(transaction.connection(), session_id).await?)
                    }
                    None => Ok(Outcome::Disconnected),
                },
            });
        }
        Ok(outcomes)
    }
}

impl PresenceChange {
    fn client_id(&self) -> &str {
        match self {
            Self::Join(Join { client_id, .. })
            | Self::Leave { client_id, .. }
            | Self::Disconnect { client_id, .. } => client_id,
        }
    }

    fn session_id(&self) -> Option<SessionId> {
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
