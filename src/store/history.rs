//! The rows of `history`: what was done, and what of it may be undone or redone.

use serde_json::value::RawValue;

use super::script::later;
use super::transaction::Head;
use super::{Transaction, json};
use crate::error::Error;
use crate::session::{CommandId, NodeChange, Scope, Shift};

mod listing;
mod reach;

pub use listing::{HistoryItem, HistoryPage};
pub(super) use reach::{Found, Reach, available, changes, last_applied, last_undone, read};

/// A command that was done.
pub(super) struct Step {
    pub session: i64,
    pub step: i64,
    pub command_id: CommandId,
    pub command_type: &'static str,
    pub client_id: Option<String>,
    pub seq: i64,
    pub revision: i64,
    /// JSON.
    pub changes: Box<RawValue>,
    /// The generation under which a large change has put them instead.
    pub large_changes: Option<i64>,
}

impl Step {
    /// Writes changes down as they are kept.
    pub fn changes(changes: &[NodeChange]) -> Result<Box<RawValue>, Error> {
        serde_json::value::to_raw_value(changes).map_err(|cause| Error::internal(cause.into()))
    }
}

/// Writes steps, in one statement, and drops those beyond the limit.
pub(super) fn insert(
    transaction: &mut Transaction<'_>,
    steps: &[Step],
    limit: i64,
) -> Result<(), Error> {
    let now = transaction.now();
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
                &step.changes,
                step.large_changes,
            )
        })
        .collect();
    later!(
        transaction,
        "insert into history (at, session, step, command_id, command_type, client_id, seq,
                              revision, changes, large_changes)
         select ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                value ->> 6, value -> 7, value ->> 8
         from jsonb_each(?)",
        now,
        &json(&rows)?
    )?;
    let full: Vec<_> = steps
        .iter()
        .filter(|step| step.step > limit)
        .map(|step| (step.session, step.step - limit))
        .collect();
    if !full.is_empty() {
        // Steps have no holes, so that one by one is enough unless the limit was lowered.
        later!(
            transaction,
            "delete from history where (session, step) in
                 (select h.session, h.step from json_each(?) as f
                  join history as h on h.session = f.value ->> 0 and h.step <= f.value ->> 1)",
            &json(&full)?
        )?;
    }
    Ok(())
}

/// A new command of `client_id` leaves nothing to redo in the session's scope and in its own.
pub(super) fn discard_undone(
    transaction: &mut Transaction<'_>,
    session: i64,
    client_id: Option<&str>,
) -> Result<(), Error> {
    later!(
        transaction,
        "update history set state = 'discarded'
         where session = ? and state = 'undone' and (undo_scope = 'session' or client_id = ?)",
        session,
        client_id
    )
}

/// Marks a step as undone by the event `seq`; `changes` is what a redo would do.
pub(super) fn mark_undone(
    transaction: &mut Transaction<'_>,
    session: i64,
    step: i64,
    scope: Scope,
    seq: i64,
    changes: &RawValue,
) -> Result<(), Error> {
    later!(
        transaction,
        "update history set state = 'undone', undo_scope = ?, undo_seq = ?, changes = ?,
                            large_changes = null
         where session = ? and step = ?",
        scope.as_str(),
        seq,
        changes.get(),
        session,
        step
    )
}

/// Lets every step that speaks of a node's old place speak of the one beside it where the node came
/// back. Else it would look as if somebody had moved the node. Seldom there is any.
pub(super) async fn follow(
    transaction: &mut Transaction<'_>,
    session: i64,
    shifts: &[Shift],
) -> Result<(), Error> {
    for shift in shifts {
        let node_id = shift.node_id.to_string();
        let rows = sqlx::query!(
            r#"select step as "step!", changes as "changes!" from whole_history
               where session = ?1 and instr(changes, ?2) > 0"#,
            session,
            node_id
        )
        .fetch_all(transaction.connection().await?)
        .await?;
        for row in rows {
            let mut changes = read(&row.changes)?;
            if changes.iter_mut().fold(false, |any, change| change.follow(shift) | any) {
                let changes = Step::changes(&changes)?;
                later!(
                    transaction,
                    "update history set changes = ?, large_changes = null
                     where session = ? and step = ?",
                    changes.get(),
                    session,
                    row.step
                )?;
            }
        }
    }
    Ok(())
}

/// Marks a step as counting again.
pub(super) fn mark_applied(
    transaction: &mut Transaction<'_>,
    session: i64,
    step: i64,
    changes: &RawValue,
) -> Result<(), Error> {
    later!(
        transaction,
        "update history set state = 'applied', undo_scope = null, undo_seq = null, changes = ?,
                            large_changes = null
         where session = ? and step = ?",
        changes.get(),
        session,
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
        "update history set changes = '[]', large_changes = ? where session = ? and step = ?",
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
    let now = transaction.now();
    let rows: Vec<_> = heads.iter().map(|head| (head.key, head.revision, head.steps)).collect();
    later!(
        transaction,
        "update sessions
         set last_command_at = ?, revision = j.value ->> 1, steps = j.value ->> 2
         from jsonb_each(?) as j
         where session = j.value ->> 0",
        now,
        &json(&rows)?
    )
}
