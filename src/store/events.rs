//! The rows of `events`.

use std::fmt::Write;

use super::script::later;
use super::{Change, Store, Transaction, sessions};
use crate::error::Error;
use crate::session::{Event, SessionId, Timestamp};

/// The most events that one transaction of the retention removes, so that it blocks nobody.
const SLICE: i64 = 500;

/// Some of a session's events, in order.
#[derive(Debug)]
pub struct EventPage {
    pub events: Vec<Event>,
    /// The number of the session's last event.
    pub seq: i64,
    /// Whether events after the asked number are no longer kept.
    pub gap: bool,
}

/// Writes events; the sessions' `seq` and `last_activity` follow by trigger.
pub(super) fn insert(
    transaction: &mut Transaction<'_>,
    events: &[(i64, Event)],
) -> Result<(), Error> {
    let now = transaction.now();
    later!(
        transaction,
        "insert into events (at, session, seq, event, payload)
         select ?, value ->> 0, value ->> 1, value ->> 2, value -> 3
         from jsonb_each(?)",
        now,
        &rows(events)
    )
}

/// `[[session, seq, name, payload], …]`; names and payloads are JSON already.
fn rows(events: &[(i64, Event)]) -> String {
    let size: usize = events.iter().map(|(_, event)| event.payload.len() + 64).sum();
    let mut rows = String::with_capacity(size);
    let mut before = '[';
    for (key, Event { seq, name, payload, .. }) in events {
        rows.push(before);
        // Writing to a String cannot fail.
        let _ = write!(rows, r#"[{key},{seq},"{name}",{payload}]"#);
        before = ',';
    }
    rows.push(']');
    rows
}

/// Removes some of the events from before `cutoff`, oldest first; answers how many.
struct ForgetEvents {
    cutoff: Timestamp,
}

impl Change for ForgetEvents {
    type Answer = u64;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<u64, Error> {
        // The order of event_id is the order of time: the oldest are at its beginning.
        let done = sqlx::query!(
            "delete from events
             where event_id in (select event_id from events order by event_id limit ?1)
               and at < ?2",
            SLICE,
            self.cutoff
        )
        .execute(transaction.connection().await?)
        .await?;
        Ok(done.rows_affected())
    }
}

/// Removes some of the tombstones from before `cutoff` that no event refers to.
struct ForgetTombstones {
    cutoff: Timestamp,
}

impl Change for ForgetTombstones {
    type Answer = u64;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<u64, Error> {
        let done = sqlx::query!(
            "delete from removed_sessions where session in
                 (select session from removed_sessions as r
                  where removed_at < ?1
                    and not exists (select 1 from events as e where e.session = r.session)
                  order by removed_at limit ?2)",
            self.cutoff,
            SLICE
        )
        .execute(transaction.connection().await?)
        .await?;
        Ok(done.rows_affected())
    }
}

impl Store {
    /// At most `limit` events with a number above `since`.
    pub async fn events(
        &self,
        session_id: SessionId,
        since: i64,
        limit: i64,
    ) -> Result<EventPage, Error> {
        let mut reader = self.readers.begin().await?;
        let session = sqlx::query!(
            r#"select session as "session!", seq as "seq!" from sessions where session_id = ?"#,
            session_id
        )
        .fetch_optional(&mut *reader)
        .await?;
        let Some(session) = session else {
            return Err(sessions::why_missing(&mut reader, session_id).await?);
        };
        let rows = sqlx::query!(
            r#"select seq, at as "at: Timestamp", event, payload from events
               where session = ? and seq > ? order by seq limit ?"#,
            session.session,
            since,
            limit
        )
        .fetch_all(&mut *reader)
        .await?;
        let events: Vec<Event> = rows
            .into_iter()
            .map(|row| Event {
                session_id,
                seq: row.seq,
                at: row.at,
                name: row.event.into(),
                payload: row.payload.into_boxed_str(),
            })
            .collect();
        let next = events.first().map_or(session.seq + 1, |event| event.seq);
        Ok(EventPage { events, seq: session.seq, gap: limit > 0 && next != since + 1 })
    }

    /// Removes the events from before `cutoff`; answers how many.
    pub async fn forget_events(&self, cutoff: Timestamp) -> Result<u64, Error> {
        let mut forgotten = 0;
        loop {
            match self.write_slice(ForgetEvents { cutoff }).await? {
                0 => return Ok(forgotten),
                some => forgotten += some,
            }
        }
    }

    /// Removes the tombstones from before `cutoff`; one is kept as long as its events are.
    pub async fn forget_tombstones(&self, cutoff: Timestamp) -> Result<u64, Error> {
        let mut forgotten = 0;
        loop {
            match self.write_slice(ForgetTombstones { cutoff }).await? {
                0 => return Ok(forgotten),
                some => forgotten += some,
            }
        }
    }
}
