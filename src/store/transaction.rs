//! One transaction of the writer: the sessions it has looked at and the events it has made.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sqlx::{Row, SqliteConnection};

use super::content::Tree;
use super::script::{Script, later};
use super::{events, json};
use crate::error::Error;
use crate::session::event::RemovalReason;
use crate::session::{Event, EventKind, SessionId, Timestamp};

/// What a change needs of a session's row, ahead of the row by the events not yet written.
#[derive(Debug, Clone)]
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
    pub(super) fn tree(&self) -> Tree {
        Tree { session: self.key, generation: self.generation }
    }
}

/// A transaction with one clock, which every change in it shares.
///
/// A change looks before it writes: once it has written it may fail only with the whole
/// transaction, so a refused one leaves no trace.
pub struct Transaction<'c> {
    connection: &'c mut SqliteConnection,
    /// What is to be sent with the next statement that tells something.
    script: Script,
    now: Timestamp,
    heads: HashMap<SessionId, Head>,
    unwritten: Vec<(i64, Event)>,
    written: Vec<Event>,
}

/// The sessions that clients are in.
pub(super) type Memberships = HashMap<String, Vec<SessionId>>;

impl<'c> Transaction<'c> {
    /// A transaction that begins with its first statement. Whoever does not commit it must roll it
    /// back.
    pub(super) fn new(connection: &'c mut SqliteConnection, now: Timestamp) -> Self {
        let mut script = Script::default();
        // Immediate: one that reads first and then writes may find that others have written.
        script.add("begin immediate");
        Self {
            connection,
            script,
            now,
            heads: HashMap::new(),
            unwritten: Vec::new(),
            written: Vec::new(),
        }
    }

    /// When all of this happens.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What is to be sent; filled by [`later`].
    pub(super) fn script(&mut self) -> &mut Script {
        &mut self.script
    }

    /// The connection, for functions that are SQL; all before them is done.
    pub(super) async fn connection(&mut self) -> Result<&mut SqliteConnection, Error> {
        self.script.run(self.connection).await?;
        Ok(self.connection)
    }

