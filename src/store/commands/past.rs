//! Undo and redo among the requests of a set.

use serde_json::json;

use super::{CommandSet, ContentRequest, Executed, known, tell};
use crate::error::Error;
use crate::model::{CommandId, EventKind, NodeChange, Scope};
use crate::store::edit::Edits;
use crate::store::history::{self, Found, Step};
use crate::store::transaction::{Head, Transaction};

/// A step of the past.
struct Past {
    step: i64,
    command_id: CommandId,
    changes: Vec<NodeChange>,
    /// Whether there is another one to take back, or to do again, after it.
    more: bool,
}

impl CommandSet<'_> {
    pub async fn undo(
        &mut self,
        transaction: &mut Transaction<'_>,
        request: &ContentRequest,
        scope: Scope,
    ) -> Result<Executed, Error> {
        let Some(past) = self.find(transaction, request).await? else {
            return Err(Error::NothingToUndo(of_scope(scope)));
        };
        let Past { step, command_id, changes, more } = past;
        let inverses = changes.into_iter().rev().map(NodeChange::inverse);
        let told = |client_id, revision| EventKind::Undo { command_id, client_id, revision };
        let done = self.play(transaction, request, command_id, inverses, told).await?;
        let changes: Vec<_> = done.into_iter().rev().map(NodeChange::inverse).collect();
        let changes = Step::changes(&changes)?;
        let head = known(transaction, request.session_id)?;
        head.undone.add(scope);
        let head = head.clone();
        if self.is_rehearsal {
            self.changes_of_past = Some(changes);
        } else {
            history::mark_undone(transaction, &head, step, scope, &changes)?;
        }
        Ok(answer(&head, command_id, more, true))
    }

    pub async fn redo(
        &mut self,
        transaction: &mut Transaction<'_>,
        request: &ContentRequest,
        scope: Scope,
    ) -> Result<Executed, Error> {
        let Some(past) = self.find(transaction, request).await? else {
            return Err(Error::NothingToRedo(of_scope(scope)));
        };
        let Past { step, command_id, changes, more } = past;
        let told = |client_id, revision| EventKind::Redo { command_id, client_id, revision };
        let done = self.play(transaction, request, command_id, changes.into_iter(), told).await?;
        let changes = Step::changes(&done)?;
        let head = known(transaction, request.session_id)?.clone();
        if self.is_rehearsal {
            self.changes_of_past = Some(changes);
        } else {
            history::mark_applied(transaction, &head, step, &changes)?;
        }
        Ok(answer(&head, command_id, true, more))
    }

    /// The step that the request takes back or does again, as the file has it.
    async fn find(
        &mut self,
        transaction: &mut Transaction<'_>,
        request: &ContentRequest,
    ) -> Result<Option<Past>, Error> {
        self.write(transaction)?;
        let key = transaction.head(request.session_id).await?.key;
        let file = transaction.connection().await?;
        let Some(found) = request.step_of_the_past(file, key).await? else { return Ok(None) };
        let changes = found.changes(file, key).await?;
        transaction.weigh(found.changes.len());
        let Found { step, command_id, more, .. } = found;
        Ok(Some(Past { step, command_id, changes, more }))
    }

    /// Does the changes of a step of the past, either way, and tells of them; answers what was
    /// really done.
    async fn play(
        &mut self,
        transaction: &mut Transaction<'_>,
        request: &ContentRequest,
        command_id: CommandId,
        changes: impl Iterator<Item = NodeChange> + Send,
        told: impl FnOnce(Option<String>, i64) -> EventKind + Send,
    ) -> Result<Vec<NodeChange>, Error> {
        let head = transaction.head(request.session_id).await?;
        let mut edits = Edits::default();
        let mut editor = self.editor(transaction, request.session_id, head.tree());
        let remaps = editor.play(changes, command_id, &mut edits).await?;
        let revision = tell(transaction, request.session_id, edits.events)?;
        transaction.record(request.session_id, &told(request.client_id.clone(), revision))?;
        history::remaps::insert(transaction, head.key, revision, &remaps)?;
        self.remaps.extend(remaps);
        Ok(edits.changes)
    }
}

fn answer(
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
    }
}

fn of_scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Session => "",
        Scope::Client => " of this client",
    }
}
