//! The events and the undo step of a new command.

use serde_json::Value;

use super::commands::CommandBatch;
use super::editor::ChangeSet;
use super::head::Head;
use super::history::{changes_json, record_changes, trim};
use super::request::{ContentRequest, Executed};
use super::storage::{Step, StepChange, Storage};
use super::transaction::Transaction;
use crate::error::Error;
use crate::model::{CommandId, EventKind};

impl CommandBatch {
    /// Records the events and the undo step of a new command.
    pub(super) fn record_command<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        request: &ContentRequest,
        command_type: &'static str,
        changes: ChangeSet,
        result: Value,
    ) -> Result<Executed, Error> {
        let session_id = request.session_id;
        let client_id = request.client_id.clone();
        let ChangeSet { changes, events } = changes;
        self.discard_undone(transaction.loaded_head(session_id)?, client_id.clone());
        let command_id = CommandId::new();
        let cause = (command_id, client_id.as_deref());
        let revision = record_changes(transaction, session_id, cause, events)?;
        let event = EventKind::CommandExecuted {
            command_id,
            command_type,
            client_id: client_id.clone(),
            revision,
        };
        transaction.record(session_id, &event)?;
        let changes = changes_json(&changes)?;
        transaction.add_bytes(changes.len());
        let limits = &transaction.limits().content;
        let head = transaction.loaded_head(session_id)?;
        head.steps += 1;
        let bytes_before = head.history_bytes;
        head.history_bytes += changes.len() as i64;
        self.trims.extend(trim(head, limits));
        self.steps.push(Step {
            session: head.key,
            step: head.steps,
            at: head.time,
            command_id,
            command_type,
            client_id,
            seq: head.seq,
            revision,
            bytes_before,
            changes,
        });
        Ok(Executed {
            success: true,
            command_id,
            seq: head.seq,
            revision,
            result,
            undo_available: limits.history > 0,
            redo_available: false,
            graph: None,
        })
    }

    /// After a new command of a client, nothing can be redone in the session's scope and in its own.
    fn discard_undone(&mut self, head: &mut Head, client_id: Option<String>) {
        if head.undone.any() {
            head.undone.in_session = false;
            self.step_changes.push(StepChange::Discard { session: head.key, client_id });
        }
    }
}
