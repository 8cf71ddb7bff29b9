//! What stands above a node. Only the positions of ancestors are needed, so their names and properties
//! are not read.

use std::collections::BTreeSet;

use super::TreeCache;
use crate::engine::storage::{NodeKey, Storage};
use crate::engine::transaction::Transaction;
use crate::error::Error;
use crate::model::NodeId;

impl TreeCache {
    /// The node and all its ancestors, from below.
    pub async fn path_up<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        key: NodeKey,
    ) -> Result<Vec<NodeId>, Error> {
        loop {
            match self.cached_path(key) {
                Ok(path) => return Ok(path),
                Err(unknown) => self.load_paths(transaction, vec![unknown]).await?,
            }
        }
    }

    /// Loads the ancestors of all these nodes, as far as they are not known.
    pub async fn load_ancestors<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        nodes: impl IntoIterator<Item = NodeKey>,
    ) -> Result<(), Error> {
        let unknown: BTreeSet<NodeKey> =
            nodes.into_iter().filter_map(|key| self.cached_path(key).err()).collect();
        self.load_paths(transaction, unknown.into_iter().collect()).await
    }

    /// The path up from a node, or the first node on it that is not known.
    fn cached_path(&self, (tree, node_id): NodeKey) -> Result<Vec<NodeId>, NodeKey> {
        let mut path = Vec::new();
        let mut next = Some(node_id);
        // Rows that were changed manually may form a cycle.
        let max_length = self.nodes.len() + self.passed.len();
        while let Some(node_id) = next
            && path.len() <= max_length
        {
            let key = (tree, node_id);
            next = match self.nodes.get(&key) {
                Some(Some(stored)) => stored.node.parent_id,
                Some(None) => break,
                None => *self.passed.get(&key).ok_or(key)?,
            };
            path.push(node_id);
        }
        Ok(path)
    }

    async fn load_paths<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        start: Vec<NodeKey>,
    ) -> Result<(), Error> {
        if start.is_empty() {
            return Ok(());
        }
        self.passed.extend(transaction.storage.ancestors(&start).await?);
        for key in start {
            // The path ends at a parent that does not exist, or can't be read.
            self.passed.entry(key).or_insert(None);
        }
        Ok(())
    }
}
