//! Who comes and goes: joins, leaves and disconnects.
//!
//! A batch of them is applied in order to what was read, and its sum is written. So it costs the same
//! few statements for one change as for a thousand.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::head::Head;
use super::storage::{Delta, NewClient, Storage};
use super::transaction::Transaction;
use super::tree::SessionKey;
use crate::error::Error;
use crate::metrics::Occurrence;
use crate::model::{DisconnectReason, EventKind, SessionId, Transport};

/// One client's coming or going.
#[derive(Debug, Clone)]
pub enum PresenceChange {
    /// Into one session.
    Join(Join),
    /// Out of one session.
    Leave {
        /// The session that the client leaves.
        session_id: SessionId,
        /// The client that leaves.
        client_id: String,
    },
    /// Out of every session that the client is in.
    Disconnect {
        /// The client that is gone.
        client_id: String,
        /// Why it is gone, for the events.
        reason: DisconnectReason,
    },
}

/// A client that asks to be in a session.
#[derive(Debug, Clone)]
pub struct Join {
    /// The session to join. If it does not exist, or has too many clients already, the join is refused.
    pub session_id: SessionId,
    /// The client that joins. A client that is in the session already stays in it without an event.
    pub client_id: String,
    /// How it is connected, for the list of clients.
    pub transport: Transport,
    /// What the client says of its user; JSON.
    pub user: Option<Value>,
}

/// What one change came to.
#[derive(Debug)]
pub enum Applied {
    /// The session as it was right after the join.
    Joined(Head),
    /// How many clients are still in.
    Left(i64),
    /// The client is in no session any more.
    Disconnected,
    /// The client is still in other sessions: the next transaction goes on.
    Unfinished,
    /// Nothing was changed, and why.
    Refused(Error),
}

impl PresenceChange {
    /// The session that it names.
    pub fn session_id(&self) -> Option<SessionId> {
        match self {
            Self::Join(Join { session_id, .. }) | Self::Leave { session_id, .. } => {
                Some(*session_id)
            }
            Self::Disconnect { .. } => None,
        }
    }
}

/// The sessions that the disconnects among `changes` will leave, as many as one transaction takes.
pub async fn sessions_to_leave<S: Storage>(
    transaction: &mut Transaction<'_, S>,
    changes: &[PresenceChange],
) -> Result<Vec<SessionId>, Error> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    transaction.load_memberships().await?;
    let sessions = changes.iter().filter_map(|change| match change {
        PresenceChange::Disconnect { client_id, .. } => transaction.cache.sessions_of(client_id),
        _ => None,
    });
    Ok(sessions.flatten().copied().take(transaction.limits().capacities.departures).collect())
}

/// Applies `changes` in order; what each came to. The sessions that they name and those of
/// [`sessions_to_leave`] have been read. A disconnect of a client in very many sessions may be left
/// unfinished. Fails only with the whole transaction.
pub async fn apply<S: Storage>(
    transaction: &mut Transaction<'_, S>,
    changes: &[PresenceChange],
) -> Result<Vec<Applied>, Error> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    transaction.load_memberships().await?;
    let departures_left = transaction.limits().capacities.departures;
    let (inserts, deletes) = (BTreeMap::new(), BTreeSet::new());
    let mut batch = PresenceBatch { inserts, deletes, departures_left };
    let mut applied = Vec::with_capacity(changes.len());
    for change in changes {
        applied.push(batch.apply(transaction, change).await?);
    }
    batch.write(transaction)?;
    Ok(applied)
}

