//! Content that belongs to nothing any more, removed in chunks so that nobody waits long: that of
//! sessions that are gone, and what a large change has left behind.

use crate::error::Error;
use crate::model::Timestamp;
use crate::store::handle::Store;
use crate::store::job::Write;
use crate::store::sqlite::statement_batch::queue;
use crate::store::sqlite::transaction::Transaction;

/// The most rows that one transaction removes of several sessions, where they stand together.
const MAX_ROWS_TOGETHER: i64 = 2_500;
/// The most that it removes of one that is larger: some milliseconds of work.
const CHUNK_ROWS: i64 = 400;
/// The most sessions in one transaction.
const CHUNK_SESSIONS: i64 = 100;
/// The most parts of long texts that one transaction removes; each has some dozen KiB.
const CHUNK_PARTS: i64 = 32;

/// Removes some orphaned content; returns whether there may be more.
async fn orphaned_content(transaction: &mut Transaction<'_>) -> Result<bool, Error> {
    let orphaned = sqlx::query!(
        r#"select session as "session!", generation as "generation!", kind as "kind!"
           from internal_orphaned_content where not unfinished limit 1"#
    )
    .fetch_optional(transaction.storage.connection().await?)
    .await?;
    let Some(orphaned) = orphaned else { return Ok(false) };
    let some = if orphaned.kind == "nodes" {
        sqlx::query!(
            "delete from nodes where session = ?1 and generation = ?2 and node_id in
                 (select node_id from nodes where session = ?1 and generation = ?2
                  order by node_id limit ?3)",
            orphaned.session,
            orphaned.generation,
            CHUNK_ROWS
        )
    } else {
        sqlx::query!(
            "delete from internal_overflow_texts where session = ?1 and generation = ?2 and kind = ?3
               and part in
                 (select part from internal_overflow_texts
                  where session = ?1 and generation = ?2 and kind = ?3 order by part limit ?4)",
            orphaned.session,
            orphaned.generation,
            orphaned.kind,
            CHUNK_PARTS
        )
    };
    if transaction.storage.execute(some).await? == 0 {
        queue!(
            transaction.storage.batch(),
            "delete from internal_orphaned_content where session = ? and generation = ? and kind = ?",
            orphaned.session,
            orphaned.generation,
            orphaned.kind
        )?;
    }
    Ok(true)
}

/// Queues the content of some sessions that nobody can restore any more to be purged; returns whether there
/// may be more. `now` is empty for those that nobody could restore at all.
pub(super) async fn expired_sessions(
    transaction: &mut Transaction<'_>,
    now: &str,
) -> Result<bool, Error> {
    let expired = sqlx::query!(
        r#"select json_group_array(session) as "keys!: String", count(*) as "count!: i64"
           from (select session from internal_removed_sessions where restorable_until <= ?
                 order by restorable_until limit ?)"#,
        now,
        CHUNK_SESSIONS
    )
    .fetch_one(transaction.storage.connection().await?)
    .await?;
    if expired.count == 0 {
        return Ok(false);
    }
    // A session with orphaned content counts as too large to be purged in one transaction.
    queue!(
        transaction.storage.batch(),
        "insert or ignore into internal_purge_queue
         select session, node_count + steps
                         + 1000000 * (select count(*) from internal_orphaned_content as o
                                      where o.session = r.session)
         from internal_removed_sessions as r where session in (select value from json_each(?))",
        &expired.keys
    )?;
    queue!(
        transaction.storage.batch(),
        "delete from internal_removed_sessions where session in (select value from json_each(?))",
        &expired.keys
    )?;
    Ok(true)
}

/// Removes some rows of sessions that are gone; answers whether there may be more.
pub(super) async fn removed_sessions(transaction: &mut Transaction<'_>) -> Result<bool, Error> {
    let too_many = MAX_ROWS_TOGETHER + 1;
    let waiting = sqlx::query!(
        // Answers are counted only now, and no further than it matters: they go by time as well.
        r#"select session as "session!",
                  max_rows + (select count(*) from (select 1 from internal_idempotency_keys as k
                                                    where k.session = gone.session limit ?))
                      as "content!: i64"
           from internal_purge_queue as gone
           order by session limit ?"#,
        too_many,
        CHUNK_SESSIONS
    )
    .fetch_all(transaction.storage.connection().await?)
    .await?;
    let Some(first) = waiting.first() else { return Ok(false) };
    let mut content = 0;
    let fitting = waiting.iter().take_while(|gone| {
        content += gone.content;
        content <= MAX_ROWS_TOGETHER
    });
    match fitting.last() {
        Some(last) => take_all(transaction, last.session)?,
        None => take_part(transaction, first.session).await?,
    }
    Ok(true)
}

/// Removes what is left of every session that is gone, up to the key `last`.
fn take_all(transaction: &mut Transaction<'_>, last: i64) -> Result<(), Error> {
    queue!(
        transaction.storage.batch(),
        "delete from nodes where session in
             (select session from internal_purge_queue where session <= ?)",
        last
    )?;
    queue!(
        transaction.storage.batch(),
        "delete from history where session in
             (select session from internal_purge_queue where session <= ?)",
        last
    )?;
    queue!(
        transaction.storage.batch(),
        "delete from internal_idempotency_keys where session in
             (select session from internal_purge_queue where session <= ?)",
        last
    )?;
    queue!(
        transaction.storage.batch(),
        "delete from internal_position_remaps where session in
             (select session from internal_purge_queue where session <= ?)",
        last
    )?;
    queue!(transaction.storage.batch(), "delete from internal_purge_queue where session <= ?", last)
}

/// Removes some of a session that is too large for one transaction.
async fn take_part(transaction: &mut Transaction<'_>, session: i64) -> Result<(), Error> {
    let nodes = sqlx::query!(
        "delete from nodes where session = ?1 and (generation, node_id) in
             (select generation, node_id from nodes where session = ?1
              order by generation, node_id limit ?2)",
        session,
        CHUNK_ROWS
    );
    if transaction.storage.execute(nodes).await? > 0 {
        return Ok(());
    }
    let steps = sqlx::query!(
        "delete from history where session = ?1 and step in
             (select step from history where session = ?1 order by step limit ?2)",
        session,
        CHUNK_ROWS
    );
    if transaction.storage.execute(steps).await? > 0 {
        return Ok(());
    }
    let answers = sqlx::query!(
        "delete from internal_idempotency_keys where session = ?1 and key in
             (select key from internal_idempotency_keys where session = ?1 order by key limit ?2)",
        session,
        CHUNK_ROWS
    );
    if transaction.storage.execute(answers).await? > 0 {
        return Ok(());
    }
    take_all(transaction, session)
}

struct PurgeChunk {
    /// As text; empty while the clock cannot be trusted.
    now: String,
}

impl Write for PurgeChunk {
    type Output = bool;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<bool, Error> {
        // Orphaned content goes first. After that a removed session has as many rows as its entry in the queue
        // says.
        Ok(orphaned_content(transaction).await?
            || removed_sessions(transaction).await?
            || expired_sessions(transaction, &self.now).await?)
    }
}

impl Store {
    /// Removes the content of every session that was removed and cannot be restored at `now`, and all orphaned
    /// content. Without a time it removes only what could never be restored. While a large change is staged it
    /// removes only one chunk, since the chunks of the change come first.
    pub async fn purge(&self, now: Option<Timestamp>) -> Result<(), Error> {
        let now = now.map(|now| now.to_string()).unwrap_or_default();
        while self.write_chunk(PurgeChunk { now: now.clone() }).await? && !self.staging.is_taken() {
        }
        Ok(())
    }
}
