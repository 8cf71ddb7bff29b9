//! What keeps a tree within its limits: its nodes, its depth, and parents that exist.

use std::collections::HashMap;

use super::Editor;
use crate::engine::storage::Storage;
use crate::error::Error;
use crate::model::limits::check_node_count;
use crate::model::{Node, NodeId};

impl<S: Storage> Editor<'_, '_, S> {
    /// Levels of the subtree below a node that was read, a leaf having 1.
    async fn height(&mut self, node_id: NodeId) -> Result<usize, Error> {
        let max_levels = self.limits().depth;
        self.cache.height(self.transaction, (self.tree, node_id), max_levels).await
    }

    /// Levels from a root down to a parent; 0 for roots, which have none.
    async fn depth(&mut self, parent_id: Option<NodeId>) -> Result<usize, Error> {
        match parent_id {
            Some(parent_id) => Ok(self.path_up(parent_id).await?.len()),
            None => Ok(0),
        }
    }

    /// Refuses a move that would put a subtree too deep.
    pub(in crate::engine) async fn check_depth(
        &mut self,
        node_id: NodeId,
        old_parent: Option<NodeId>,
        new_parent: Option<NodeId>,
    ) -> Result<(), Error> {
        let is_leaf = self.child_count(node_id).await? == 0;
        // A subtree that gets no deeper fits as it did before. So most moves need not know its height,
        // for which all of it must be read.
        let height = if !is_leaf && self.depth(new_parent).await? <= self.depth(old_parent).await? {
            1
        } else {
            self.height(node_id).await?
        };
        self.check_parent(new_parent, height).await
    }

    /// Refuses so many more nodes than there are.
    pub(in crate::engine) fn check_node_limit(&self, more: usize) -> Result<(), Error> {
        let head = self.transaction.known_head(self.session_id);
        check_node_count(head.map_or(0, |head| head.node_count) + more as i64, self.limits())
    }

    /// Refuses a parent that does not exist, or that is so deep that `height` levels do not fit below it.
    pub(in crate::engine) async fn check_parent(
        &mut self,
        parent_id: Option<NodeId>,
        height: usize,
    ) -> Result<(), Error> {
        let above = match parent_id {
            None => 0,
            Some(parent_id) => {
                if self.node(parent_id).await?.is_none() {
                    let text = format!("There is no node {parent_id} to be the parent.");
                    return Err(Error::InvalidCommand(text));
                }
                self.path_up(parent_id).await?.len()
            }
        };
        let (depth, max_depth) = (above + height, self.limits().depth);
        if depth > max_depth {
            return Err(Error::InvalidCommand(format!(
                "The tree would be {depth} levels deep, but {max_depth} are allowed (--max-depth)."
            )));
        }
        Ok(())
    }
}

/// Levels of a subtree whose nodes stand each behind its parent.
pub(in crate::engine) fn height(nodes: &[Node]) -> usize {
    let mut levels = HashMap::new();
    let mut highest = 0;
    for node in nodes {
        let above = node.parent_id.and_then(|parent| levels.get(&parent).copied()).unwrap_or(0);
        levels.insert(node.node_id, above + 1);
        highest = highest.max(above + 1);
    }
    highest
}
