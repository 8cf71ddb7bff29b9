//! The rows of `tombstones`: sessions that were removed, so that their addresses can say when and why.

use crate::engine::tree::SessionKey;
use crate::error::Error;
use crate::model::event::RemovalReason;
use crate::model::{EventKind, SessionId, Timestamp};
use crate::store::sqlite::statement_batch::queue;
use crate::store::sqlite::transaction::{Transaction, json};

/// A session whose row was just deleted.
pub struct Tombstone {
    pub session_id: SessionId,
    pub key: SessionKey,
    /// The number of its last event so far.
    pub seq: i64,
    /// No event of it may be dated before this.
    pub time: Timestamp,
}

/// Inserts tombstones, and records the removal of each session. Their content stays for the time in which they
/// can be restored.
pub fn insert_tombstones(
    transaction: &mut Transaction<'_>,
    tombstones: &[Tombstone],
    reason: RemovalReason,
) -> Result<(), Error> {
    if tombstones.is_empty() {
        return Ok(());
    }
    let now = transaction.now();
    let rows: Vec<_> = tombstones.iter().map(|row| (row.key, row.session_id)).collect();
    queue!(
        transaction.storage.batch(),
        "insert into tombstones (removed_at, reason, session, session_id)
         select ?, ?, value ->> 0, value ->> 1 from jsonb_each(?)",
        now,
        reason.as_str(),
        &json(&rows)?
    )?;
    let keys: Vec<_> = tombstones.iter().map(|row| row.key).collect();
    let window = transaction.limits().sessions.restore_window;
    let restorable_until = window.map(|window| now.after(window).to_string()).unwrap_or_default();
    queue!(
        transaction.storage.batch(),
        "update internal_removed_sessions
         set seq = seq + 1, last_activity = max(last_activity, ?), restorable_until = ?
         where session in (select value from json_each(?))",
        now,
        &restorable_until,
        &json(&keys)?
    )?;
    for Tombstone { session_id, key, seq, time } in tombstones {
        let event = EventKind::SessionRemoved { reason };
        transaction.record_removal(*session_id, *key, (*seq, *time), &event)?;
    }
    Ok(())
}
