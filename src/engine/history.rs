//! What the history of a session keeps of a change, and how many steps.

use super::head::{Head, UndoneSteps};
use super::storage::{HistoryTrim, Storage};
use super::transaction::Transaction;
use crate::error::Error;
use crate::model::{CommandId, ContentLimits, EventKind, NodeChange, NodeEvent, SessionId};

/// Changes as the history keeps them.
pub(super) fn changes_json(changes: &[NodeChange]) -> Result<String, Error> {
    serde_json::to_string(changes)
        .map_err(|cause| Error::internal(anyhow::Error::new(cause).context("changes")))
}

/// All steps of a session so far, after which nothing can be undone or redone.
pub fn empty_history(head: &mut Head) -> HistoryTrim {
    head.undone = UndoneSteps::default();
    let (session, last_step) = (head.key, head.steps);
    HistoryTrim { session, last_step, too_old: last_step, too_many_bytes: 0 }
}

/// Which steps the last step of a session has pushed beyond the limits.
pub fn trim(head: &Head, limits: &ContentLimits) -> Option<HistoryTrim> {
    let too_many = head.steps > limits.history || head.history_bytes > limits.history_bytes;
    too_many.then_some(HistoryTrim {
        session: head.key,
        last_step: head.steps,
        too_old: head.steps - limits.history,
        too_many_bytes: head.history_bytes - limits.history_bytes,
    })
}

/// Records the events of one change, which brings the content to its next revision; that revision.
/// `cause` is the command that is executed, undone or redone, and the client that does so.
pub(super) fn record_changes<S: Storage>(
    transaction: &mut Transaction<'_, S>,
    session_id: SessionId,
    (command_id, client_id): (CommandId, Option<&str>),
    changes: Vec<NodeEvent>,
) -> Result<i64, Error> {
    let head = transaction.loaded_head(session_id)?;
    head.revision += 1;
    let revision = head.revision;
    for change in changes {
        let client_id = client_id.map(str::to_owned);
        let kind = EventKind::Content { change, command_id, client_id, revision };
        transaction.record(session_id, &kind)?;
    }
    Ok(revision)
}

#[cfg(test)]
mod tests;
