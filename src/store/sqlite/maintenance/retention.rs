//! Retention: events, tombstones and answers that are older than they are to be kept.

use crate::error::Error;
use crate::model::Timestamp;
use crate::store::handle::Store;
use crate::store::job::Write;
use crate::store::sqlite::transaction::Transaction;

/// The most entries of the log, or tombstones, that one transaction deletes, so that it blocks nobody.
const CHUNK_ROWS: i64 = 200;
/// The most answers that one transaction deletes.
const ANSWER_CHUNK_ROWS: i64 = 500;

/// Deletes some of the entries from before `cutoff`, oldest first; how many.
struct PruneEvents {
    cutoff: Timestamp,
}

impl Write for PruneEvents {
    type Output = u64;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<u64, Error> {
        // The order of entries is the order of time: the oldest are at its beginning. One that is
        // dated ahead by a wrong clock is as old as what corrected it. One of which messages
        // are still to be made for webhooks stays until then.
        let now = transaction.now();
        let some = sqlx::query!(
            "delete from internal_event_log
             where entry in (select entry from internal_event_log order by entry limit ?1)
               and entry <= coalesce((select min(entry) from webhook_endpoints), entry)
               and min(at, coalesce((select c.at from internal_clock_corrections as c
                                     where c.last_entry >= internal_event_log.entry and internal_event_log.at > ?3
                                     order by c.last_entry limit 1), at)) < ?2",
            CHUNK_ROWS,
            self.cutoff,
            now
        );
        transaction.storage.execute(some).await
    }
}

/// Deletes some of the tombstones from before `cutoff` that no event refers to, and whose sessions cannot be
/// restored.
struct PruneTombstones {
    cutoff: Timestamp,
}

impl Write for PruneTombstones {
    type Output = u64;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<u64, Error> {
        let now = transaction.now();
        let some = sqlx::query!(
            "delete from tombstones where session in
                 (select session from tombstones as r
                  where removed_at < ?1
                    and not exists (select 1 from internal_removed_sessions as s
                                    where s.session = r.session and s.restorable_until > ?3)
                    and not exists (select 1 from internal_event_index as e where e.session = r.session)
                    and session not in (select session from internal_event_log
                                        where entry > (select entry from internal_event_index_end))
                  order by removed_at limit ?2)",
            self.cutoff,
            CHUNK_ROWS,
            now
        );
        transaction.storage.execute(some).await
    }
}

/// Deletes some of the answers from before `cutoff`; how many.
struct PruneAnswers {
    cutoff: Timestamp,
}

impl Write for PruneAnswers {
    type Output = u64;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<u64, Error> {
        let some = sqlx::query!(
            "delete from internal_idempotency_keys where (session, key) in
                 (select session, key from internal_idempotency_keys where at < ?1 order by at limit ?2)",
            self.cutoff,
            ANSWER_CHUNK_ROWS
        );
        transaction.storage.execute(some).await
    }
}

impl Store {
    /// Deletes the events from before `cutoff`; of how many entries of the log.
    pub async fn prune_events(&self, cutoff: Timestamp) -> Result<u64, Error> {
        let mut pruned = 0;
        loop {
            match self.write_chunk(PruneEvents { cutoff }).await? {
                0 => return Ok(pruned),
                some => pruned += some,
            }
        }
    }

    /// Deletes the tombstones from before `cutoff`; one is kept as long as its events are.
    pub async fn prune_tombstones(&self, cutoff: Timestamp) -> Result<u64, Error> {
        let mut pruned = 0;
        loop {
            match self.write_chunk(PruneTombstones { cutoff }).await? {
                0 => return Ok(pruned),
                some => pruned += some,
            }
        }
    }

    /// Deletes the answers from before `cutoff`.
    pub async fn prune_answers(&self, cutoff: Timestamp) -> Result<(), Error> {
        while self.write_chunk(PruneAnswers { cutoff }).await? > 0 {}
        Ok(())
    }
}
