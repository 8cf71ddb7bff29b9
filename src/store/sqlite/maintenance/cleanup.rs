//! Which sessions may go, why the others may not, and their removal.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::purge;
use crate::error::Error;
use crate::model::event::RemovalReason;
use crate::model::{Hours, SessionId, Timestamp};
use crate::store::handle::Store;
use crate::store::job::Write;
use crate::store::sqlite::rows::sessions;
use crate::store::sqlite::rows::tombstones::{Tombstone, insert_tombstones};
use crate::store::sqlite::transaction::{Transaction, json, read_json};

/// Sessions removed in one transaction: with more, joins wait noticeably; with fewer, it takes
/// longer.
const CHUNK_SESSIONS: usize = 70;

/// Candidates that are read at a time: as long as somebody reads, the write-ahead log can only grow.
const CANDIDATE_CHUNK_ROWS: i64 = 5_000;

/// From when on idleness counts, for sessions without a limit of their own and for those with one.
#[derive(Debug, Clone, Copy)]
struct Cutoff {
    last_activity: Timestamp,
    now: Timestamp,
}

impl Cutoff {
    fn new(max_inactive: Hours, now: Timestamp) -> Self {
        Self { last_activity: now.hours_before(max_inactive), now }
    }
}

/// Where a session comes among the idle ones: by what makes it so, its last activity or the end of its
/// own timeout, then by its key.
type Place = (String, i64);

/// Some idle sessions. One whose timeout is changed meanwhile may be among others again.
struct Idle {
    /// In the order of the rows in the file.
    keys: Vec<i64>,
    /// None if there are none.
    last: Option<Place>,
}

impl Idle {
    fn of(places: Vec<Place>) -> Self {
        let mut keys: Vec<i64> = places.iter().map(|(_, session)| *session).collect();
        keys.sort_unstable();
        Self { keys, last: places.into_iter().max() }
    }
}

/// Why a session stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeepReason {
    /// Clients have joined it.
    HasClients,
    /// It is marked as pinned.
    Pinned,
    /// It was active more recently than the time after which it may be removed.
    ActiveRecently,
}

/// Whether the cleanup would remove a session now, and why not.
#[derive(Debug, Serialize, ToSchema)]
pub struct CleanupStatus {
    /// Whether a cleanup would remove the session now.
    pub removable: bool,
    /// Why the session stays; empty if it is removable.
    pub reasons: Vec<KeepReason>,
    /// When the session was last active.
    pub idle_since: Timestamp,
    /// The time from which the session may be removed if nothing happens in it; null while it has clients
    /// or is pinned.
    pub removable_at: Option<Timestamp>,
    /// When the content was last changed; null if it never was. Joins do not count.
    pub last_command_at: Option<Timestamp>,
}

