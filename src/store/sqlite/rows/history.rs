//! The rows of `history`: what was done, and what of it may be undone or redone.

use crate::engine::storage::{HistoryTrim, Step, StepChange};
use crate::error::Error;
use crate::store::sqlite::statement_batch::{StatementBatch, queue};
use crate::store::sqlite::transaction::json;

/// Inserts steps, whose changes are JSON already.
pub fn insert(batch: &mut StatementBatch, steps: &[Step]) -> Result<(), Error> {
    if steps.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(steps.len());
    for step in steps {
        let changes: &serde_json::value::RawValue = serde_json::from_str(&step.changes)
            .map_err(|cause| Error::internal(anyhow::Error::new(cause).context("changes")))?;
        rows.push((
            step.session,
            step.step,
            step.command_id,
            step.command_type,
            &step.client_id,
            step.seq,
            step.revision,
            step.bytes_before,
            changes,
            step.at,
        ));
    }
    queue!(
        batch,
        "insert into history (session, step, command_id, command_type, client_id, seq, revision,
                              bytes_before, changes, at)
         select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                value ->> 6, value ->> 7, value -> 8, value ->> 9
         from jsonb_each(?)",
        &json(&rows)?
    )
}

/// Deletes the steps that are beyond the limits, from the oldest one on. That is one step a time, unless
/// a limit was lowered or a large step has come. Steps have no holes.
pub fn trim(batch: &mut StatementBatch, trims: &[HistoryTrim]) -> Result<(), Error> {
    if trims.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = trims
        .iter()
        .map(|trim| (trim.session, trim.last_step, trim.too_old, trim.too_many_bytes))
        .collect();
    queue!(
        batch,
        "with recursive beyond (session, step, last, too_old, bytes) as (
             select h.session, h.step, t.value ->> 1, t.value ->> 2, t.value ->> 3
             from json_each(?) as t
             join history as h
               on h.session = t.value ->> 0
                  and h.step = (select min(step) from history where session = t.value ->> 0)
             where h.step <= t.value ->> 2
                or (h.bytes_before < t.value ->> 3 and h.step < t.value ->> 1)
             union all
             select h.session, h.step, b.last, b.too_old, b.bytes
             from beyond as b
             join history as h on h.session = b.session and h.step = b.step + 1
             where h.step <= b.too_old or (h.bytes_before < b.bytes and h.step < b.last)
         )
         delete from history
         where (session, step) in (select session, step from beyond)",
        &json(&rows)?
    )
}

/// Changes the state of steps, in order.
pub fn change(batch: &mut StatementBatch, changes: &[StepChange]) -> Result<(), Error> {
    for change in changes {
        match change {
            StepChange::Discard { session, client_id } => queue!(
                batch,
                "update history set state = 'discarded'
                 where session = ? and state = 'undone'
                   and (undo_scope = 'session' or client_id = ?)",
                session,
                client_id
            )?,
            StepChange::Undo { session, step, scope, seq, revision, changes } => queue!(
                batch,
                "update history set state = 'undone', undo_scope = ?, undo_seq = ?,
                                    remapped_at = ?, changes = ?, overflow_generation = null
                 where session = ? and step = ?",
                scope.as_str(),
                seq,
                revision,
                changes,
                session,
                step
            )?,
            StepChange::Redo { session, step, revision, changes } => queue!(
                batch,
                "update history set state = 'applied', undo_scope = null, undo_seq = null,
                                    remapped_at = ?, changes = ?, overflow_generation = null
                 where session = ? and step = ?",
                revision,
                changes,
                session,
                step
            )?,
        }
    }
    Ok(())
}

/// Lets a step have its changes under a generation of `internal_overflow_texts`, in place of its own column.
pub fn overflow(
    batch: &mut StatementBatch,
    session: i64,
    step: i64,
    generation: i64,
) -> Result<(), Error> {
    queue!(
        batch,
        "update history set changes = '[]', overflow_generation = ? where session = ? and step = ?",
        generation,
        session,
        step
    )
}
