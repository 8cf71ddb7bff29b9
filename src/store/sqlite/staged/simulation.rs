//! A change simulated on a copy of its session in memory.

use futures_util::TryStreamExt;
use sqlx::SqliteConnection;

use crate::engine::commands;
use crate::engine::event_encoding::{self, Entry};
use crate::engine::head::{Cache, Head};
use crate::engine::memory_storage::{MemoryStep, MemoryStorage, StepState};
use crate::engine::request::{Action, ContentRequest, Executed, History};
use crate::engine::storage::Tree;
use crate::engine::transaction::Transaction;
use crate::error::Error;
use crate::model::{CommandId, PositionRemap, Scope};
use crate::store::handle::{Store, run_blocking};
use crate::store::sqlite::rows::{answers, heads, nodes, remaps, undo_steps};

/// The bytes of a staged entry of the log, after which another begins. They are larger than others,
/// since all of them are inserted into the log by the transaction that switches.
const MAX_ENTRY_BYTES: usize = 128 * 1024;

/// What came of it.
pub(super) enum Simulation {
    NoSession,
    /// It was done before, under the same Idempotency-Key.
    Answered(Executed),
    Done(Box<Outcome>),
}

/// A session as a change has left it.
pub(super) struct Outcome {
    pub storage: MemoryStorage,
    /// Where its nodes are.
    pub tree: Tree,
    /// Of the content that was changed.
    pub revision: i64,
    pub executed: Executed,
    pub node_count: i64,
    pub root_count: i64,
    /// The step that was made, undone or redone.
    pub step: i64,
    /// What the history is to have of it; a JSON list.
    pub changes: String,
    pub remaps: Vec<PositionRemap>,
    pub entries: Vec<Entry>,
}

/// Simulates the change; an error is why it can't be done.
pub(super) async fn simulate(store: &Store, request: &ContentRequest) -> Result<Simulation, Error> {
    let (store, mut request) = (store.clone(), request.clone());
    // The step has to be there until it is staged; then the switch empties the history.
    if let Action::Replace(_, history) = &mut request.action {
        *history = History::Keep;
    }
    run_blocking(move || async move { run(&store, &request).await }).await
}

async fn run(store: &Store, request: &ContentRequest) -> Result<Simulation, Error> {
    let mut reader = store.database.bulk_readers.begin().await?;
    let Some(copy) = copy_session(&mut reader, request).await? else {
        return Ok(Simulation::NoSession);
    };
    drop(reader);
    let (storage, before, undo_step) = copy;
    let mut transaction =
        Transaction::new(storage, Cache::default(), store.clock.now(), &store.limits);
    transaction.load([request.session_id]).await?;
    let mut outcomes = commands::apply(&mut transaction, std::slice::from_ref(request)).await?;
    let not_done = || Error::internal(anyhow::anyhow!("a change was simulated that was not done"));
    let executed = outcomes.pop().ok_or_else(not_done)??;
    let (storage, _, happened) = transaction.finish()?;
    let after = storage.head(request.session_id).ok_or_else(not_done)?.clone();
    if after.revision == before.revision {
        return Ok(Simulation::Answered(executed));
    }
    let step = undo_step.unwrap_or(after.steps);
    let mut steps = storage.steps_of(after.key);
    let (_, made) = steps.find(|(number, _)| *number == step).ok_or_else(not_done)?;
    let changes = made.changes.clone();
    drop(steps);
    let remaps = storage.remaps_at(after.key, after.revision);
    let events = happened.events.iter().map(|event| (after.key, event));
    Ok(Simulation::Done(Box::new(Outcome {
        tree: before.tree(),
        revision: before.revision,
        executed,
        node_count: after.node_count,
        root_count: after.root_count,
        step,
        changes,
        remaps,
        entries: event_encoding::encode(events, MAX_ENTRY_BYTES),
        storage,
    })))
}

/// Copies what the change may look at, all as of one moment; and which step an undo or a redo takes.
async fn copy_session(
    reader: &mut SqliteConnection,
    request: &ContentRequest,
) -> Result<Option<(MemoryStorage, Head, Option<i64>)>, Error> {
    let session_id = request.session_id;
    let Some(head) = heads::find(reader, session_id).await? else { return Ok(None) };
    let mut storage = MemoryStorage::default();
    storage.add_session(session_id, head.clone());
    let mut nodes = nodes::stream(reader, head.tree());
    while let Some(node) = nodes.try_next().await? {
        storage.add_node(head.tree(), node);
    }
    drop(nodes);
    let found = match &request.action {
        Action::Undo(scope) => {
            undo_steps::last_applied(reader, head.key, request.undo_scope(*scope)?).await?
        }
        Action::Redo(scope) => {
            undo_steps::last_undone(reader, head.key, request.undo_scope(*scope)?).await?
        }
        Action::Execute(_) | Action::Replace(..) => None,
    };
    let undo_step = found.as_ref().map(|found| found.step);
    copy_steps(reader, head.key, &mut storage).await?;
    if let Some(found) = found {
        storage.set_changes(head.key, found.step, found.changes);
        for (revision, remap) in remaps::after(reader, head.key, found.remapped_at).await? {
            storage.add_remap(head.key, revision, remap);
        }
    }
    if let Some(idempotency) = &request.idempotency {
        for (session, key, answer) in
            answers::read(reader, &[(head.key, idempotency.key())]).await?
        {
            storage.add_answer(session, key, answer);
        }
    }
    Ok(Some((storage, head, undo_step)))
}

/// Copies the steps of the history without their changes.
async fn copy_steps(
    reader: &mut SqliteConnection,
    session: i64,
    storage: &mut MemoryStorage,
) -> Result<(), Error> {
    let rows = sqlx::query!(
        r#"select step, command_id as "command_id: CommandId", client_id, revision, bytes_before,
                  remapped_at, state, undo_scope, coalesce(undo_seq, 0) as "undo_seq!: i64"
           from history where session = ?"#,
        session
    )
    .fetch_all(reader)
    .await?;
    for row in rows {
        let state = match (row.state.as_str(), row.undo_scope.as_deref()) {
            ("applied", _) => StepState::Applied,
            ("undone", Some("client")) => StepState::Undone(Scope::Client, row.undo_seq),
            ("undone", _) => StepState::Undone(Scope::Session, row.undo_seq),
            _ => StepState::Discarded,
        };
        let step = MemoryStep {
            command_id: row.command_id,
            client_id: row.client_id,
            revision: row.revision,
            bytes_before: row.bytes_before,
            remapped_at: row.remapped_at,
            state,
            changes: String::new(),
        };
        storage.add_step(session, row.step, step);
    }
    Ok(())
}
