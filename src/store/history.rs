//! The rows of `history`: what was done, and what of it may be undone or redone.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::script::later;
use super::transaction::Head;
use super::{Transaction, json};
use crate::error::Error;
use crate::model::{CommandId, ContentLimits, NodeChange, Scope, SessionId, Timestamp};

mod listing;
mod reach;
pub(super) mod remaps;

pub use listing::{HistoryItem, HistoryPage};
pub(super) use reach::{Found, Reach, available, last_applied, last_undone};

/// A command that was done.
pub(super) struct Step {
    pub session: i64,
    pub step: i64,
    /// Of its last event.
    pub at: Timestamp,
    pub command_id: CommandId,
    pub command_type: &'static str,
    pub client_id: Option<String>,
    pub seq: i64,
    pub revision: i64,
    /// The bytes of the changes of all steps before it, and its own.
    pub bytes_before: i64,
    pub bytes: i64,
    /// JSON.
    pub changes: Box<RawValue>,
    /// The generation under which a large change has put them instead.
    pub large_changes: Option<i64>,
}

impl Step {
    fn bytes_after(&self) -> i64 {
        self.bytes_before + self.bytes
    }

    /// Writes changes down as they are kept.
    pub fn changes(changes: &[NodeChange]) -> Result<Box<RawValue>, Error> {
        serde_json::value::to_raw_value(changes).map_err(|cause| Error::internal(cause.into()))
    }
}

/// Writes steps, in one statement, and drops the oldest ones beyond the limits.
pub(super) fn insert(
    transaction: &mut Transaction<'_>,
    steps: &[Step],
    limits: &ContentLimits,
) -> Result<(), Error> {
    let rows: Vec<_> = steps
        .iter()
        .map(|step| {
            (
                step.session,
                step.step,
                &step.command_id,
                step.command_type,
                &step.client_id,
                step.seq,
                step.revision,
                step.bytes_before,
                &step.changes,
                step.large_changes,
                step.at,
            )
        })
        .collect();
    later!(
        transaction,
        "insert into history (session, step, command_id, command_type, client_id, seq,
                              revision, bytes_before, changes, overflow_generation, at)
         select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                value ->> 6, value ->> 7, value -> 8, value ->> 9, value ->> 10
         from jsonb_each(?)",
        &json(&rows)?
    )?;
    // Of several steps of a session the last one decides.
    let full: BTreeMap<i64, (i64, i64, i64)> = steps
        .iter()
        .filter(|step| step.step > limits.history || step.bytes_after() > limits.history_bytes)
        .map(|step| {
            let too_old = step.step - limits.history;
            (step.session, (step.step, too_old, step.bytes_after() - limits.history_bytes))
        })
        .collect();
    if !full.is_empty() {
        // From the oldest step on, which is the only one unless a limit was lowered or a large step
        // has come. Steps have no holes. The last one is kept however many bytes it has: it is what
        // people most want to undo.
        later!(
            transaction,
            "with recursive forgotten (session, step, last, too_old, bytes) as (
                 select h.session, h.step, f.value ->> '$[1][0]', f.value ->> '$[1][1]',
                        f.value ->> '$[1][2]'
                 from json_each(?) as f
                 join history as h
                   on h.session = f.value ->> '$[0]'
                      and h.step = (select min(step) from history where session = f.value ->> '$[0]')
                 where h.step <= f.value ->> '$[1][1]'
                    or (h.bytes_before < f.value ->> '$[1][2]' and h.step < f.value ->> '$[1][0]')
                 union all
                 select h.session, h.step, o.last, o.too_old, o.bytes
                 from forgotten as o
                 join history as h on h.session = o.session and h.step = o.step + 1
                 where h.step <= o.too_old or (h.bytes_before < o.bytes and h.step < o.last)
             )
             delete from history
             where (session, step) in (select session, step from forgotten)",
            &json(&full.iter().collect::<Vec<_>>())?
        )?;
    }
    Ok(())
}

/// A new command of `client_id` leaves nothing to redo in the session's scope and in its own.
pub(super) fn discard_undone(
    transaction: &mut Transaction<'_>,
    session_id: SessionId,
    client_id: Option<&str>,
) -> Result<(), Error> {
    let Some(head) = transaction.known_head_mut(session_id) else { return Ok(()) };
    if !head.undone.any() {
        return Ok(());
    }
    head.undone.in_session = false;
    let session = head.key;
    later!(
        transaction,
        "update history set state = 'discarded'
         where session = ? and state = 'undone' and (undo_scope = 'session' or client_id = ?)",
        session,
        client_id
    )
}

/// Marks a step as undone, as the session's head is after that; `changes` is what a redo would do.
pub(super) fn mark_undone(
    transaction: &mut Transaction<'_>,
    head: &Head,
    step: i64,
    scope: Scope,
    changes: &RawValue,
) -> Result<(), Error> {
    later!(
        transaction,
        "update history set state = 'undone', undo_scope = ?, undo_seq = ?, remapped_at = ?,
                            changes = ?, overflow_generation = null
         where session = ? and step = ?",
        scope.as_str(),
        head.seq,
        head.revision,
        changes.get(),
        head.key,
        step
    )
}

/// Marks a step as counting again, as the session's head is after that.
pub(super) fn mark_applied(
    transaction: &mut Transaction<'_>,
    head: &Head,
    step: i64,
    changes: &RawValue,
) -> Result<(), Error> {
    later!(
        transaction,
        "update history set state = 'applied', undo_scope = null, undo_seq = null, remapped_at = ?,
                            changes = ?, overflow_generation = null
         where session = ? and step = ?",
        head.revision,
        changes.get(),
        head.key,
        step
    )
}

/// Lets a step have its changes where a large change has put them, under its generation.
pub(super) fn enlarge(
    transaction: &mut Transaction<'_>,
    session: i64,
    step: i64,
    generation: i64,
) -> Result<(), Error> {
    later!(
        transaction,
        "update history set changes = '[]', overflow_generation = ? where session = ? and step = ?",
        generation,
        session,
        step
    )
}

/// The session's content has changed: writes what its row says of that, for many at once.
pub(super) fn advance(transaction: &mut Transaction<'_>, heads: &[Head]) -> Result<(), Error> {
    if heads.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = heads
        .iter()
        .map(|head| (head.key, head.revision, head.steps, head.history_bytes, head.time))
        .collect();
    later!(
        transaction,
        "update sessions
         set revision = j.value ->> 1, steps = j.value ->> 2, history_bytes = j.value ->> 3,
             last_command_at = j.value ->> 4
         from jsonb_each(?) as j
         where session = j.value ->> 0",
        &json(&rows)?
    )
}
