//! What stands below a node, and the roots.

use std::collections::HashMap;

use super::TreeCache;
use crate::engine::storage::{NodeKey, Storage, Tree};
use crate::engine::transaction::Transaction;
use crate::error::Error;
use crate::model::{Node, NodeId};

impl TreeCache {
    /// A node that was loaded and all its descendants, each behind its parent, siblings in order.
    pub async fn subtree<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        key: NodeKey,
    ) -> Result<Vec<Node>, Error> {
        if let Some(leaf) = self.cached(key)
            && leaf.child_count == 0
        {
            return Ok(vec![leaf.node.clone()]);
        }
        self.flush(transaction)?;
        let nodes = transaction.storage.subtree(key).await?;
        Ok(in_order(key.1, nodes))
    }

    /// Levels of the subtree below a node that was loaded, a leaf having 1, counted until there are more
    /// than `max_levels`.
    pub async fn height<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        key: NodeKey,
        max_levels: usize,
    ) -> Result<usize, Error> {
        if self.cached(key).is_some_and(|leaf| leaf.child_count == 0) {
            return Ok(1);
        }
        if let Some(levels) = self.walk.known_height(key) {
            return Ok(levels);
        }
        self.flush(transaction)?;
        let max_nodes = self.walk.nodes_left();
        let (levels, nodes) = transaction.storage.height(key, max_levels, max_nodes).await?;
        self.walk.over_nodes(nodes)?;
        Ok(levels)
    }

    /// The roots of a tree, in order.
    pub async fn roots<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        tree: Tree,
    ) -> Result<Vec<NodeId>, Error> {
        self.flush(transaction)?;
        transaction.storage.roots(tree).await
    }
}

/// Sorts a subtree without recursion, however deep it is.
fn in_order(topmost: NodeId, nodes: Vec<Node>) -> Vec<Node> {
    let mut children: HashMap<Option<NodeId>, Vec<Node>> = HashMap::new();
    let mut ordered = Vec::new();
    for node in nodes {
        if node.node_id == topmost {
            ordered.push(node);
        } else {
            children.entry(node.parent_id).or_default().push(node);
        }
    }
    for siblings in children.values_mut() {
        // The last one first, as a stack needs it.
        siblings.sort_by(|one, other| other.position.cmp(&one.position));
    }
    let mut waiting = children.remove(&Some(topmost)).unwrap_or_default();
    while let Some(node) = waiting.pop() {
        if let Some(below) = children.remove(&Some(node.node_id)) {
            waiting.extend(below);
        }
        ordered.push(node);
    }
    ordered
}