impl Store {
    /// Removes what was idle for `max_inactive` at `now`, or for its own limit; answers the ids.
    ///
    /// Candidates are read first, then deleted in chunks, so that nobody waits long. Each
    /// chunk is one DELETE that checks the predicate again: who joined meanwhile keeps the session.
    pub async fn cleanup(
        &self,
        max_inactive: Hours,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, Error> {
        self.correct_times().await?;
        let cutoff = Cutoff::new(max_inactive, now);
        let mut removed = Vec::new();
        let mut idle = self.some_idle_sessions(cutoff, Place::default()).await?;
        while let Some(last) = idle.last {
            for keys in idle.keys.chunks(CHUNK_SESSIONS) {
                removed.extend(self.write_chunk(RemoveIdle { keys: json(&keys)?, cutoff }).await?);
            }
            idle = self.some_idle_sessions(cutoff, last).await?;
        }
        Ok(removed)
    }

    /// The ids that [`Store::cleanup`] would remove.
    pub async fn idle(&self, max_inactive: Hours, now: Timestamp) -> Result<Vec<SessionId>, Error> {
        let cutoff = Cutoff::new(max_inactive, now);
        let mut keys = BTreeSet::new();
        let mut idle = self.some_idle_sessions(cutoff, Place::default()).await?;
        while let Some(last) = idle.last {
            keys.extend(idle.keys);
            idle = self.some_idle_sessions(cutoff, last).await?;
        }
        let keys: Vec<i64> = keys.into_iter().collect();
        let mut session_ids = Vec::with_capacity(keys.len());
        for keys in keys.chunks(CANDIDATE_CHUNK_ROWS as usize) {
            let keys = json(&keys)?;
            let some = sqlx::query_scalar!(
                r#"select json_group_array(session_id order by session) as "session_ids!: String"
                   from sessions
                   where session in (select value from json_each(?))"#,
                keys
            )
            .fetch_one(&self.database.bulk_readers)
            .await?;
            session_ids.extend(read_json::<Vec<SessionId>>(&some)?);
        }
        Ok(session_ids)
    }

    /// Those that come behind `after`, as many as are read at a time.
    async fn some_idle_sessions(&self, cutoff: Cutoff, after: Place) -> Result<Idle, Error> {
        let (since, session) = after;
        // As one row of JSON: a hundred thousand of them take sqlx half a second.
        let idle = sqlx::query_scalar!(
            // SQLite would choose to look at all sessions without clients. `indexed by` names the index
            // to use, and the plus keeps it from using the other one. Nor does it find the first timeout
            // behind a pair by its index, so the timeout is also compared alone.
            r#"select json_group_array(json_array(since, session)) as "idle!: String"
               from (
                   select session, last_activity as since
                   from sessions indexed by sessions_by_activity
                   where active_clients = 0 and pinned = 0
                     and idle_timeout_hours is null and last_activity < ?1
                     and (last_activity, session) > (?3, ?4)
                   union all
                   select session, expires_at from internal_session_expiry
                   where +active_clients = 0 and pinned = 0 and expires_at < ?2
                     and expires_at >= ?3 and (expires_at, session) > (?3, ?4)
                   order by since, session limit ?5
               )"#,
            cutoff.last_activity,
            cutoff.now,
            since,
            session,
            CANDIDATE_CHUNK_ROWS
        )
        .fetch_one(&self.database.bulk_readers)
        .await?;
        Ok(Idle::of(read_json(&idle)?))
    }

    /// Writes down after how long sessions are removed, for people who ask in SQL why one stays.
    pub async fn record_max_inactive(&self, max_inactive: Hours) -> Result<(), Error> {
        let recorded = sqlx::query_scalar!("select max_inactive_hours from internal_cleanup_rule")
            .fetch_one(&self.database.readers)
            .await?;
        if recorded == max_inactive.get() {
            return Ok(());
        }
        self.write_chunk(RecordMaxInactive(max_inactive)).await
    }

    /// Whether the cleanup would remove the session at `now`, and why not.
    pub async fn removability(
        &self,
        session_id: SessionId,
        max_inactive: Hours,
        now: Timestamp,
    ) -> Result<CleanupStatus, Error> {
        let row = sqlx::query!(
            r#"select last_activity as "last_activity: Timestamp", active_clients,
                      pinned as "pinned: bool",
                      (select expires_at from internal_session_expiry as e where e.session = s.session)
                          as "expires_at: Timestamp",
                      last_command_at as "last_command_at: Timestamp"
               from sessions as s where session_id = ?"#,
            session_id
        )
        .fetch_optional(&self.database.readers)
        .await?;
        let Some(row) = row else {
            let mut reader = self.database.readers.acquire().await?;
            return Err(sessions::missing(&mut reader, session_id).await?);
        };
        let end = row.expires_at.unwrap_or_else(|| row.last_activity.hours_after(max_inactive));
        let reasons: Vec<KeepReason> = [
            (row.active_clients > 0, KeepReason::HasClients),
            (row.pinned, KeepReason::Pinned),
            (end >= now, KeepReason::ActiveRecently),
        ]
        .into_iter()
        .filter_map(|(holds, reason)| holds.then_some(reason))
        .collect();
        Ok(CleanupStatus {
            removable: reasons.is_empty(),
            reasons,
            idle_since: row.last_activity,
            removable_at: (row.active_clients == 0 && !row.pinned).then_some(end),
            last_command_at: row.last_command_at,
        })
    }
}

struct RecordMaxInactive(Hours);

impl Write for RecordMaxInactive {
    type Output = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let hours = self.0.get();
        let record = sqlx::query!("update internal_cleanup_rule set max_inactive_hours = ?", hours);
        transaction.storage.execute(record).await?;
        Ok(())
    }
}

/// Deletes those of the sessions `keys` (a JSON list) that are still idle; answers their ids.
struct RemoveIdle {
    keys: String,
    cutoff: Cutoff,
}

impl Write for RemoveIdle {
    type Output = Vec<SessionId>;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Vec<SessionId>, Error> {
        let rows = sqlx::query!(
            r#"delete from sessions
               where session in (select value from json_each(?1))
                 and active_clients = 0 and pinned = 0
                 and iif(idle_timeout_hours is null, last_activity < ?2,
                         (select expires_at from internal_session_expiry as e
                          where e.session = sessions.session) < ?3)
               returning session as "session!", session_id as "session_id!: SessionId",
                         seq as "seq!",
                         max(last_activity, coalesce(time_floor, '')) as "time!: Timestamp""#,
            self.keys,
            self.cutoff.last_activity,
            self.cutoff.now
        )
        .fetch_all(transaction.storage.connection().await?)
        .await?;
        let removed: Vec<Tombstone> = rows
            .into_iter()
            .map(|row| Tombstone {
                session_id: row.session_id,
                key: row.session,
                seq: row.seq,
                time: row.time,
            })
            .collect();
        let session_ids = removed.iter().map(|removed| removed.session_id).collect();
        insert_tombstones(transaction, &removed, RemovalReason::Idle)?;
        // Most sessions are small: where they cannot be restored, their content goes with them, for one commit
        // instead of two.
        if purge::expired_sessions(transaction, "").await? {
            purge::removed_sessions(transaction).await?;
        }
        Ok(session_ids)
    }
}
