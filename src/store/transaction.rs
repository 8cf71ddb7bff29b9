//! One transaction of the writer: the sessions it has looked at and the events it has made.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Row, Sqlite, SqliteConnection};

use super::cleanup::Removed;
use super::script::Script;
use super::{StoreLimits, events};
use crate::error::Error;
use crate::model::event::RemovalReason;
use crate::model::{Event, EventKind, SessionId, Timestamp};

mod memory;

pub(super) use memory::{Head, Memory};

/// A transaction with one moment, which every change in it shares. Only a session that was dated later
/// before, since the clock was wrong, has its events at that later time: its time does not go back.
///
/// A change looks before it writes: once it has written it may fail only with the whole
/// transaction, so a refused one leaves no trace.
pub struct Transaction<'c> {
    connection: &'c mut SqliteConnection,
    /// What is to be sent with the next statement that tells something.
    script: Script,
    now: Timestamp,
    memory: Memory,
    limits: &'c StoreLimits,
    unwritten: Vec<(i64, Event)>,
    written: Vec<Event>,
    /// The bytes of what has happened so far: events, and changes in the history.
    weight: usize,
}

impl<'c> Transaction<'c> {
    /// A transaction that begins with its first statement, which fails if what is remembered may be
    /// out of date. Whoever does not commit it must roll it back.
    pub(super) fn new(
        connection: &'c mut SqliteConnection,
        now: Timestamp,
        memory: Memory,
        limits: &'c StoreLimits,
    ) -> Result<Self, Error> {
        let mut script = Script::default();
        // Immediate: one that reads first and then writes may find that others have written.
        script.add("begin immediate");
        let (unwritten, written, weight) = (Vec::new(), Vec::new(), 0);
        let mut transaction =
            Self { connection, script, now, memory, limits, unwritten, written, weight };
        transaction.believe_if_current()?;
        Ok(transaction)
    }

    /// When all of this happens.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The bounds that the store was opened with.
    pub(super) fn limits(&self) -> &'c StoreLimits {
        self.limits
    }

    /// Counts so many bytes of changes that go into the history, or come out of it.
    pub(super) fn weigh(&mut self, bytes: usize) {
        self.weight += bytes;
    }

    /// Whether so much has happened that others should not wait for more of it.
    pub(super) fn is_full(&self) -> bool {
        self.weight >= self.limits.capacities.transaction_bytes
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

    /// Sends what waits and then a statement; answers how many rows it changed.
    pub(super) async fn execute(
        &mut self,
        statement: Query<'_, Sqlite, SqliteArguments>,
    ) -> Result<u64, Error> {
        Ok(statement.execute(self.connection().await?).await?.rows_affected())
    }

    /// Sends what waits and reads what its last statement tells: one row with one text of JSON.
    pub(super) async fn ask<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let rows = self.script.run(self.connection).await?;
        let Some(row) = rows.first() else {
            return Err(Error::internal(anyhow::anyhow!("a statement told nothing")));
        };
        read_json(row.try_get(0)?)
    }

    /// Gives the event the session's next number. A session that is not known has no events.
    pub(super) fn record(&mut self, session_id: SessionId, kind: &EventKind) -> Result<(), Error> {
        let now = self.now;
        let Some(head) = self.known_head_mut(session_id) else {
            return Err(Error::internal(anyhow::anyhow!(
                "an event of unread session {session_id}"
            )));
        };
        head.seq += 1;
        head.time = head.time.max(now);
        let (key, seq, at) = (head.key, head.seq, head.time);
        self.push(session_id, key, seq, at, kind)
    }

    /// The last event of a session whose row was just deleted.
    pub(super) fn record_last(
        &mut self,
        removed: &Removed,
        reason: RemovalReason,
    ) -> Result<(), Error> {
        let Removed { session_id, key, seq, time } = *removed;
        self.forget_session(session_id);
        let at = time.max(self.now);
        self.push(session_id, key, seq + 1, at, &EventKind::SessionRemoved { reason })
    }

    fn push(
        &mut self,
        session_id: SessionId,
        key: i64,
        seq: i64,
        at: Timestamp,
        kind: &EventKind,
    ) -> Result<(), Error> {
        let payload = serde_json::to_string(kind)
            .map_err(|cause| Error::internal(anyhow::Error::new(cause).context("event")))?;
        self.weigh(payload.len());
        let event =
            Event { session_id, seq, at, name: kind.name().into(), payload: payload.into() };
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
        let now = self.now;
        let Some(head) = self.known_head_mut(session_id) else {
            return Err(Error::internal(anyhow::anyhow!("events of unread session {session_id}")));
        };
        let (key, first) = (head.key, head.seq + 1);
        head.seq += events.len() as i64;
        head.time = head.time.max(now);
        let at = head.time;
        let numbered = (first..).zip(events);
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
        events::insert_large(self, key, generation, at, &numbers)
    }

    /// Writes all but the events, and hands them out in place of a commit.
    pub(super) async fn hand_out(self) -> Result<Vec<Event>, Error> {
        let Self { connection, mut script, unwritten, mut written, .. } = self;
        script.run(connection).await?;
        written.extend(unwritten.into_iter().map(|(_, event)| event));
        Ok(written)
    }

    /// Commits, and hands out what happened, what the statement told that was asked last, and what
    /// may be remembered.
    pub(super) async fn commit(mut self) -> Result<(Vec<Event>, Option<String>, Memory), Error> {
        self.flush()?;
        self.script.add("commit");
        let rows = self.script.run(self.connection).await?;
        // From here on nothing fails: it is done.
        let told = rows.first().and_then(|row| row.try_get(0).ok());
        let memory = self.memory.within(self.limits.capacities.cached_sessions);
        Ok((self.written, told, memory))
    }
}

/// Reads what a statement tells as JSON.
pub(super) fn read_json<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Error> {
    serde_json::from_str(text)
        .map_err(|cause| Error::internal(anyhow::Error::new(cause).context("a statement's answer")))
}