/// How a batch changes who is in which session.
struct PresenceBatch<'a> {
    inserts: BTreeMap<(SessionKey, &'a str), &'a Join>,
    deletes: BTreeSet<(SessionKey, &'a str)>,
    /// How many rows disconnects may still delete.
    departures_left: usize,
}

impl<'a> PresenceBatch<'a> {
    async fn apply<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        change: &'a PresenceChange,
    ) -> Result<Applied, Error> {
        match change {
            PresenceChange::Join(join) => self.join(transaction, join).await,
            PresenceChange::Leave { session_id, client_id } => {
                if transaction.cache.remove_member(client_id, *session_id) {
                    self.remove(transaction, *session_id, client_id, DisconnectReason::Left)?;
                }
                match transaction.known_head(*session_id) {
                    Some(head) => Ok(Applied::Left(head.active_clients)),
                    None => missing(transaction, *session_id).await,
                }
            }
            PresenceChange::Disconnect { client_id, reason } => {
                self.disconnect(transaction, client_id, *reason).await
            }
        }
    }

    async fn join<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        join: &'a Join,
    ) -> Result<Applied, Error> {
        let Some(head) = transaction.known_head(join.session_id) else {
            return missing(transaction, join.session_id).await;
        };
        let active_clients = head.active_clients;
        if let Some(joined) = transaction.cache.add_member(&join.client_id, join.session_id) {
            let limits = transaction.limits().sessions;
            let refusal = if active_clients >= limits.clients as i64 {
                Some(too_many_clients(join.session_id, active_clients, limits.clients))
            } else if joined > limits.joined {
                Some(too_many_joined(limits.joined))
            } else {
                None
            };
            if let Some(refusal) = refusal {
                transaction.cache.remove_member(&join.client_id, join.session_id);
                return Ok(Applied::Refused(refusal));
            }
            self.add(transaction, join)?;
        }
        Ok(Applied::Joined(transaction.loaded_head(join.session_id)?.clone()))
    }

    /// Removes a client from its sessions, as many as there is room for.
    async fn disconnect<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        client_id: &'a str,
        reason: DisconnectReason,
    ) -> Result<Applied, Error> {
        let sessions = transaction.cache.sessions_of(client_id);
        let some: Vec<SessionId> =
            sessions.into_iter().flatten().take(self.departures_left).copied().collect();
        self.departures_left -= some.len();
        // Most were read before; others only where the batch itself has made room for them.
        transaction.load(some.iter().copied()).await?;
        for session_id in some {
            transaction.cache.remove_member(client_id, session_id);
            self.remove(transaction, session_id, client_id, reason)?;
        }
        let is_out = transaction.cache.sessions_of(client_id).is_none();
        Ok(if is_out { Applied::Disconnected } else { Applied::Unfinished })
    }

    fn add<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        join: &'a Join,
    ) -> Result<(), Error> {
        let head = transaction.loaded_head(join.session_id)?;
        head.active_clients += 1;
        let active_clients = head.active_clients;
        self.inserts.insert((head.key, &join.client_id), join);
        transaction.count(Occurrence::Joined(join.transport));
        let (client_id, user) = (join.client_id.clone(), join.user.clone());
        let kind = EventKind::SessionConnected { client_id, active_clients, user };
        transaction.record(join.session_id, &kind)
    }

    fn remove<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        session_id: SessionId,
        client_id: &'a str,
        reason: DisconnectReason,
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

    fn write<S: Storage>(self, transaction: &mut Transaction<'_, S>) -> Result<(), Error> {
        let deleted = self.deletes.into_iter().map(|(key, client_id)| (key, client_id.to_owned()));
        let new = self.inserts.into_iter().map(|((session, client_id), join)| NewClient {
            session,
            client_id: client_id.to_owned(),
            transport: join.transport,
            user: join.user.clone(),
        });
        let (deleted_clients, clients): (Vec<_>, Vec<_>) = (deleted.collect(), new.collect());
        if deleted_clients.is_empty() && clients.is_empty() {
            return Ok(());
        }
        transaction.write(Delta { deleted_clients, clients, ..Delta::default() })
    }
}

async fn missing<S: Storage>(
    transaction: &mut Transaction<'_, S>,
    session_id: SessionId,
) -> Result<Applied, Error> {
    Ok(Applied::Refused(transaction.storage.missing_session(session_id).await?))
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
