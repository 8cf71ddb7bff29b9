//! What is known of sessions and clients, within a transaction and from the ones before.
//!
//! A transaction that need not ask is one way to SQLite's thread and back in place of three. What is
//! remembered holds as long as nobody else writes to the file, and each transaction that begins with
//! some makes sure of that first.

use std::collections::{BTreeSet, HashMap};

use sqlx::SqliteConnection;

use super::Transaction;
use crate::error::Error;
use crate::session::{Event, SessionId};
use crate::store::content::{Ends, Tree};
use crate::store::json;
use crate::store::script::later;
use crate::store::sessions::why_missing;

#[cfg(debug_assertions)]
mod check;

/// The most sessions, clients and parents that are remembered, some MiB; past it all are forgotten. Few
/// with debug assertions: so the tests come past it.
const MOST: usize = if cfg!(debug_assertions) { 20 } else { 10_000 };

/// What a change needs of a session's row, ahead of the row by the events not yet written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The key inside the file.
    pub key: i64,
    /// Of the nodes that are the session's.
    pub generation: i64,
    pub seq: i64,
    pub revision: i64,
    pub active_clients: i64,
    pub root_count: i64,
    /// The number of the last step of the history.
    pub steps: i64,
    /// Whether the history has undone steps.
    pub undone: bool,
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
    /// The sessions that clients are in; a client without any is known to be in none.
    memberships: HashMap<String, Vec<SessionId>>,
    /// Whether these are all clients that are in any; None before that was asked.
    knows_everybody: Option<bool>,
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
        self.heads.is_empty() && self.knows_everybody.is_none() && self.ends.is_empty()
    }

    /// What may be remembered of it when these events are committed.
    pub(super) fn after(mut self, events: &[Event]) -> Self {
        for Event { session_id, .. } in events {
            // Whether there are undone steps left only the file knows.
            if self.heads.get(session_id).is_some_and(|head| head.undone) {
                self.heads.remove(session_id);
            }
        }
        let sizes = [self.heads.len(), self.memberships.len(), self.ends.len()];
        if sizes.into_iter().any(|size| size > MOST) {
            return Self { version: self.version, ..Self::default() };
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
        self.load([session_id], &BTreeSet::new()).await?;
        match self.known_head(session_id) {
            Some(head) => Ok(head.clone()),
            None => Err(why_missing(self.connection().await?, session_id).await?),
        }
    }

    /// Reads the sessions that are not known yet and those that these clients are in, in one
    /// statement.
    pub(in crate::store) async fn load(
        &mut self,
        session_ids: impl IntoIterator<Item = SessionId>,
        client_ids: &BTreeSet<&str>,
    ) -> Result<(), Error> {
        if !client_ids.is_empty() && self.memory.knows_everybody.is_none() {
            self.meet_everybody().await?;
        }
        let Memory { heads, memberships, knows_everybody, .. } = &self.memory;
        let (known, strangers): (Vec<&str>, Vec<&str>) = client_ids.iter().partition(|client_id| {
            *knows_everybody == Some(true) || memberships.contains_key(**client_id)
        });
        let joined = known.into_iter().filter_map(|client_id| memberships.get(client_id)).flatten();
        let unknown: BTreeSet<SessionId> = session_ids
            .into_iter()
            .chain(joined.copied())
            .filter(|session_id| !heads.contains_key(session_id))
            .collect();
        if unknown.is_empty() && strangers.is_empty() {
            return Ok(());
        }
        let (session_ids, client_ids) = (json(&unknown)?, json(&strangers)?);
        let strangers: Vec<String> = strangers.into_iter().map(str::to_owned).collect();
        later!(
            self,
            "with wanted (session) as (
                 select session from sessions where session_id in (select value from json_each(?))
                 union
                 select session from clients where client_id in (select value from json_each(?))
             )
             select json_array(
                 (select json_group_array(json_array(
                             s.session_id, s.session, s.seq, s.revision, s.active_clients,
                             s.root_count, s.steps, s.generation,
                             exists(select 1 from history as h
                                    where h.session = s.session and h.state = 'undone')))
                  from wanted join sessions as s on s.session = wanted.session),
                 (select json_group_array(json_array(client_id, session)) from clients
                  where client_id in (select value from json_each(?)))) as told",
            &session_ids,
            &client_ids,
            &client_ids
        )?;
        type HeadRow = (SessionId, i64, i64, i64, i64, i64, i64, i64, u8);
        let (heads, rows): (Vec<HeadRow>, Vec<(String, i64)>) = self.ask().await?;
        let mut session_ids = HashMap::with_capacity(heads.len());
        for row in heads {
            let (session_id, key, seq, revision, active_clients, ..) = row;
            let (.., root_count, steps, generation, undone) = row;
            session_ids.insert(key, session_id);
            let undone = undone != 0;
            let counts =
                Head { key, generation, seq, revision, active_clients, root_count, steps, undone };
            self.remember(session_id, counts);
        }
        let memberships = &mut self.memory.memberships;
        memberships.extend(strangers.into_iter().map(|client_id| (client_id, Vec::new())));
        for (client_id, key) in rows {
            if let Some(session_id) = session_ids.get(&key) {
                memberships.entry(client_id).or_default().push(*session_id);
            }
        }
        Ok(())
    }

    /// Reads who is in which session, unless they are too many: else each client that is new, as most
    /// are who join, would have to be asked for.
    async fn meet_everybody(&mut self) -> Result<(), Error> {
        later!(
            self,
            r#"select json_group_array(json_array(c.client_id, s.session_id)) as "told: String"
               from (select client_id, session from clients limit ?) as c
               join sessions as s on s.session = c.session"#,
            MOST as i64 + 1
        )?;
        let rows: Vec<(String, SessionId)> = self.ask().await?;
        let memory = &mut self.memory;
        memory.knows_everybody = Some(rows.len() <= MOST);
        if rows.len() <= MOST {
            for (client_id, session_id) in rows {
                memory.memberships.entry(client_id).or_default().push(session_id);
            }
        }
        Ok(())
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

    /// A session that is gone; who takes one that is not known has made sure that nobody is in it.
    pub(super) fn forget_session(&mut self, session_id: SessionId) {
        let head = self.memory.heads.remove(&session_id);
        if head.is_some_and(|head| head.active_clients > 0) {
            for sessions in self.memory.memberships.values_mut() {
                sessions.retain(|joined| *joined != session_id);
            }
        }
    }

    /// The sessions that a client is in, of whom that was read.
    pub(in crate::store) fn sessions_of(&mut self, client_id: &str) -> &mut Vec<SessionId> {
        self.memory.memberships.entry(client_id.to_owned()).or_default()
    }

    /// The sessions that a client was in that does not come back.
    pub(in crate::store) fn forget_client(&mut self, client_id: &str) -> Vec<SessionId> {
        self.memory.memberships.remove(client_id).unwrap_or_default()
    }

    pub(in crate::store) fn take_ends(&mut self) -> Ends {
        std::mem::take(&mut self.memory.ends)
    }

    pub(in crate::store) fn keep_ends(&mut self, ends: Ends) {
        self.memory.ends = ends;
    }
}
