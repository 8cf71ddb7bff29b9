//! One transaction of the writer: the sessions it has looked at and the events it has made.

use std::collections::HashMap;

use sqlx::{Sqlite, SqliteConnection};

use super::{events, json};
use crate::error::Error;
use crate::session::event::RemovalReason;
use crate::session::{Event, EventKind, SessionId, Timestamp};

/// What a change needs of a session's row, ahead of the row by the events not yet written.
#[derive(Debug, Clone)]
pub struct Head {
    /// The key inside the file.
    pub key: i64,
    pub seq: i64,
    pub revision: i64,
    pub active_clients: i64,
    pub root_count: i64,
    /// The number of the last step of the history.
    pub steps: i64,
    /// Whether the history has undone steps.
    pub undone: bool,
}

/// A transaction with one clock, which every change in it shares.
///
/// A change looks before it writes: once it has written it may fail only with the whole
/// transaction, so a refused one leaves no trace.
pub struct Transaction<'c> {
    inner: sqlx::Transaction<'c, Sqlite>,
    now: Timestamp,
    heads: HashMap<SessionId, Head>,
    unwritten: Vec<(i64, Event)>,
    written: Vec<Event>,
}

impl<'c> Transaction<'c> {
    pub(super) fn new(inner: sqlx::Transaction<'c, Sqlite>, now: Timestamp) -> Self {
        Self { inner, now, heads: HashMap::new(), unwritten: Vec::new(), written: Vec::new() }
    }

    /// When all of this happens.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The connection, for functions that are SQL.
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }

    /// The session, or why there is none.
    pub(super) async fn head(&mut self, session_id: SessionId) -> Result<Head, Error> {
        self.load_heads([session_id]).await?;
        match self.known_head(session_id) {
            Some(head) => Ok(head.clone()),
            None => Err(super::sessions::why_missing(self.connection(), session_id).await?),
        }
    }

    /// Reads the sessions that are not known yet, in one statement.
    pub(super) async fn load_heads(
        &mut self,
        session_ids: impl IntoIterator<Item = SessionId>,
    ) -> Result<(), Error> {
        let unknown: Vec<SessionId> =
            session_ids.into_iter().filter(|id| !self.heads.contains_key(id)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let wanted = json(&unknown)?;
        let rows = sqlx::query!(
            r#"select s.session_id as "session_id: SessionId", s.session as "session!", s.seq, s.revision,
                      s.active_clients, s.root_count, s.steps,
                      exists(select 1 from history as h
                             where h.session = s.session and h.state = 'undone')
                          as "undone!: bool"
               from json_each(?) as wanted
               join sessions as s on s.session_id = wanted.value"#,
            wanted
        )
        .fetch_all(&mut *self.inner)
        .await?;
        for row in rows {
            let head = Head {
                key: row.session,
                seq: row.seq,
                revision: row.revision,
                active_clients: row.active_clients,
                root_count: row.root_count,
                steps: row.steps,
                undone: row.undone,
            };
            self.remember(row.session_id, head);
        }
        Ok(())
    }

    /// Keeps a session that was read; one that is known already is ahead of its row and stays.
    pub(super) fn remember(&mut self, session_id: SessionId, head: Head) {
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
            payload: payload.into_boxed_str(),
        };
        self.unwritten.push((key, event));
        Ok(())
    }

    /// Writes the events so far, so that the sessions' rows are as the heads say.
    pub(super) async fn flush(&mut self) -> Result<(), Error> {
        if !self.unwritten.is_empty() {
            events::insert(&mut self.inner, self.now, &self.unwritten).await?;
            self.written.extend(self.unwritten.drain(..).map(|(_, event)| event));
        }
        Ok(())
    }

    /// Commits, and hands out what happened.
    pub(super) async fn commit(mut self) -> Result<Vec<Event>, Error> {
        self.flush().await?;
        self.inner.commit().await?;
        Ok(self.written)
    }
}
