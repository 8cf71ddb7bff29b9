//! Where nodes stand among their siblings: the place for an index, and the index of a place.

use super::Transaction;
use super::content::{Content, Tree};
use super::edit::Editor;
use crate::error::Error;
use crate::model::{NodeId, OrderKey, TreePosition};

impl Editor<'_, '_, '_> {
    /// The index of a place, which moves back a little if somebody stands right there.
    pub(super) async fn settle(
        &mut self,
        place: TreePosition,
        mover: Option<(NodeId, &TreePosition)>,
    ) -> Result<(TreePosition, i64), Error> {
        let (transaction, content) = (&mut *self.transaction, &mut *self.content);
        let end = content.end(transaction, self.tree, place.parent_id).await?;
        if end.is_none_or(|end| *end < place.position) {
            return Ok((place.clone(), self.siblings(place.parent_id, mover).await?));
        }
        let (transaction, content) = (&mut *self.transaction, &mut *self.content);
        let (index, taken) = content.rank(transaction, self.tree, &place, mover).await?;
        if !taken {
            return Ok((place, index));
        }
        let (before, _) =
            content.neighbours(transaction, self.tree, place.parent_id, index, mover).await?;
        let position = match before {
            Some(before) => before.between(&place.position),
            None => place.position.before(),
        };
        let position = position.ok_or_else(no_room)?;
        Ok((TreePosition { position, ..place }, index))
    }

    /// The position that makes a node the one at `index`, the last if there are fewer, and which it is.
    pub(super) async fn position_at(
        &mut self,
        parent_id: Option<NodeId>,
        index: Option<u32>,
        mover: Option<(NodeId, &TreePosition)>,
    ) -> Result<(OrderKey, i64), Error> {
        let count = self.siblings(parent_id, mover).await?;
        let (transaction, content) = (&mut *self.transaction, &mut *self.content);
        match index.map(i64::from).filter(|index| *index < count) {
            None => {
                let end = content.end(transaction, self.tree, parent_id).await?;
                let position = end.map_or_else(|| Some(OrderKey::first()), OrderKey::after);
                Ok((position.ok_or_else(no_room)?, count))
            }
            Some(index) => {
                let neighbours =
                    content.neighbours(transaction, self.tree, parent_id, index, mover).await?;
                let position = match neighbours {
                    (Some(before), Some(after)) => before.between(&after),
                    (None, Some(after)) => after.before(),
                    (Some(before), None) => before.after(),
                    (None, None) => Some(OrderKey::first()),
                };
                Ok((position.ok_or_else(no_room)?, index))
            }
        }
    }

    /// How many stand under a parent, the one that moves not counted.
    async fn siblings(
        &mut self,
        parent_id: Option<NodeId>,
        mover: Option<(NodeId, &TreePosition)>,
    ) -> Result<i64, Error> {
        let count = match parent_id {
            Some(parent_id) => self.child_count(parent_id).await?,
            None => self.transaction.known_head(self.session_id).map_or(0, |head| head.root_count),
        };
        Ok(count - i64::from(position_under(parent_id, mover).is_some()))
    }
}

// What these read of many siblings is in the index of places: a look at each row takes a dozen times as
// long, and so the node that moves is told by its position.
impl Content {
    /// The positions on both sides of the place `index`, among the siblings without the one that moves.
    async fn neighbours(
        &mut self,
        transaction: &mut Transaction<'_>,
        tree: Tree,
        parent_id: Option<NodeId>,
        index: i64,
        mover: Option<(NodeId, &TreePosition)>,
    ) -> Result<(Option<OrderKey>, Option<OrderKey>), Error> {
        let moving = position_under(parent_id, mover);
        if let Some(row) = self.row(transaction, (tree, parent_id)).await? {
            return Ok(row.neighbours(index, moving));
        }
        self.write(transaction)?;
        let skip = (index - 1).max(0);
        let mut rows = sqlx::query_scalar!(
            r#"select position as "position!: OrderKey" from nodes
               where session = ?1 and generation = ?2 and parent_id is ?3
               order by position limit 3 offset ?4"#,
            tree.session,
            tree.generation,
            parent_id,
            skip
        )
        .fetch_all(transaction.connection().await?)
        .await?;
        self.walk_over_places(skip)?;
        // Where the one that moves stands before all of these, each of them counts one less.
        if let Some(moving) = moving
            && let Some(at) = rows.iter().position(|position| position >= moving)
        {
            rows.remove(at);
        }
        let mut rows = rows.into_iter();
        Ok(if index == 0 { (None, rows.next()) } else { (rows.next(), rows.next()) })
    }

    /// How many siblings stand before a position, and whether one stands right at it; the one that
    /// moves not counted.
    async fn rank(
        &mut self,
        transaction: &mut Transaction<'_>,
        tree: Tree,
        place: &TreePosition,
        mover: Option<(NodeId, &TreePosition)>,
    ) -> Result<(i64, bool), Error> {
        let moving = position_under(place.parent_id, mover);
        if let Some(row) = self.row(transaction, (tree, place.parent_id)).await? {
            return Ok(row.rank(&place.position, moving));
        }
        self.write(transaction)?;
        let except = mover.map(|(node_id, _)| node_id);
        let row = sqlx::query!(
            r#"select count(*) as "before!: i64",
                      exists(select 1 from nodes
                             where session = ?1 and generation = ?2 and parent_id is ?3
                               and node_id is not ?5 and position = ?4) as "taken!: bool"
               from nodes
               where session = ?1 and generation = ?2 and parent_id is ?3 and position < ?4"#,
            tree.session,
            tree.generation,
            place.parent_id,
            place.position,
            except
        )
        .fetch_one(transaction.connection().await?)
        .await?;
        self.walk_over_places(row.before)?;
        let moves = moving.is_some_and(|at| *at < place.position);
        Ok((row.before - i64::from(moves), row.taken))
    }
}

/// Where the one that moves stands now, if it is under this parent.
fn position_under(
    parent_id: Option<NodeId>,
    mover: Option<(NodeId, &TreePosition)>,
) -> Option<&OrderKey> {
    mover.filter(|(_, place)| place.parent_id == parent_id).map(|(_, place)| &place.position)
}

/// The refusal of a place between two neighbours that have no room between them.
fn no_room() -> Error {
    Error::InvalidCommand(
        "There is no room left at this index: too many nodes were put in here, each between two that \
         had just come. Choose another index, or make room: move the nodes around it, one after the \
         other, to the end of their siblings (LinkNode without index), or put the whole graph anew \
         (PUT /sessions/{id}/graph with what GET answers)."
            .to_owned(),
    )
}