    /// Sends what waits and reads what its last statement tells: one row with one text of JSON.
    pub(super) async fn ask<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let rows = self.script.run(self.connection).await?;
        let Some(row) = rows.first() else {
            return Err(Error::internal(anyhow::anyhow!("a statement told nothing")));
        };
        read_json(row.try_get(0)?)
    }

    /// The session, or why there is none.
    pub(super) async fn head(&mut self, session_id: SessionId) -> Result<Head, Error> {
        self.load([session_id], &BTreeSet::new()).await?;
        match self.known_head(session_id) {
            Some(head) => Ok(head.clone()),
            None => Err(super::sessions::why_missing(self.connection().await?, session_id).await?),
        }
    }

    /// Reads the sessions that are not known yet and those that these clients are in, in one
    /// statement.
    pub(super) async fn load(
        &mut self,
        session_ids: impl IntoIterator<Item = SessionId>,
        client_ids: &BTreeSet<&str>,
    ) -> Result<Memberships, Error> {
        let unknown: BTreeSet<SessionId> =
            session_ids.into_iter().filter(|id| !self.heads.contains_key(id)).collect();
        if unknown.is_empty() && client_ids.is_empty() {
            return Ok(Memberships::new());
        }
        let (session_ids, client_ids) = (json(&unknown)?, json(client_ids)?);
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
        let mut memberships = Memberships::new();
        for (client_id, key) in rows {
            if let Some(session_id) = session_ids.get(&key) {
                memberships.entry(client_id).or_default().push(*session_id);
            }
        }
        Ok(memberships)
    }

    /// Keeps a session that was read; one that is known already is ahead of its row and stays.
    fn remember(&mut self, session_id: SessionId, head: Head) {
        self.heads.entry(session_id).or_insert(head);
    }

    pub(super) fn known_head(&self, session_id: SessionId) -> Option<&Head> {
        self.heads.get(&session_id)
    }

    pub(super) fn known_head_mut(&mut self, session_id: SessionId) -> Option<&mut Head> {
        self.heads.get_mut(&session_id)
    }

    /// Gives the event the session's next number. A session that is not known has no events.
    pub(super) fn record(&mut self, session_id: SessionId, kind: &EventKind) -> Result<(), Error> {
        let Some(head) = self.heads.get_mut(&session_id) else {
            return Err(Error::internal(anyhow::anyhow!(
                "an event of unread session {session_id}"
            )));
        };
        head.seq += 1;
        let (key, seq) = (head.key, head.seq);
        self.push(session_id, key, seq, kind)
    }

    /// The last event of a session whose row was just deleted and whose last number was `seq`.
    pub(super) fn record_last(
        &mut self,
        session_id: SessionId,
        key: i64,
        seq: i64,
        reason: RemovalReason,
    ) -> Result<(), Error> {
        self.heads.remove(&session_id);
        self.push(session_id, key, seq + 1, &EventKind::SessionRemoved { reason })
    }

    fn push(
        &mut self,
        session_id: SessionId,
        key: i64,
        seq: i64,
        kind: &EventKind,
    ) -> Result<(), Error> {
        let payload = serde_json::to_string(kind)
            .map_err(|cause| Error::internal(anyhow::Error::new(cause).context("event")))?;
        let event = Event {
            session_id,
            seq,
            at: self.now,
            name: kind.name().into(),
            payload: payload.into(),
        };
        self.unwritten.push((key, event));
        Ok(())
    }

    /// Writes the events so far, so that the sessions' rows are as the heads say.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        let unwritten = std::mem::take(&mut self.unwritten);
        if !unwritten.is_empty() {
            events::insert(self, &unwritten)?;
            self.written.extend(unwritten.into_iter().map(|(_, event)| event));
        }
        Ok(())
    }

    /// Takes over events whose texts were written ahead under `generation`, in parts of so many:
    /// they get the session's next numbers.
    pub(super) fn adopt(
        &mut self,
        session_id: SessionId,
        generation: i64,
        events: &[Event],
        counts: &[i64],
    ) -> Result<(), Error> {
        self.flush()?;
        let Some(head) = self.heads.get_mut(&session_id) else {
            return Err(Error::internal(anyhow::anyhow!("events of unread session {session_id}")));
        };
        let (key, first) = (head.key, head.seq + 1);
        head.seq += events.len() as i64;
        let numbered = (first..).zip(events);
        let at = self.now;
        self.written.extend(numbered.map(|(seq, event)| Event { seq, at, ..event.clone() }));
        let mut next = first;
        let numbers: Vec<(i64, i64)> = counts
            .iter()
            .map(|count| {
                let first = next;
                next += count;
                (first, next - 1)
            })
            .collect();
        events::insert_large(self, key, generation, &numbers)
    }

    /// Writes all but the events, and hands them out in place of a commit.
    pub(super) async fn hand_out(self) -> Result<Vec<Event>, Error> {
        let Self { connection, mut script, unwritten, mut written, .. } = self;
        script.run(connection).await?;
        written.extend(unwritten.into_iter().map(|(_, event)| event));
        Ok(written)
    }

    /// Commits, and hands out what happened, and what the statement told that was asked last.
    pub(super) async fn commit(mut self) -> Result<(Vec<Event>, Option<String>), Error> {
        self.flush()?;
        self.script.add("commit");
        let rows = self.script.run(self.connection).await?;
        // From here on nothing fails: it is done.
        let told = rows.first().and_then(|row| row.try_get(0).ok());
        Ok((self.written, told))
    }
}

/// Reads what a statement tells as JSON.
pub(super) fn read_json<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Error> {
    serde_json::from_str(text)
        .map_err(|cause| Error::internal(anyhow::Error::new(cause).context("a statement's answer")))
}
