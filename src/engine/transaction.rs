//! One transaction: what it has read, the events that it has recorded, and its storage.

use std::collections::BTreeSet;

use super::head::{Cache, Head};
use super::limits::Limits;
use super::storage::{Delta, Storage};
use super::tree::SessionKey;
use crate::error::Error;
use crate::metrics::Occurrence;
use crate::model::{Event, EventKind, SessionId, Timestamp};

/// What has happened in a transaction, for those who follow its sessions.
#[derive(Debug, Default)]
pub struct Happened {
    /// New sessions.
    pub created: Vec<SessionId>,
    /// In order.
    pub events: Vec<Event>,
    /// Sessions of which events were staged, and the number of the last of them. They are in the log,
    /// and not among `events`, which may have others from before and after them.
    pub logged: Vec<(SessionId, i64)>,
    /// What is counted once the transaction is committed.
    pub occurrences: Vec<Occurrence>,
}

/// A transaction has one time, which every change in it shares. Only a session that was dated later by a
/// wrong clock has its events at that later time: the time of a session never goes back.
///
/// A change reads before it writes. Once it has written it may fail only together with the whole
/// transaction, so a refused change leaves no trace.
pub struct Transaction<'l, S> {
    /// Where it reads, and where it writes its changes at the end.
    pub storage: S,
    /// What it knows of sessions, clients and positions, ahead of the storage by its own changes.
    pub cache: Cache,
    now: Timestamp,
    limits: &'l Limits,
    /// Events that the storage does not have yet.
    unwritten: Vec<(SessionKey, Event)>,
    happened: Happened,
    /// The bytes of events and of the changes in the history so far.
    bytes: usize,
}

impl<'l, S: Storage> Transaction<'l, S> {
    /// A transaction of `storage`, of which `cache` is known.
    pub fn new(storage: S, cache: Cache, now: Timestamp, limits: &'l Limits) -> Self {
        let (unwritten, happened, bytes) = (Vec::new(), Happened::default(), 0);
        Self { storage, cache, now, limits, unwritten, happened, bytes }
    }

