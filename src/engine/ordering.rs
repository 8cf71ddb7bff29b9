//! Where nodes stand among their siblings: the order key for an index, and the index of an order key.

use super::editor::Editor;
use super::storage::{ParentKey, Storage};
use super::transaction::Transaction;
use super::tree_cache::TreeCache;
use crate::error::Error;
use crate::model::{NodeId, OrderKey, TreePosition};

/// The node that moves, if one does, and where it stands before.
type Mover<'a> = Option<(NodeId, &'a TreePosition)>;

impl<S: Storage> Editor<'_, '_, S> {
    /// The index of a position. If another node stands right there, the position moves a little to the
    /// front.
    pub(super) async fn resolve_position(
        &mut self,
        wanted: TreePosition,
        mover: Mover<'_>,
    ) -> Result<(TreePosition, i64), Error> {
        let parent = (self.tree, wanted.parent_id);
        let last = self.cache.last_position(self.transaction, parent).await?;
        if last.is_none_or(|last| *last < wanted.position) {
            let index = self.sibling_count(wanted.parent_id, mover).await?;
            return Ok((wanted, index));
        }
        let position = &wanted.position;
        let (index, taken) = self.cache.rank(self.transaction, parent, position, mover).await?;
        if !taken {
            return Ok((wanted, index));
        }
        let (before, _) = self.cache.neighbours(self.transaction, parent, index, mover).await?;
        let position = match before {
            Some(before) => before.between(&wanted.position),
            None => wanted.position.before(),
        };
        let position = position.ok_or_else(no_room)?;
        Ok((TreePosition { position, ..wanted }, index))
    }

    /// The order key that gives a node this index, or makes it the last if there are fewer siblings, and
    /// which index that is.
    pub(super) async fn position_at(
        &mut self,
        parent_id: Option<NodeId>,
        index: Option<u32>,
        mover: Mover<'_>,
    ) -> Result<(OrderKey, i64), Error> {
        let count = self.sibling_count(parent_id, mover).await?;
        let parent = (self.tree, parent_id);
        match index.map(i64::from).filter(|index| *index < count) {
            None => {
                let last = self.cache.last_position(self.transaction, parent).await?;
                let position = last.map_or_else(|| Some(OrderKey::first()), OrderKey::after);
                Ok((position.ok_or_else(no_room)?, count))
            }
            Some(index) => {
                let neighbours = self.cache.neighbours(self.transaction, parent, index, mover);
                let position = match neighbours.await? {
                    (Some(before), Some(after)) => before.between(&after),
                    (None, Some(after)) => after.before(),
                    (Some(before), None) => before.after(),
                    (None, None) => Some(OrderKey::first()),
                };
                Ok((position.ok_or_else(no_room)?, index))
            }
        }
    }

    /// How many nodes stand below a parent, the one that moves not counted.
    async fn sibling_count(
        &mut self,
        parent_id: Option<NodeId>,
        mover: Mover<'_>,
    ) -> Result<i64, Error> {
        let count = match parent_id {
            Some(parent_id) => self.child_count(parent_id).await?,
            None => self.transaction.known_head(self.session_id).map_or(0, |head| head.root_count),
        };
        Ok(count - i64::from(position_below(parent_id, mover).is_some()))
    }
}

// A storage finds order keys of many siblings in an index, whose entries are far smaller than the nodes.
// So the node that moves is recognised by its order key.
impl TreeCache {
    /// The order keys on both sides of an index, among the siblings without the one that moves.
    async fn neighbours<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        parent: ParentKey,
        index: i64,
        mover: Mover<'_>,
    ) -> Result<(Option<OrderKey>, Option<OrderKey>), Error> {
        let moving = position_below(parent.1, mover);
        if let Some(siblings) = self.siblings(transaction, parent).await? {
            return Ok(siblings.neighbours(index, moving));
        }
        self.flush(transaction)?;
        let skip = (index - 1).max(0);
        let mut positions = transaction.storage.positions_from(parent, skip).await?;
        self.walk_over_positions(skip)?;
        // If the moving node stands before all of these, each of them has one less before it.
        if let Some(moving) = moving
            && let Some(at) = positions.iter().position(|position| position >= moving)
        {
            positions.remove(at);
        }
        let mut positions = positions.into_iter();
        Ok(match index {
            0 => (None, positions.next()),
            _ => (positions.next(), positions.next()),
        })
    }

    /// How many siblings stand before an order key, and whether one stands right at it; the one that
    /// moves not counted.
    async fn rank<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        parent: ParentKey,
        position: &OrderKey,
        mover: Mover<'_>,
    ) -> Result<(i64, bool), Error> {
        let moving = position_below(parent.1, mover);
        if let Some(siblings) = self.siblings(transaction, parent).await? {
            return Ok(siblings.rank(position, moving));
        }
        self.flush(transaction)?;
        let except = mover.map(|(node_id, _)| node_id);
        let (before, taken) = transaction.storage.rank(parent, position, except).await?;
        self.walk_over_positions(before)?;
        let moves = moving.is_some_and(|moving| moving < position);
        Ok((before - i64::from(moves), taken))
    }
}

/// Where the moving node stands now, if it is below this parent.
fn position_below(parent_id: Option<NodeId>, mover: Mover<'_>) -> Option<&OrderKey> {
    mover.filter(|(_, old)| old.parent_id == parent_id).map(|(_, old)| &old.position)
}

/// The refusal of an index whose two neighbours have no room between them.
fn no_room() -> Error {
    Error::InvalidCommand(
        "There is no room left at this index: too many nodes were inserted here, each between two that \
         had just been inserted. Choose another index, or make room: move the nodes around it, one after \
         the other, to the end of their siblings (LinkNode without index), or replace the whole graph \
         (PUT /sessions/{id}/graph with what GET returns)."
            .to_owned(),
    )
}
