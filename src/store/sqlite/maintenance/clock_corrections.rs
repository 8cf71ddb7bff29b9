//! Times that a wrong clock has written, and what is made of them once it is right.
//!
//! A session's time does not go back, so its next events are dated as late as its latest. But nothing
//! else may wait until such a date has come: idleness and retention count from the moment when the
//! mistake was seen. If it was none, since the clock was behind, the dates count again once they have
//! come. See `internal_clock_corrections` in `0001_sessions.sql`.

use std::time::Duration;

use crate::error::Error;
use crate::model::Timestamp;
use crate::store::handle::Store;
use crate::store::job::Write;
use crate::store::sqlite::transaction::Transaction;

/// How far ahead of the clock a time is taken for a mistake: clocks are put right by less all the time.
const TOLERANCE: Duration = Duration::from_secs(60);
/// Messages of webhooks wait less than this for their next attempt.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// The most rows of a table that one transaction corrects, so that it blocks nobody.
const CHUNK_ROWS: i64 = 500;

/// Corrects some of what is dated ahead of the clock.
struct CorrectTimes;

/// What was corrected.
#[derive(Default)]
struct Corrected {
    /// Sessions that were not known to be ahead; the others went on at their own time since.
    sessions: i64,
    /// Whether there may be more.
    more: bool,
}

impl Write for CorrectTimes {
    type Output = Corrected;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Corrected, Error> {
        let now = transaction.now();
        let limit = now.after(TOLERANCE);
        let ahead = sqlx::query!(
            r#"select json_group_array(session) as "keys!: String", count(*) as "count!: i64",
                      coalesce(sum(time_floor is null), 0) as "new!: i64"
               from (select session, time_floor from sessions
                     where last_activity > ? order by last_activity limit ?)"#,
            limit,
            CHUNK_ROWS
        )
        .fetch_one(transaction.storage.connection().await?)
        .await?;
        let mut corrected = [ahead.count, 0, 0];
        let come = sqlx::query!(
            "update sessions
             set last_activity = max(last_activity, time_floor), time_floor = null
             where session in (select session from sessions where time_floor <= ?1
                               order by time_floor limit ?2)",
            now,
            CHUNK_ROWS
        );
        let come = transaction.storage.execute(come).await? as i64;
        if ahead.count > 0 {
            // What the writer remembers of a session's time is the later of the two, as before.
            let sessions = sqlx::query!(
                "update sessions
                 set time_floor = max(last_activity, coalesce(time_floor, '')), last_activity = ?1,
                     created_at = min(created_at, ?1), last_command_at = min(last_command_at, ?1)
                 where session in (select value from json_each(?2))",
                now,
                ahead.keys
            );
            transaction.storage.execute(sessions).await?;
        }
        let tombstones = sqlx::query!(
            "update tombstones set removed_at = ?1 where session in
                 (select session from tombstones where removed_at > ?2
                  order by removed_at limit ?3)",
            now,
            limit,
            CHUNK_ROWS
        );
        corrected[1] = transaction.storage.execute(tombstones).await? as i64;
        if let Some(window) = transaction.limits().sessions.restore_window {
            let (latest, limit) = (now.after(window), limit.after(window));
            let removed = sqlx::query!(
                "update internal_removed_sessions set restorable_until = ?1 where session in
                     (select session from internal_removed_sessions where restorable_until > ?2
                      order by restorable_until limit ?3)",
                latest,
                limit,
                CHUNK_ROWS
            );
            transaction.storage.execute(removed).await?;
        }
        let answers = sqlx::query!(
            "update internal_idempotency_keys set at = ?1 where (session, key) in
                 (select session, key from internal_idempotency_keys where at > ?2 order by at limit ?3)",
            now,
            limit,
            CHUNK_ROWS
        );
        corrected[2] = transaction.storage.execute(answers).await? as i64;
        // Whatever else was dated ahead had events, so they are before the end of the log.
        if corrected.iter().any(|rows| *rows > 0) {
            let correction = sqlx::query!(
                "insert into internal_clock_corrections (last_entry, at)
                 select entry, ?1 from internal_event_log where true order by entry desc limit 1
                 on conflict (last_entry) do nothing",
                now
            );
            transaction.storage.execute(correction).await?;
        }
        let outlived = sqlx::query!(
            "delete from internal_clock_corrections
             where last_entry < coalesce((select min(entry) from internal_event_log), last_entry + 1)"
        );
        transaction.storage.execute(outlived).await?;
        let messages = correct_webhooks(transaction, now).await?;
        let more = corrected.into_iter().chain([come, messages]).any(|rows| rows >= CHUNK_ROWS);
        Ok(Corrected { sessions: ahead.new, more })
    }
}

/// Lets no message of a webhook wait for a date that a wrong clock has set, and no session that is new for an
/// endpoint that is newer. Returns how many messages; the others of their sessions wait behind them. How long
/// they are kept does not change, so that a clock that is behind for a while removes none.
async fn correct_webhooks(transaction: &mut Transaction<'_>, now: Timestamp) -> Result<i64, Error> {
    let limit = now.after(TOLERANCE);
    let endpoints = sqlx::query!(
        "update webhook_endpoints set created_at = ?1 where created_at > ?2",
        now,
        limit
    );
    transaction.storage.execute(endpoints).await?;
    let latest = now.after(MAX_RETRY_DELAY);
    let messages = sqlx::query!(
        "update webhook_deliveries set not_before = min(not_before, ?1), next_at = min(next_at, ?1)
         where delivery in (
             select delivery from webhook_deliveries where created_at > ?2 and not_before > ?2
             union
             select d.delivery from webhook_endpoints as w
             join webhook_deliveries as d on d.endpoint = w.endpoint and d.next_at > ?3
             limit ?4)",
        now,
        limit,
        latest,
        CHUNK_ROWS
    );
    Ok(transaction.storage.execute(messages).await? as i64)
}

impl Store {
    /// Makes what is dated ahead of the clock count from now on.
    pub async fn correct_times(&self) -> Result<(), Error> {
        let mut sessions = 0;
        loop {
            let corrected = self.write_chunk(CorrectTimes).await?;
            sessions += corrected.sessions;
            if !corrected.more {
                break;
            }
        }
        if sessions > 0 {
            tracing::warn!(
                sessions,
                "the clock was ahead; what it has dated in the future counts as of now"
            );
        }
        Ok(())
    }
}
