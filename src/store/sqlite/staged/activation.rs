//! The transaction that switches a session to what was staged.

use super::simulation::Change;
use crate::engine::head::Head;
use crate::engine::idempotency::Answers;
use crate::engine::request::{ContentRequest, Executed};
use crate::engine::storage::StepChange;
use crate::error::Error;
use crate::metrics::{Occurrence, Outcome};
use crate::model::Precondition;
use crate::store::job::Write;
use crate::store::sqlite::rows::{events, history};
use crate::store::sqlite::statement_batch::queue;
use crate::store::sqlite::transaction::Transaction;

/// Switches the session to what was staged, unless its content has changed meanwhile.
pub(super) struct Activate {
    pub request: ContentRequest,
    /// Under which the nodes and texts of the change are in the file.
    pub generation: i64,
    pub change: Change,
}

impl Write for Activate {
    type Output = Executed;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Executed, Error> {
        let Self { request, generation, change } = self;
        let generation = *generation;
        let before = transaction.head(request.session_id).await?;
        let mut answers = Answers::read(transaction, std::slice::from_ref(request)).await?;
        if let Some(answer) = answers.find(before.key, request)? {
            return Ok(answer);
        }
        Precondition::at(change.revision).check(before.revision)?;
        // Events that this transaction has recorded before come first.
        transaction.flush_events()?;
        // Events that came meanwhile have taken the numbers that were simulated.
        let later = before.seq - change.seq;
        let seq = change.head.seq + later;
        let numbers = change.entries.iter().map(|(first, last)| (first + later, last + later));
        let numbers: Vec<_> = numbers.collect();
        let at = before.time.max(transaction.now());
        // Joins and leaves have gone on: only what they do not change is as it was simulated.
        let Head { active_clients, .. } = before;
        let head = Head { generation, seq, time: at, active_clients, ..change.head.clone() };
        *transaction.loaded_head(request.session_id)? = head.clone();
        let executed = Executed { seq, ..change.executed.clone() };
        let batch = transaction.storage.batch();
        queue!(
            batch,
            "update sessions set generation = ?, node_count = ?, root_count = ?
             where session = ?",
            generation,
            head.node_count,
            head.root_count,
            head.key
        )?;
        events::insert_staged(batch, head.key, generation, at, &numbers)?;
        let mut delta = change.history.clone();
        for step in &mut delta.steps {
            (step.at, step.seq) = (at, seq);
        }
        for step_change in &mut delta.step_changes {
            if let StepChange::Undo { seq: number, .. } = step_change {
                *number = seq;
            }
        }
        let (key, trims) = (head.key, std::mem::take(&mut delta.trims));
        delta.heads.push(head);
        answers.keep(key, request, &executed)?;
        delta.answers = answers.take_new();
        transaction.write(delta)?;
        let batch = transaction.storage.batch();
        history::overflow(batch, key, change.step, generation)?;
        // After that, so that a step that is dropped at once lets go of its changes.
        history::trim(batch, &trims)?;
        transaction.record_logged(request.session_id, seq);
        transaction.count(Occurrence::StagedEvents((seq - before.seq).unsigned_abs()));
        transaction.count(Occurrence::Content(request.action.name(), Outcome::Applied));
        Ok(executed)
    }
}