    /// When all of this happens.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The bounds that the operator has set.
    pub fn limits(&self) -> &'l Limits {
        self.limits
    }

    /// Counts bytes of changes that go into the history, or come out of it.
    pub fn add_bytes(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// Whether so much has happened that others should not wait for more of it.
    pub fn is_full(&self) -> bool {
        self.bytes >= self.limits.capacities.transaction_bytes
    }

    /// The session, or an error that says why there is none.
    pub async fn head(&mut self, session_id: SessionId) -> Result<Head, Error> {
        self.load([session_id]).await?;
        match self.cache.heads.get(&session_id) {
            Some(head) => Ok(head.clone()),
            None => Err(self.storage.missing_session(session_id).await?),
        }
    }

    /// Reads the sessions that are not known yet.
    pub async fn load(
        &mut self,
        session_ids: impl IntoIterator<Item = SessionId>,
    ) -> Result<(), Error> {
        let heads = &self.cache.heads;
        let unknown: BTreeSet<SessionId> =
            session_ids.into_iter().filter(|session_id| !heads.contains_key(session_id)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        tracing::debug!(sessions = unknown.len(), "read sessions that the cache does not have");
        let unknown: Vec<SessionId> = unknown.into_iter().collect();
        for (session_id, head) in self.storage.heads(&unknown).await? {
            self.cache.heads.entry(session_id).or_insert(head);
        }
        Ok(())
    }

    /// A session that was read.
    pub fn known_head(&self, session_id: SessionId) -> Option<&Head> {
        self.cache.heads.get(&session_id)
    }

    /// A session that was read, to be changed.
    pub fn known_head_mut(&mut self, session_id: SessionId) -> Option<&mut Head> {
        self.cache.heads.get_mut(&session_id)
    }

    /// A session that must have been read.
    pub fn loaded_head(&mut self, session_id: SessionId) -> Result<&mut Head, Error> {
        self.cache
            .heads
            .get_mut(&session_id)
            .ok_or_else(|| Error::internal(anyhow::anyhow!("session {session_id} was not read")))
    }

    /// Reads who is in which session, once. Most clients that join are new, and each of them would have
    /// to be looked up otherwise.
    pub async fn load_memberships(&mut self) -> Result<(), Error> {
        if self.cache.memberships.is_some() {
            return Ok(());
        }
        let memberships = self.storage.memberships().await?;
        self.cache.memberships = Some(Default::default());
        for (client_id, session_id) in memberships {
            self.cache.add_member(&client_id, session_id);
        }
        Ok(())
    }

    /// Counts something, once the transaction is committed.
    pub fn count(&mut self, occurrence: Occurrence) {
        self.happened.occurrences.push(occurrence);
    }

    /// Records an event of a session that was read: it gets the session's next number.
    pub fn record(&mut self, session_id: SessionId, kind: &EventKind) -> Result<(), Error> {
        let now = self.now;
        let head = self.loaded_head(session_id)?;
        head.seq += 1;
        head.time = head.time.max(now);
        let (key, seq, at) = (head.key, head.seq, head.time);
        self.push_event(session_id, key, (seq, at), kind)
    }

    /// Records the last event of a session whose row was just deleted, after its last event `seq`, and
    /// no earlier than `time`.
    pub fn record_removal(
        &mut self,
        session_id: SessionId,
        key: SessionKey,
        (seq, time): (i64, Timestamp),
        kind: &EventKind,
    ) -> Result<(), Error> {
        self.cache.heads.remove(&session_id);
        self.push_event(session_id, key, (seq + 1, time.max(self.now)), kind)
    }

    fn push_event(
        &mut self,
        session_id: SessionId,
        key: SessionKey,
        (seq, at): (i64, Timestamp),
        kind: &EventKind,
    ) -> Result<(), Error> {
        let payload = serde_json::to_string(kind)
            .map_err(|cause| Error::internal(anyhow::Error::new(cause).context("event")))?;
        self.add_bytes(payload.len());
        match kind {
            EventKind::SessionDisconnected { reason, .. } => self.count(Occurrence::Left(*reason)),
            EventKind::SessionRemoved { reason } => self.count(Occurrence::Removed(*reason)),
            _ => {}
        }
        let event =
            Event { session_id, seq, at, name: kind.name().into(), payload: payload.into() };
        self.unwritten.push((key, event));
        Ok(())
    }

    /// Records that a session was created, which is no event.
    pub fn record_created(&mut self, session_id: SessionId) {
        self.happened.created.push(session_id);
    }

    /// Records events of a session, up to and with the number `until`, that are in the log already.
    pub fn record_logged(&mut self, session_id: SessionId, until: i64) {
        self.happened.logged.push((session_id, until));
    }

    /// Hands a delta to the storage.
    pub fn write(&mut self, delta: Delta<'_>) -> Result<(), Error> {
        self.storage.write(self.now, delta)
    }

    /// Writes the events so far, so that the rows of their sessions are as the heads say.
    pub fn flush_events(&mut self) -> Result<(), Error> {
        let unwritten = std::mem::take(&mut self.unwritten);
        if !unwritten.is_empty() {
            self.write(Delta { events: &unwritten, ..Delta::default() })?;
            self.happened.events.extend(unwritten.into_iter().map(|(_, event)| event));
        }
        Ok(())
    }

    /// Writes the rest, and takes the transaction apart: its storage, which is to be committed, what is
    /// known from now on, and what has happened.
    pub fn finish(mut self) -> Result<(S, Cache, Happened), Error> {
        self.flush_events()?;
        let cache = self.cache.bounded(self.limits.capacities.cached_sessions);
        Ok((self.storage, cache, self.happened))
    }
}
