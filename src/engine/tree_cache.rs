//! Write-back cache of the nodes that a transaction has loaded; `dirty` ones are newer than the storage.
//! So many commands cost few statements.

use std::collections::{BTreeSet, HashMap};

use super::head::LastPositions;
use super::storage::{Delta, NodeKey, ParentKey, Storage, StoredNode, Tree};
use super::transaction::Transaction;
use crate::error::Error;
use crate::model::{Node, NodeId, OrderKey, TreePosition};

mod ancestors;
mod descendants;
mod sibling_loading;
mod siblings;
mod walk;

use siblings::SiblingCache;
use walk::Walk;

/// The nodes that a transaction has loaded or changed, of all its sessions.
pub(super) struct TreeCache {
    /// None: the node does not exist.
    nodes: HashMap<NodeKey, Option<StoredNode>>,
    /// The parents of nodes that were only passed on the way up. `nodes` goes before.
    passed: HashMap<NodeKey, Option<NodeId>>,
    /// Nodes that exist but can't be read, and why.
    unreadable: HashMap<NodeKey, Error>,
    /// Nodes that differ from the storage.
    dirty: BTreeSet<NodeKey>,
    last_positions: LastPositions,
    siblings: SiblingCache,
    walk: Walk,
}

impl TreeCache {
    /// A cache that knows nothing but the last positions below some parents. It keeps the order keys of
    /// siblings that are no more than `max_siblings`.
    pub fn new(last_positions: LastPositions, max_siblings: usize) -> Self {
        Self {
            nodes: HashMap::new(),
            passed: HashMap::new(),
            unreadable: HashMap::new(),
            dirty: BTreeSet::new(),
            last_positions,
            siblings: SiblingCache::new(max_siblings),
            walk: Walk::default(),
        }
    }

    /// What stays true after all was written.
    pub fn into_last_positions(self) -> LastPositions {
        self.last_positions
    }

