//! The engine's storage in SQL.

use super::rows::{answers, clients, events, heads, history, nodes, positions, remaps, undo_steps};
use super::transaction::SqliteTransaction;
use crate::engine::head::Head;
use crate::engine::storage::{
    Delta, KeyedAnswer, NodeKey, ParentKey, ReadNode, Storage, Tree, UndoStep,
};
use crate::engine::tree::SessionKey;
use crate::engine::undo_scope::UndoScope;
use crate::error::Error;
use crate::model::{Node, NodeId, OrderKey, PositionRemaps, SessionId, Timestamp};

impl Storage for SqliteTransaction<'_> {
    async fn heads(&mut self, session_ids: &[SessionId]) -> Result<Vec<(SessionId, Head)>, Error> {
        heads::read(self, session_ids).await
    }

    async fn missing_session(&mut self, session_id: SessionId) -> Result<Error, Error> {
        super::rows::sessions::missing(self.connection().await?, session_id).await
    }

    async fn memberships(&mut self) -> Result<Vec<(String, SessionId)>, Error> {
        clients::memberships(self.connection().await?).await
    }

    async fn nodes(&mut self, keys: &[NodeKey]) -> Result<Vec<ReadNode>, Error> {
        nodes::with_parents(self.connection().await?, keys).await
    }

    async fn ancestors(
        &mut self,
        keys: &[NodeKey],
    ) -> Result<Vec<(NodeKey, Option<NodeId>)>, Error> {
        nodes::ancestors(self.connection().await?, keys).await
    }

    async fn last_positions(
        &mut self,
        parents: &[ParentKey],
    ) -> Result<Vec<(ParentKey, Option<OrderKey>)>, Error> {
        positions::last(self.connection().await?, parents).await
    }

    async fn sibling_positions(
        &mut self,
        parents: &[ParentKey],
        max: usize,
    ) -> Result<Vec<Option<Vec<OrderKey>>>, Error> {
        positions::of_siblings(self.connection().await?, parents, max).await
    }

    async fn positions_from(
        &mut self,
        parent: ParentKey,
        skip: i64,
    ) -> Result<Vec<OrderKey>, Error> {
        positions::from(self.connection().await?, parent, skip).await
    }

    async fn rank(
        &mut self,
        parent: ParentKey,
        position: &OrderKey,
        except: Option<NodeId>,
    ) -> Result<(i64, bool), Error> {
        positions::rank(self.connection().await?, parent, position, except).await
    }

    async fn subtree(&mut self, key: NodeKey) -> Result<Vec<Node>, Error> {
        nodes::subtree(self.connection().await?, key).await
    }

    async fn height(
        &mut self,
        key: NodeKey,
        max_levels: usize,
        max_nodes: Option<i64>,
    ) -> Result<(usize, i64), Error> {
        nodes::height(self.connection().await?, key, max_levels, max_nodes).await
    }

    async fn all_nodes(
        &mut self,
        tree: Tree,
        max_bytes: usize,
    ) -> Result<Option<Vec<Node>>, Error> {
        nodes::all(self.connection().await?, tree, max_bytes).await
    }

    async fn roots(&mut self, tree: Tree) -> Result<Vec<NodeId>, Error> {
        nodes::roots(self.connection().await?, tree).await
    }

    async fn undo_step(
        &mut self,
        session: SessionKey,
        scope: UndoScope<'_>,
    ) -> Result<Option<UndoStep>, Error> {
        undo_steps::last_applied(self.connection().await?, session, scope).await
    }

    async fn redo_step(
        &mut self,
        session: SessionKey,
        scope: UndoScope<'_>,
    ) -> Result<Option<UndoStep>, Error> {
        undo_steps::last_undone(self.connection().await?, session, scope).await
    }

    async fn position_remaps(
        &mut self,
        session: SessionKey,
        after: i64,
    ) -> Result<PositionRemaps, Error> {
        let remaps = remaps::after(self.connection().await?, session, after).await?;
        Ok(remaps.into_iter().map(|(_, remap)| remap).collect())
    }

    async fn answers(
        &mut self,
        keys: &[(SessionKey, &str)],
    ) -> Result<Vec<(SessionKey, String, KeyedAnswer)>, Error> {
        answers::read(self.connection().await?, keys).await
    }

    /// Queues the statements. The counts of sessions and nodes follow by triggers.
    fn write(&mut self, now: Timestamp, delta: Delta<'_>) -> Result<(), Error> {
        let batch = self.batch();
        nodes::delete(batch, &delta.deleted_nodes)?;
        nodes::upsert(batch, &delta.nodes)?;
        history::insert(batch, &delta.steps)?;
        history::trim(batch, &delta.trims)?;
        history::change(batch, &delta.step_changes)?;
        remaps::insert(batch, &delta.remaps)?;
        heads::update(batch, &delta.heads)?;
        answers::insert(batch, now, &delta.answers)?;
        clients::delete(batch, &delta.deleted_clients)?;
        clients::insert(batch, now, &delta.clients)?;
        events::insert(batch, now, delta.events)
    }
}
