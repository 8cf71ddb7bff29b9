//! Undo and redo among the requests of a set.

use serde_json::json;

use super::{CommandSet, ContentRequest, Executed, known, tell};
use crate::error::Error;
use crate::session::{CommandId, EventKind, NodeChange, Scope};
use crate::store::edit::Edits;
use crate::store::history::{self, Reach, Step};
use crate::store::transaction::{Head, Transaction};

impl CommandSet<'_> {
    pub async fn undo(
        &mut self,
        transaction: &mut Transaction<'_>,
        request: &ContentRequest,
        scope: Scope,
    ) -> Result<Executed, Error> {
        let reach = request.reach(scope)?;
        self.write(transaction)?;
        let key = transaction.head(request.session_id).await?.key;
        let file = transaction.connection().await?;
        let Some(found) = history::last_applied(file, key, reach).await? else {
            return Err(Error::NothingToUndo(of_scope(scope)));
        };
        let command_id = found.command_id;
        let changes = history::read(&history::changes(file, key, found.step).await?)?;
        let opposites = changes.into_iter().rev().map(NodeChange::opposite);
        let told = |client_id, revision| EventKind::Undo { command_id, client_id, revision };
        let done = self.play(transaction, request, command_id, opposites, told).await?;
        let changes: Vec<_> = done.into_iter().rev().map(NodeChange::opposite).collect();
        let changes = Step::changes(&changes)?;
        let head = known(transaction, request.session_id)?;
        head.undone = true;
        let head = head.clone();
        history::mark_undone(transaction, key, found.step, scope, head.seq, &changes)?;
        self.answer(transaction, head, command_id, reach).await
    }

    pub async fn redo(
        &mut self,
        transaction: &mut Transaction<'_>,
        request: &ContentRequest,
        scope: Scope,
    ) -> Result<Executed, Error> {
        let reach = request.reach(scope)?;
        self.write(transaction)?;
        let key = transaction.head(request.session_id).await?.key;
        let file = transaction.connection().await?;
        let Some(found) = history::last_undone(file, key, reach).await? else {
            return Err(Error::NothingToRedo(of_scope(scope)));
        };
        let command_id = found.command_id;
        let changes = history::read(&history::changes(file, key, found.step).await?)?.into_iter();
        let told = |client_id, revision| EventKind::Redo { command_id, client_id, revision };
        let done = self.play(transaction, request, command_id, changes, told).await?;
        let changes = Step::changes(&done)?;
        let head = known(transaction, request.session_id)?.clone();
        history::mark_applied(transaction, key, found.step, &changes)?;
        self.answer(transaction, head, command_id, reach).await
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
        let shifts = editor.play(changes, command_id, &mut edits).await?;
        let revision = tell(transaction, request.session_id, edits.events)?;
        transaction.record(request.session_id, &told(request.client_id.clone(), revision))?;
        history::follow(transaction, head.key, &shifts).await?;
        self.shifts.extend(shifts);
        Ok(edits.changes)
    }

    async fn answer(
        &self,
        transaction: &mut Transaction<'_>,
        head: Head,
        command_id: CommandId,
        reach: Reach<'_>,
    ) -> Result<Executed, Error> {
        let (undo_available, redo_available) =
            history::available(transaction.connection().await?, head.key, reach).await?;
        Ok(Executed {
            success: true,
            command_id,
            seq: head.seq,
            revision: head.revision,
            result: json!({}),
            undo_available,
            redo_available,
        })
    }
}

fn of_scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Session => "",
        Scope::Client => " of this client",
    }
}
