//! Undo and redo.

use serde_json::json;

use super::commands::CommandBatch;
use super::editor::ChangeSet;
use super::head::Head;
use super::history::{changes_json, record_changes};
use super::request::{ContentRequest, Executed};
use super::storage::{Delta, NewRemaps, StepChange, Storage, UndoStep};
use super::transaction::Transaction;
use crate::error::Error;
use crate::model::{CommandId, EventKind, NodeChange, Scope};

impl CommandBatch {
    pub(super) async fn undo<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        request: &ContentRequest,
        scope: Scope,
    ) -> Result<Executed, Error> {
        self.write(transaction)?;
        let session = transaction.head(request.session_id).await?.key;
        let step = transaction.storage.undo_step(session, request.undo_scope(scope)?).await?;
        let Some(step) = step else { return Err(Error::NothingToUndo(scope_words(scope))) };
        let changes = changes_of(transaction, session, &step).await?;
        let UndoStep { step, command_id, more, .. } = step;
        let inverses = changes.into_iter().rev().map(NodeChange::inverse);
        let event = |client_id, revision| EventKind::Undo { command_id, client_id, revision };
        let done = self.replay(transaction, request, ("undo", command_id), inverses, event).await?;
        let changes: Vec<_> = done.into_iter().rev().map(NodeChange::inverse).collect();
        let changes = changes_json(&changes)?;
        let head = transaction.loaded_head(request.session_id)?;
        head.undone.add(scope);
        let (seq, revision) = (head.seq, head.revision);
        self.step_changes.push(StepChange::Undo { session, step, scope, seq, revision, changes });
        Ok(executed(head, command_id, more, true))
    }

    pub(super) async fn redo<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        request: &ContentRequest,
        scope: Scope,
    ) -> Result<Executed, Error> {
        self.write(transaction)?;
        let session = transaction.head(request.session_id).await?.key;
        let step = transaction.storage.redo_step(session, request.undo_scope(scope)?).await?;
        let Some(step) = step else { return Err(Error::NothingToRedo(scope_words(scope))) };
        let changes = changes_of(transaction, session, &step).await?;
        let UndoStep { step, command_id, more, .. } = step;
        let event = |client_id, revision| EventKind::Redo { command_id, client_id, revision };
        let changes = changes.into_iter();
        let done = self.replay(transaction, request, ("redo", command_id), changes, event).await?;
        let changes = changes_json(&done)?;
        let head = transaction.loaded_head(request.session_id)?;
        let revision = head.revision;
        self.step_changes.push(StepChange::Redo { session, step, revision, changes });
        Ok(executed(head, command_id, true, more))
    }

    /// Applies the changes of a step, in one direction or the other, and records their events; the
    /// changes as they were really made.
    async fn replay<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        request: &ContentRequest,
        step: (&'static str, CommandId),
        changes: impl Iterator<Item = NodeChange> + Send,
        event: impl FnOnce(Option<String>, i64) -> EventKind + Send,
    ) -> Result<Vec<NodeChange>, Error> {
        let head = transaction.head(request.session_id).await?;
        let mut set = ChangeSet::default();
        let mut editor = self.editor(transaction, request.session_id, head.tree());
        let remaps = editor.replay(changes, step, &mut set).await?;
        let cause = (step.1, request.client_id.as_deref());
        let revision = record_changes(transaction, request.session_id, cause, set.events)?;
        transaction.record(request.session_id, &event(request.client_id.clone(), revision))?;
        if !remaps.is_empty() {
            let remaps = vec![NewRemaps { session: head.key, revision, remaps }];
            transaction.write(Delta { remaps, ..Delta::default() })?;
        }
        Ok(set.changes)
    }
}

/// What a step did, or would do, with the positions that its nodes have by now.
async fn changes_of<S: Storage>(
    transaction: &mut Transaction<'_, S>,
    session: i64,
    step: &UndoStep,
) -> Result<Vec<NodeChange>, Error> {
    transaction.add_bytes(step.changes.len());
    let mut changes: Vec<NodeChange> = serde_json::from_str(&step.changes).map_err(|cause| {
        let row = format!("session {session}, step {}", step.step);
        Error::unreadable("history", row, "changes", cause)
    })?;
    if step.is_behind {
        let remaps = transaction.storage.position_remaps(session, step.remapped_at).await?;
        changes.iter_mut().for_each(|change| remaps.apply(change));
    }
    Ok(changes)
}

fn executed(
    head: &Head,
    command_id: CommandId,
    undo_available: bool,
    redo_available: bool,
) -> Executed {
    Executed {
        success: true,
        command_id,
        seq: head.seq,
        revision: head.revision,
        result: json!({}),
        undo_available,
        redo_available,
        graph: None,
    }
}

fn scope_words(scope: Scope) -> &'static str {
    match scope {
        Scope::Session => "",
        Scope::Client => " of this client",
    }
}
