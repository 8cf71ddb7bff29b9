//! What is known of sessions and clients, within a transaction and from the ones before.
//!
//! A transaction that need not ask is one way to SQLite's thread and back in place of three. What is
//! remembered holds as long as nobody else writes to the file, and each transaction that begins with
//! some makes sure of that first.

use std::collections::{BTreeSet, HashMap};

use sqlx::SqliteConnection;

use super::{Transaction, read_json};
use crate::error::Error;
use crate::model::{Scope, SessionId, Timestamp};
use crate::store::content::{Ends, Tree};
use crate::store::json;
use crate::store::script::later;
use crate::store::sessions::why_missing;

#[cfg(debug_assertions)]
mod check;

/// What a change needs of a session's row, ahead of the row by the events not yet written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The key inside the file.
    pub key: i64,
    /// Of the nodes that are the session's.
    pub generation: i64,
    pub seq: i64,
    /// What its next event must not come before: its last activity, or what that was before a wrong
    /// clock was made good.
    pub time: Timestamp,
    pub revision: i64,
    pub active_clients: i64,
    pub node_count: i64,
    pub root_count: i64,
    /// The number of the last step of the history.
    pub steps: i64,
    /// The bytes of the changes of all steps that the session has ever had.
    pub history_bytes: i64,
    pub undone: Undone,
}

/// Which undone steps the history may have. It never says that there are none of a kind where there
/// are some; the other way it may be wrong, since what another client has undone may have been redone
/// or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undone {
    /// Steps that were undone in the scope of the session.
    pub in_session: bool,
    /// Steps that were undone in the scope of a client.
    pub in_clients: bool,
}

impl Undone {
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

impl Head {
    /// Where its nodes are.
    pub(in crate::store) fn tree(&self) -> Tree {
        Tree { session: self.key, generation: self.generation }
    }
}

/// Sessions, who is in them, and where the children of their nodes end; of the transaction, and after
/// it of the file.
#[derive(Default)]
pub struct Memory {
    /// SQLite's `data_version` on this connection when nothing was remembered yet. It changes when
    /// another connection has written.
    version: i64,
    heads: HashMap<SessionId, Head>,
    /// The sessions of every client that is in any, once that was read. They are as many as there are
    /// connections, each of which takes far more.
    memberships: HashMap<String, BTreeSet<SessionId>>,
    knows_everybody: bool,
    ends: Ends,
}

impl Memory {
    /// Of a file of which nothing is known yet.
    pub async fn begin(connection: &mut SqliteConnection) -> Result<Self, Error> {
        let version = sqlx::query_scalar!(
            r#"select data_version + 0 as "version!: i64" from pragma_data_version"#
        )
        .fetch_one(connection)
        .await?;
        Ok(Self { version, ..Self::default() })
    }

    pub fn is_empty(&self) -> bool {
        self.heads.is_empty() && !self.knows_everybody && self.ends.is_empty()
    }

    /// What may be remembered of it after a commit.
    pub(super) fn within(mut self, most: usize) -> Self {
        if self.heads.len().max(self.ends.len()) > most {
            (self.heads, self.ends) = Default::default();
        }
        self
    }
}

impl Transaction<'_> {
    /// Lets the transaction fail if something is remembered and the file is not as it was.
    pub(super) fn believe_if_current(&mut self) -> Result<(), Error> {
        if self.memory.is_empty() {
            return Ok(());
        }
        let version = self.memory.version;
        // It tells nothing, or fails: what is put together there is no JSON.
        later!(
            self,
            "select 1 as stale from pragma_data_version
             where data_version <> ? and json('data_version is ' || data_version)",
            version
        )
    }

    /// The session, or why there is none.
    pub(in crate::store) async fn head(&mut self, session_id: SessionId) -> Result<Head, Error> {
        self.load([session_id]).await?;
        match self.known_head(session_id) {
            Some(head) => Ok(head.clone()),
            None => Err(why_missing(self.connection().await?, session_id).await?),
        }
    }

