//! Moves of subtrees that are so large that nobody should wait for a walk over them. Only the height of
//! the subtree is needed, so it is read in the background; the move itself is as small as any other.

use crate::engine::request::{Action, ContentRequest, SubtreeHeight};
use crate::error::Error;
use crate::model::{Command, NodeChange, NodeId};
use crate::store::handle::Store;
use crate::store::sqlite::rows::{heads, nodes, undo_steps};

/// A step with more bytes is more than one move.
const MAX_MOVE_BYTES: usize = 1024;

/// The height of the subtree that the change moves, if it does only that.
pub(super) async fn of_moved(
    store: &Store,
    request: &ContentRequest,
) -> Result<Option<SubtreeHeight>, Error> {
    if !request.may_walk() {
        return Ok(None);
    }
    let mut reader = store.database.readers.begin().await?;
    let Some(head) = heads::find(&mut reader, request.session_id).await? else {
        return Ok(None);
    };
    let found = match &request.action {
        Action::Execute(Command::LinkNode(link)) => {
            let key = (head.tree(), link.child_id);
            return height(store, &mut reader, key, head.revision).await.map(Some);
        }
        Action::Undo(scope) => {
            undo_steps::last_applied(&mut reader, head.key, request.undo_scope(*scope)?).await?
        }
        Action::Redo(scope) => {
            undo_steps::last_undone(&mut reader, head.key, request.undo_scope(*scope)?).await?
        }
        Action::Execute(_) | Action::Replace(..) => None,
    };
    let Some(found) = found.filter(|found| found.changes.len() <= MAX_MOVE_BYTES) else {
        return Ok(None);
    };
    // One that can't be read is refused with its reason when the change is made.
    match serde_json::from_str::<Vec<NodeChange>>(&found.changes).as_deref() {
        Ok([NodeChange::Moved { node_id, .. }]) => {
            let key = (head.tree(), *node_id);
            height(store, &mut reader, key, head.revision).await.map(Some)
        }
        _ => Ok(None),
    }
}

async fn height(
    store: &Store,
    reader: &mut sqlx::SqliteConnection,
    (tree, node_id): (crate::engine::storage::Tree, NodeId),
    revision: i64,
) -> Result<SubtreeHeight, Error> {
    let max_levels = store.limits.content.depth;
    let (levels, _) = nodes::height(reader, (tree, node_id), max_levels, None).await?;
    Ok(SubtreeHeight { revision, node_id, levels })
}
