//! Reads what a live connection has missed, in pages that are bounded in bytes.

use crate::engine::event_encoding::decode;
use crate::error::Error;
use crate::model::{Event, SessionId, Timestamp};
use crate::store::handle::Store;
use crate::store::sqlite::rows::sessions;

/// A page ends with the entry that brings it to so many bytes: who waits for it is a connection that
/// may be one of many.
const PAGE_BYTES: i64 = 256 * 1024;
/// The most entries of a page.
const MAX_PAGE_ENTRIES: i64 = 500;

impl Store {
    /// Some of the events above `after`, up to and with `until`: at least one where there is one.
    /// Those of a session that was removed can be had as long as it is remembered.
    pub async fn missed_events(
        &self,
        session_id: SessionId,
        after: i64,
        until: i64,
    ) -> Result<Vec<Event>, Error> {
        let mut reader = self.database.readers.begin().await?;
        let session = sqlx::query_scalar!(
            r#"select session as "session!" from sessions where session_id = ?1
               union all
               select session from tombstones where session_id = ?1"#,
            session_id
        )
        .fetch_optional(&mut *reader)
        .await?;
        let Some(session) = session else {
            return Err(sessions::missing(&mut reader, session_id).await?);
        };
        // The sizes first: some hundred entries may have some hundred megabytes.
        let sizes = sqlx::query_scalar!(
            r#"select octet_length(events) as "size!: i64"
               from internal_event_log_full where session = ? and seq > ? order by seq limit ?"#,
            session,
            after,
            MAX_PAGE_ENTRIES
        )
        .fetch_all(&mut *reader)
        .await?;
        let mut room = PAGE_BYTES;
        let mut entries: i64 = 0;
        for size in sizes {
            if room <= 0 {
                break;
            }
            room -= size;
            entries += 1;
        }
        let rows = sqlx::query!(
            r#"select seq, at as "at: Timestamp", events as "events!: String"
               from internal_event_log_full where session = ? and seq > ? order by seq limit ?"#,
            session,
            after,
            entries
        )
        .fetch_all(&mut *reader)
        .await?;
        let mut events: Vec<Event> = Vec::new();
        for row in rows {
            let more = decode(session_id, (row.seq, row.at, &row.events), after)?;
            events.extend(more.into_iter().take_while(|event| event.seq <= until));
        }
        Ok(events)
    }
}