    /// Reads the sessions that are not known yet.
    pub(in crate::store) async fn load(
        &mut self,
        session_ids: impl IntoIterator<Item = SessionId>,
    ) -> Result<(), Error> {
        let heads = &self.memory.heads;
        let unknown: BTreeSet<SessionId> =
            session_ids.into_iter().filter(|session_id| !heads.contains_key(session_id)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        tracing::debug!(sessions = unknown.len(), "read sessions that the cache does not have");
        later!(
            self,
            r#"select json_group_array(json_array(
                          s.session_id, s.session, s.seq, s.revision, s.active_clients,
                          s.root_count, s.steps, s.generation, s.node_count, s.history_bytes,
                          max(s.last_activity, coalesce(s.time_floor, '')),
                          exists(select 1 from history as h
                                 where h.session = s.session and h.state = 'undone'
                                   and h.undo_scope = 'session'),
                          exists(select 1 from history as h
                                 where h.session = s.session and h.state = 'undone'
                                   and h.undo_scope = 'client')))
                      as "told: String"
               from sessions as s where session_id in (select value from json_each(?))"#,
            &json(&unknown)?
        )?;
        type HeadRow = (SessionId, i64, i64, i64, i64, i64, i64, i64, i64, i64, Timestamp, u8, u8);
        for row in self.ask::<Vec<HeadRow>>().await? {
            let (session_id, key, seq, revision, active_clients, root_count, steps, ..) = row;
            let (.., generation, node_count, history_bytes, time, in_session, in_clients) = row;
            let head = Head {
                key,
                generation,
                seq,
                time,
                revision,
                active_clients,
                node_count,
                root_count,
                steps,
                history_bytes,
                undone: Undone { in_session: in_session != 0, in_clients: in_clients != 0 },
            };
            self.remember(session_id, head);
        }
        Ok(())
    }

    /// Reads who is in which session, once: else each client that is new, as most are who join, would
    /// have to be asked for.
    pub(in crate::store) async fn meet_everybody(&mut self) -> Result<(), Error> {
        if self.memory.knows_everybody {
            return Ok(());
        }
        // As one row of JSON: each row of sqlx costs a copy of its values.
        let told = sqlx::query_scalar!(
            r#"select json_group_array(json_array(c.client_id, s.session_id)) as "told!: String"
               from clients as c join sessions as s on s.session = c.session"#
        )
        .fetch_one(self.connection().await?)
        .await?;
        for (client_id, session_id) in read_json::<Vec<(String, SessionId)>>(&told)? {
            self.put_in(&client_id, session_id);
        }
        self.memory.knows_everybody = true;
        Ok(())
    }

    /// Every client that is in a session.
    pub(in crate::store) async fn everybody(&mut self) -> Result<Vec<String>, Error> {
        self.meet_everybody().await?;
        Ok(self.memory.memberships.keys().cloned().collect())
    }

    /// Keeps a session that was read; one that is known already is ahead of its row and stays.
    fn remember(&mut self, session_id: SessionId, head: Head) {
        self.memory.heads.entry(session_id).or_insert(head);
    }

    pub(in crate::store) fn known_head(&self, session_id: SessionId) -> Option<&Head> {
        self.memory.heads.get(&session_id)
    }

    pub(in crate::store) fn known_head_mut(&mut self, session_id: SessionId) -> Option<&mut Head> {
        self.memory.heads.get_mut(&session_id)
    }

    /// A session that is gone, out of which everybody has been taken.
    pub(super) fn forget_session(&mut self, session_id: SessionId) {
        self.memory.heads.remove(&session_id);
    }

    /// How many sessions the client is in now; None if it was in this one already. They have been read.
    pub(in crate::store) fn put_in(
        &mut self,
        client_id: &str,
        session_id: SessionId,
    ) -> Option<usize> {
        let sessions = self.memory.memberships.entry(client_id.to_owned()).or_default();
        sessions.insert(session_id).then_some(sessions.len())
    }

    /// Whether the client was in the session until now. Its memberships have been read.
    pub(in crate::store) fn take_out(&mut self, client_id: &str, session_id: SessionId) -> bool {
        let Some(sessions) = self.memory.memberships.get_mut(client_id) else { return false };
        let was_in = sessions.remove(&session_id);
        if sessions.is_empty() {
            self.memory.memberships.remove(client_id);
        }
        was_in
    }

    /// The sessions that a client is in. They have been read.
    pub(in crate::store) fn sessions_of(&self, client_id: &str) -> Option<&BTreeSet<SessionId>> {
        self.memory.memberships.get(client_id)
    }

    pub(in crate::store) fn take_ends(&mut self) -> Ends {
        std::mem::take(&mut self.memory.ends)
    }

    pub(in crate::store) fn keep_ends(&mut self, ends: Ends) {
        self.memory.ends = ends;
    }
}
