//! Moves of subtrees that are so large that nobody should wait for a walk over them. Only the height of
//! the subtree is needed, so it is read in the background; the move itself is as small as any other.

use crate::engine::request::{Action, ContentRequest, SubtreeHeight};
use crate::engine::storage::UndoStep;
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
    let moved = match &request.action {
        Action::Execute(Command::LinkNode(link)) => Some(link.child_id),
        _ => undo_steps::taken_by(&mut reader, head.key, request).await?.and_then(only_moved),
    };
    let Some(node_id) = moved else { return Ok(None) };
    let (key, max_levels) = ((head.tree(), node_id), store.limits.content.depth);
    let (levels, _) = nodes::height(&mut reader, key, max_levels, None).await?;
    Ok(Some(SubtreeHeight { revision: head.revision, node_id, levels }))
}

/// The node that the step has moved, if it did only that.
fn only_moved(UndoStep { changes, .. }: UndoStep) -> Option<NodeId> {
    if changes.len() > MAX_MOVE_BYTES {
        return None;
    }
    // One that can't be read is refused with its reason when the change is made.
    match serde_json::from_str::<Vec<NodeChange>>(&changes).as_deref() {
        Ok([NodeChange::Moved { node_id, .. }]) => Some(*node_id),
        _ => None,
    }
}
