//! The transaction that switches a session to what was staged.

use crate::engine::head::Head;
use crate::engine::history::{empty_history, trim};
use crate::engine::idempotency::Answers;
use crate::engine::request::{Action, ContentRequest, Executed, History};
use crate::engine::storage::{Delta, NewRemaps, Step, StepChange};
use crate::error::Error;
use crate::metrics::{Occurrence, Outcome};
use crate::model::{PositionRemap, Precondition};
use crate::store::job::Write;
use crate::store::sqlite::rows::{events, history};
use crate::store::sqlite::statement_batch::queue;
use crate::store::sqlite::transaction::Transaction;

/// The changes of a step are in `internal_overflow_texts`, so its own column has none.
const NO_CHANGES: &str = "[]";

/// A change whose nodes and texts are in the file, under a generation that belongs to no session yet.
pub(super) struct Staged {
    pub generation: i64,
    /// Of the content that it changes.
    pub revision: i64,
    pub executed: Executed,
    pub node_count: i64,
    pub root_count: i64,
    /// The step that it makes, undoes or redoes.
    pub step: i64,
    /// Of the changes of that step.
    pub bytes: i64,
    pub remaps: Vec<PositionRemap>,
    /// How many events each of its entries of the log has.
    pub entries: Vec<i64>,
}

/// Switches the session to what was staged, unless its content has changed meanwhile.
pub(super) struct Activate {
    pub request: ContentRequest,
    pub staged: Staged,
}

impl Write for Activate {
    type Output = Executed;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Executed, Error> {
        let Self { request, staged } = self;
        let session_id = request.session_id;
        let before = transaction.head(session_id).await?;
        let mut answers = Answers::read(transaction, std::slice::from_ref(request)).await?;
        if let Some(answer) = answers.find(before.key, request)? {
            return Ok(answer);
        }
        Precondition::at(staged.revision).check(before.revision)?;
        queue!(
            transaction.storage.batch(),
            "update sessions set generation = ?, node_count = ?, root_count = ?
             where session = ?",
            staged.generation,
            staged.node_count,
            staged.root_count,
            before.key
        )?;
        self.insert_events(transaction)?;
        let limits = &transaction.limits().content;
        let head = transaction.loaded_head(session_id)?;
        head.generation = staged.generation;
        head.node_count = staged.node_count;
        head.root_count = staged.root_count;
        head.revision += 1;
        let mut delta = self.step_delta(head);
        let mut executed =
            Executed { seq: head.seq, revision: head.revision, ..staged.executed.clone() };
        delta.trims.extend(trim(head, limits));
        let restart = match &request.action {
            Action::Replace(_, History::Restart) => Some(empty_history(head)),
            _ => None,
        };
        executed.undo_available &= restart.is_none();
        if !staged.remaps.is_empty() {
            let (revision, remaps) = (executed.revision, staged.remaps.clone());
            delta.remaps.push(NewRemaps { session: before.key, revision, remaps });
        }
        answers.keep(before.key, request, &executed)?;
        delta.answers = answers.take_new();
        transaction.write(delta)?;
        let batch = transaction.storage.batch();
        history::overflow(batch, before.key, staged.step, staged.generation)?;
        history::trim(batch, restart.as_slice())?;
        transaction.count(Occurrence::Content(request.action.name(), Outcome::Applied));
        Ok(executed)
    }
}

impl Activate {
    /// Gives the staged events the session's next numbers, and puts their entries into the log.
    fn insert_events(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        // Those that this transaction has recorded before come first.
        transaction.flush_events()?;
        let session_id = self.request.session_id;
        let now = transaction.now();
        let head = transaction.loaded_head(session_id)?;
        let mut numbers = Vec::with_capacity(self.staged.entries.len());
        for count in &self.staged.entries {
            numbers.push((head.seq + 1, head.seq + count));
            head.seq += count;
        }
        head.time = head.time.max(now);
        let (key, seq, at) = (head.key, head.seq, head.time);
        let batch = transaction.storage.batch();
        events::insert_staged(batch, key, self.staged.generation, at, &numbers)?;
        transaction.record_logged(session_id, seq);
        let events = self.staged.entries.iter().sum::<i64>();
        transaction.count(Occurrence::StagedEvents(events.unsigned_abs()));
        Ok(())
    }

    /// What becomes of the history and of the session's row. The head is that after the change.
    fn step_delta(&self, head: &mut Head) -> Delta<'static> {
        let Self { request, staged } = self;
        let (session, step) = (head.key, staged.step);
        let (seq, revision) = (head.seq, head.revision);
        let changes = NO_CHANGES.to_owned();
        let mut delta = Delta::default();
        let command_type = match &request.action {
            Action::Execute(command) => command.name(),
            Action::Replace(..) => "ReplaceGraph",
            Action::Undo(scope) => {
                let scope = *scope;
                head.undone.add(scope);
                let change = StepChange::Undo { session, step, scope, seq, revision, changes };
                delta.step_changes.push(change);
                delta.heads.push(head.clone());
                return delta;
            }
            Action::Redo(_) => {
                delta.step_changes.push(StepChange::Redo { session, step, revision, changes });
                delta.heads.push(head.clone());
                return delta;
            }
        };
        let client_id = request.client_id.clone();
        if head.undone.any() {
            head.undone.in_session = false;
            let client_id = client_id.clone();
            delta.step_changes.push(StepChange::Discard { session, client_id });
        }
        let bytes_before = head.history_bytes;
        head.steps += 1;
        head.history_bytes += staged.bytes;
        delta.steps.push(Step {
            session,
            step,
            at: head.time,
            command_id: staged.executed.command_id,
            command_type,
            client_id,
            seq,
            revision,
            bytes_before,
            changes,
        });
        delta.heads.push(head.clone());
        delta
    }
}
