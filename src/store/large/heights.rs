//! Moves of subtrees that are so large that nobody should wait for a walk over them. Only the height is
//! needed of it, so it is taken on a reader; the move itself is as small as any other.

use super::{ATTEMPTS, Turn};
use crate::error::Error;
use crate::model::{Command, NodeChange, NodeId};
use crate::store::Store;
use crate::store::commands::{Action, ContentRequest, Executed, Way};
use crate::store::content::{self, Height, Tree};

/// A step of the past that is longer, in bytes, is more than one move.
const MAX_MOVE_BYTES: usize = 1024;

/// Does the change if it is one move of a subtree; None where it is to be prepared.
pub(super) async fn try_measured(
    store: &Store,
    turn: &Turn<'_>,
    request: &ContentRequest,
) -> Result<Option<Executed>, Error> {
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            turn.hold(request.session_id);
        }
        let Some(height) = measure(store, request).await? else { return Ok(None) };
        let way = Way::Measured(height);
        match store.submit_content(ContentRequest { way, ..request.clone() }).await {
            // Others have changed the content meanwhile.
            Err(Error::TooLong) => {}
            outcome => return outcome.map(Some),
        }
    }
    Ok(None)
}

/// The height of the subtree that the change moves, if it does only that.
async fn measure(store: &Store, request: &ContentRequest) -> Result<Option<Height>, Error> {
    if !request.may_walk() {
        return Ok(None);
    }
    let mut reader = store.readers.begin().await?;
    let session = sqlx::query!(
        r#"select session as "session!", generation, revision from sessions where session_id = ?"#,
        request.session_id
    )
    .fetch_optional(&mut *reader)
    .await?;
    let Some(session) = session else { return Ok(None) };
    let moved: Option<NodeId> = match &request.action {
        Action::Execute(Command::LinkNode(link)) => Some(link.child_id),
        Action::Undo(_) | Action::Redo(_) => {
            match request.step_of_the_past(&mut reader, session.session).await? {
                Some(found) if found.changes.len() <= MAX_MOVE_BYTES => {
                    match found.changes(&mut reader, session.session).await?.as_slice() {
                        [NodeChange::Moved { node_id, .. }] => Some(*node_id),
                        _ => None,
                    }
                }
                _ => None,
            }
        }
        _ => None,
    };
    let Some(node_id) = moved else { return Ok(None) };
    let tree = Tree { session: session.session, generation: session.generation };
    let most = store.limits.content.depth;
    let (levels, _) = content::height(&mut reader, (tree, node_id), most, None).await?;
    Ok(Some(Height { revision: session.revision, node_id, levels }))
}