    /// Loads nodes, each with its parent.
    pub async fn load<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        wanted: impl IntoIterator<Item = NodeKey>,
    ) -> Result<(), Error> {
        let wanted: Vec<NodeKey> = wanted.into_iter().filter(|key| !self.is_loaded(*key)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        for (key, stored) in transaction.storage.nodes(&wanted).await? {
            if self.nodes.contains_key(&key) {
                continue;
            }
            match stored {
                Ok(stored) => drop(self.nodes.insert(key, Some(stored))),
                Err(failure) => drop(self.unreadable.insert(key, failure)),
            }
        }
        for key in wanted {
            if !self.unreadable.contains_key(&key) {
                self.nodes.entry(key).or_insert(None);
            }
        }
        Ok(())
    }

    /// Loads the last position below each of these parents.
    pub async fn load_last_positions<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        parents: impl IntoIterator<Item = ParentKey>,
    ) -> Result<(), Error> {
        let parents: BTreeSet<ParentKey> =
            parents.into_iter().filter(|key| !self.last_positions.contains_key(key)).collect();
        if parents.is_empty() {
            return Ok(());
        }
        self.flush(transaction)?;
        let parents: Vec<ParentKey> = parents.into_iter().collect();
        self.last_positions.extend(transaction.storage.last_positions(&parents).await?);
        Ok(())
    }

    /// The node, if it exists.
    pub async fn node<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        key: NodeKey,
    ) -> Result<Option<&StoredNode>, Error> {
        self.load(transaction, [key]).await?;
        match self.unreadable.get(&key) {
            Some(failure) => Err(failure.clone()),
            None => Ok(self.cached(key)),
        }
    }

    /// Whether the node was loaded together with its parent, whose children are counted.
    fn is_loaded(&self, key: NodeKey) -> bool {
        match self.nodes.get(&key) {
            None => self.unreadable.contains_key(&key),
            Some(None) => true,
            Some(Some(StoredNode { node, .. })) => node.parent_id.is_none_or(|parent_id| {
                let parent = (key.0, parent_id);
                self.nodes.contains_key(&parent) || self.unreadable.contains_key(&parent)
            }),
        }
    }

    fn cached(&self, key: NodeKey) -> Option<&StoredNode> {
        self.nodes.get(&key).and_then(Option::as_ref)
    }

    fn cached_mut(&mut self, key: NodeKey) -> Option<&mut StoredNode> {
        self.nodes.get_mut(&key).and_then(Option::as_mut)
    }

    /// The last position below a parent; None if it has no children.
    pub async fn last_position<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        parent: ParentKey,
    ) -> Result<Option<&OrderKey>, Error> {
        self.load_last_positions(transaction, [parent]).await?;
        match self.last_positions.get(&parent) {
            Some(last) => Ok(last.as_ref()),
            None => {
                let (tree, parent_id) = parent;
                let parent_id = parent_id.map_or("null".to_owned(), |id| id.to_string());
                let row = format!("session {}, nodes with parent_id {parent_id}", tree.session);
                let reason = "the last one is not a text of hexadecimal digits";
                Err(Error::unreadable("nodes", row, "position", reason))
            }
        }
    }

    /// Inserts a new node, whose parent must have been loaded.
    pub fn insert(&mut self, tree: Tree, node: Node) {
        let key = (tree, node.node_id);
        self.add_child((tree, node.parent_id), &node.position);
        self.nodes.insert(key, Some(StoredNode { node, child_count: 0 }));
        self.dirty.insert(key);
    }

    /// Moves a node; it and both parents must have been loaded.
    pub fn relocate(&mut self, key: NodeKey, new: TreePosition) {
        let tree = key.0;
        let Some(stored) = self.cached_mut(key) else { return };
        let old_parent = std::mem::replace(&mut stored.node.parent_id, new.parent_id);
        let old_position = std::mem::replace(&mut stored.node.position, new.position.clone());
        self.dirty.insert(key);
        self.remove_child((tree, old_parent), &old_position);
        self.add_child((tree, new.parent_id), &new.position);
    }

    fn add_child(&mut self, parent: ParentKey, position: &OrderKey) {
        if let (tree, Some(parent_id)) = parent
            && let Some(stored) = self.cached_mut((tree, parent_id))
        {
            stored.child_count += 1;
        }
        if let Some(last) = self.last_positions.get_mut(&parent)
            && last.as_ref().is_none_or(|last| last < position)
        {
            *last = Some(position.clone());
        }
        self.siblings.add(parent, position);
    }

    fn remove_child(&mut self, parent: ParentKey, position: &OrderKey) {
        if let (tree, Some(parent_id)) = parent
            && let Some(stored) = self.cached_mut((tree, parent_id))
        {
            stored.child_count -= 1;
        }
        self.last_positions.remove(&parent);
        self.siblings.remove(parent, position);
    }

    /// Changes a node that was loaded.
    pub fn change(&mut self, key: NodeKey, change: impl FnOnce(&mut Node)) {
        if let Some(stored) = self.cached_mut(key) {
            change(&mut stored.node);
            self.dirty.insert(key);
        }
    }

    /// Removes a whole subtree, the topmost node first, whose parent must have been loaded.
    pub fn remove(&mut self, tree: Tree, nodes: &[Node]) {
        for node in nodes {
            let key = (tree, node.node_id);
            self.nodes.insert(key, None);
            self.dirty.insert(key);
            let parent = (tree, Some(node.node_id));
            self.last_positions.remove(&parent);
            self.siblings.forget(parent);
        }
        if let Some(topmost) = nodes.first() {
            self.remove_child((tree, topmost.parent_id), &topmost.position);
        }
    }

    /// Writes the dirty nodes, so that a read of the storage sees them. The storage keeps the counts of
    /// their parents.
    pub fn flush<S: Storage>(&mut self, transaction: &mut Transaction<'_, S>) -> Result<(), Error> {
        if self.dirty.is_empty() {
            return Ok(());
        }
        let mut delta = Delta::default();
        for key in &self.dirty {
            match self.cached(*key) {
                Some(stored) => delta.nodes.push((key.0, &stored.node)),
                None => delta.deleted_nodes.push(*key),
            }
        }
        transaction.write(delta)?;
        self.dirty.clear();
        Ok(())
    }

    /// Another request begins. It may walk over `max_nodes` nodes (None: no limit), and the height of
    /// one subtree may be known already.
    pub fn begin_walk(&mut self, max_nodes: Option<i64>, known: Option<(NodeKey, usize)>) {
        self.walk = Walk { nodes_left: max_nodes, known };
    }

    /// The request has walked over so many order keys of siblings.
    pub fn walk_over_positions(&mut self, positions: i64) -> Result<(), Error> {
        self.walk.over_positions(positions)
    }
}
