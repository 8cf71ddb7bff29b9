//! A session's events, from a number on.

use crate::engine::event_encoding::decode;
use crate::error::Error;
use crate::model::{Event, SessionId, Timestamp};
use crate::store::handle::Store;
use crate::store::sqlite::rows::sessions;

/// The most entries of the log that are read at a time.
const MAX_ENTRIES_PER_READ: i64 = 100;

/// About the most bytes of events in one answer.
pub const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Some of a session's events, in order.
#[derive(Debug)]
pub struct EventPage {
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// The number of the session's last event.
    pub seq: i64,
    /// Whether events after the asked number are no longer kept.
    pub gap: bool,
}

impl Store {
    /// At most `limit` events with a number above `since`, and no more entries of the log once they
    /// have `bytes`: one entry at least, so that there is always a next page.
    pub async fn events(
        &self,
        session_id: SessionId,
        since: i64,
        limit: i64,
        bytes: usize,
    ) -> Result<EventPage, Error> {
        let mut reader = self.database.bulk_readers.begin().await?;
        let session = sqlx::query!(
            r#"select session as "session!", seq as "seq!" from sessions where session_id = ?"#,
            session_id
        )
        .fetch_optional(&mut *reader)
        .await?;
        let Some(session) = session else {
            return Err(sessions::missing(&mut reader, session_id).await?);
        };
        let mut events: Vec<Event> = Vec::new();
        let mut last = since;
        let mut room = i64::try_from(bytes).unwrap_or(i64::MAX);
        while (events.len() as i64) < limit && room > 0 {
            let entries = limit.min(MAX_ENTRIES_PER_READ);
            // The sizes are read first, which leaves the texts where they are: so never more than
            // fits is in memory, and one entry.
            let rows = sqlx::query!(
                r#"with sizes (seq, size) as (
                       select i.seq,
                              coalesce(octet_length(l.events),
                                       (select octet_length(content) from internal_overflow_texts as t
                                        where t.session = l.session
                                          and t.generation = l.overflow_generation
                                          and t.kind = 'events' and t.part = l.overflow_part))
                       from (select session, seq, entry from internal_event_index
                             where entry <= (select entry from internal_event_index_end)
                             union all
                             select session, seq, entry from internal_event_log
                             where entry > (select entry from internal_event_index_end)) as i
                       join internal_event_log as l
                           on l.entry = i.entry and l.session = i.session and l.seq = i.seq
                       where i.session = ?1 and i.seq > ?2 order by i.seq limit ?3
                   ),
                   sums (seq, before) as (
                       select seq, sum(size) over (order by seq) - size from sizes
                   )
                   select seq as "seq!", at as "at!: Timestamp", events as "events!: String"
                   from internal_event_log_full
                   where session = ?1 and seq > ?2
                     and seq <= (select max(seq) from sums where before < ?4)
                   order by seq"#,
                session.session,
                last,
                entries,
                room
            )
            .fetch_all(&mut *reader)
            .await?;
            let Some(end) = rows.last() else { break };
            last = end.seq;
            for row in rows {
                room -= row.events.len() as i64;
                events.extend(decode(session_id, (row.seq, row.at, &row.events), since)?);
            }
        }
        events.truncate(usize::try_from(limit).unwrap_or_default());
        let next = events.first().map_or(session.seq + 1, |event| event.seq);
        Ok(EventPage { events, seq: session.seq, gap: limit > 0 && next != since + 1 })
    }
}
