//! A change simulated on a copy of its session in memory.

use futures_util::TryStreamExt;
use sqlx::SqliteConnection;

use crate::engine::commands;
use crate::engine::event_encoding::{self, Entry};
use crate::engine::head::{Cache, Head};
use crate::engine::memory_storage::{MemoryStep, MemoryStorage, StepState};
use crate::engine::request::{Action, ContentRequest, Executed};
use crate::engine::storage::{Delta, StepChange, Tree, UndoStep};
use crate::engine::transaction::Transaction;
use crate::error::Error;
use crate::store::handle::Store;
use crate::store::sqlite::rows::{answers, heads, nodes, remaps, undo_steps};

/// The bytes of a staged entry of the log, after which another begins. They are larger than others,
/// since all of them are inserted into the log by the transaction that switches.
const MAX_ENTRY_BYTES: usize = 128 * 1024;

/// What is written before the switch, since it is too much for one transaction.
pub(super) struct Content {
    pub storage: MemoryStorage,
    /// Where its nodes are.
    pub tree: Tree,
    /// What the history is to have of the change; a JSON list.
    pub changes: String,
    pub entries: Vec<Entry>,
}

/// What the transaction needs that switches the session.
pub(super) struct Change {
    /// Of the content that it changes.
    pub revision: i64,
    /// The number of the last event before it, as it was simulated.
    pub seq: i64,
    pub executed: Executed,
    /// The session after it.
    pub head: Head,
    /// The step that it makes, undoes or redoes; in `history` this has no changes.
    pub step: i64,
    pub history: Delta<'static>,
    /// The first and the last number of each of its entries of the log, as simulated.
    pub entries: Vec<(i64, i64)>,
}

/// Simulates the change; an error is why it can't be done. None if there is nothing to simulate: no such
/// session, or the request was answered before.
pub(super) async fn simulate(
    store: &Store,
    request: &ContentRequest,
) -> Result<Option<(Content, Change)>, Error> {
    let mut reader = store.database.bulk_readers.begin().await?;
    let Some(before) = heads::find(&mut reader, request.session_id).await? else {
        return Ok(None);
    };
    if let Some(idempotency) = &request.idempotency
        && !answers::read(&mut reader, &[(before.key, idempotency.key())]).await?.is_empty()
    {
        return Ok(None);
    }
    let undo_step = undo_steps::taken_by(&mut reader, before.key, request).await?;
    let more = undo_step.as_ref().is_some_and(|step| step.more);
    let storage = copy_session(&mut reader, request, &before, undo_step).await?;
    drop(reader);
    let mut transaction =
        Transaction::new(storage, Cache::default(), store.clock.now(), &store.limits);
    transaction.load([request.session_id]).await?;
    let mut outcomes = commands::apply(&mut transaction, std::slice::from_ref(request)).await?;
    let not_done = || Error::internal(anyhow::anyhow!("a change was simulated that was not done"));
    let mut executed = outcomes.pop().ok_or_else(not_done)??;
    // The copy has no step beside the one that it takes.
    match request.action {
        Action::Undo(_) => executed.undo_available = more,
        Action::Redo(_) => executed.redo_available = more,
        Action::Execute(_) | Action::Replace(..) => {}
    }
    let (mut storage, _, happened) = transaction.finish()?;
    let head = storage.head(request.session_id).ok_or_else(not_done)?.clone();
    let mut history = storage.take_history();
    let (step, changes) = take_changes(&mut history).ok_or_else(not_done)?;
    let events = happened.events.iter().map(|event| (head.key, event));
    let entries = event_encoding::encode(events, MAX_ENTRY_BYTES);
    let change = Change {
        revision: before.revision,
        seq: before.seq,
        executed,
        head,
        step,
        history,
        entries: entries.iter().map(|entry| (entry.first_seq(), entry.seq)).collect(),
    };
    Ok(Some((Content { storage, tree: before.tree(), changes, entries }, change)))
}

/// Copies what the change may look at; the step is the one that an undo or a redo takes.
async fn copy_session(
    reader: &mut SqliteConnection,
    request: &ContentRequest,
    head: &Head,
    undo_step: Option<UndoStep>,
) -> Result<MemoryStorage, Error> {
    let mut storage = MemoryStorage::default();
    storage.add_session(request.session_id, head.clone());
    let mut nodes = nodes::stream(reader, head.tree());
    while let Some(node) = nodes.try_next().await? {
        storage.add_node(head.tree(), node);
    }
    drop(nodes);
    let Some(UndoStep { step, command_id, changes, remapped_at, .. }) = undo_step else {
        return Ok(storage);
    };
    for (revision, remap) in remaps::after(reader, head.key, remapped_at).await? {
        storage.add_remap(head.key, revision, remap);
    }
    let content = MemoryStep {
        command_id,
        client_id: request.client_id.clone(),
        revision: remapped_at,
        bytes_before: 0,
        remapped_at: None,
        state: match request.action {
            Action::Redo(scope) => StepState::Undone(scope, 0),
            _ => StepState::Applied,
        },
        changes,
    };
    storage.add_step(head.key, step, content);
    Ok(storage)
}

/// Takes the changes out of the step that was made, undone or redone; its number, and them.
fn take_changes(history: &mut Delta<'_>) -> Option<(i64, String)> {
    let made = history.steps.iter_mut().map(|made| (made.step, &mut made.changes));
    let changed = history.step_changes.iter_mut().filter_map(|change| match change {
        StepChange::Undo { step, changes, .. } | StepChange::Redo { step, changes, .. } => {
            Some((*step, changes))
        }
        StepChange::Discard { .. } => None,
    });
    let (step, changes) = made.chain(changed).next()?;
    Some((step, std::mem::replace(changes, "[]".to_owned())))
}
