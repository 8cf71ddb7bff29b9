//! What a command means to the tree: it is checked, and becomes a change that fits.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::storage::{Storage, StoredNode, Tree};
use super::transaction::Transaction;
use super::tree_cache::TreeCache;
use crate::error::Error;
use crate::model::command::{
    Command, CreateNode, DeleteNode, DeleteProperty, LinkNode, RenameNode, UnlinkNode,
    UpdateProperty,
};
use crate::model::limits::check_all_properties;
use crate::model::{
    ContentLimits, Node, NodeChange, NodeEvent, NodeId, SessionId, TreePosition, excerpt,
};

pub(super) mod tree_limits;

/// One session's tree, open for changes within a transaction.
pub(super) struct Editor<'a, 'l, S> {
    pub transaction: &'a mut Transaction<'l, S>,
    pub cache: &'a mut TreeCache,
    pub session_id: SessionId,
    pub tree: Tree,
}

/// What a request has changed: for the history, and for those who follow the session.
#[derive(Default)]
pub(super) struct ChangeSet {
    pub changes: Vec<NodeChange>,
    pub events: Vec<NodeEvent>,
}

/// What a command comes to.
struct PlannedChange {
    change: NodeChange,
    /// The node's index among its siblings, if the change puts one somewhere.
    index: Option<i64>,
    /// Of the answer.
    result: Value,
}

impl PlannedChange {
    /// A change that leaves nodes where they are.
    fn in_place(change: NodeChange) -> Self {
        Self { change, index: None, result: json!({}) }
    }
}

impl<'l, S: Storage> Editor<'_, 'l, S> {
    /// Executes a command; the answer's `result`. A refused command has changed nothing.
    pub async fn execute(
        &mut self,
        command: &Command,
        set: &mut ChangeSet,
    ) -> Result<Value, Error> {
        match command {
            Command::Batch(commands) => self.execute_all(commands, set).await,
            single => self.execute_one(single, set).await,
        }
    }

    async fn execute_all(
        &mut self,
        commands: &[Command],
        set: &mut ChangeSet,
    ) -> Result<Value, Error> {
        let mut results = Vec::with_capacity(commands.len());
        for (place, command) in commands.iter().enumerate() {
            match self.execute_one(command, set).await {
                Ok(result) => results.push(result),
                Err(failure) => {
                    self.revert(&set.changes).await?;
                    return Err(failure.within_batch(place, command.name()));
                }
            }
        }
        Ok(json!({ "results": results }))
    }

    async fn execute_one(
        &mut self,
        command: &Command,
        set: &mut ChangeSet,
    ) -> Result<Value, Error> {
        let PlannedChange { change, index, result } = match command {
            Command::CreateNode(create) => self.create(create).await?,
            Command::DeleteNode(delete) => self.delete(delete).await?,
            Command::LinkNode(link) => self.link(link).await?,
            Command::UnlinkNode(unlink) => self.unlink(unlink).await?,
            Command::RenameNode(rename) => self.rename(rename).await?,
            Command::UpdateProperty(update) => self.update_property(update).await?,
            Command::DeleteProperty(delete) => self.delete_property(delete).await?,
            Command::Batch(_) => {
                return Err(Error::internal(anyhow::anyhow!("a batch within a batch was parsed")));
            }
        };
        self.apply(change, index, set).await?;
        Ok(result)
    }

    /// Reverts changes that this transaction has just made.
    pub async fn revert(&mut self, changes: &[NodeChange]) -> Result<(), Error> {
        let mut unheard = ChangeSet::default();
        for change in changes.iter().rev() {
            // Its old position is free, and nobody learns of its index.
            self.apply(change.clone().inverse(), Some(0), &mut unheard).await?;
        }
        Ok(())
    }

    async fn create(&mut self, create: &CreateNode) -> Result<PlannedChange, Error> {
        let CreateNode { blueprint_type_id, name, parent_id, node_id, properties, index } = create;
        if let Some(taken) = node_id
            && self.node(*taken).await?.is_some()
        {
            let text = format!("There is a node {taken} already. Choose another node_id.");
            return Err(Error::InvalidCommand(text));
        }
        self.check_node_limit(1)?;
        self.check_parent(*parent_id, 1).await?;
        let node_id = node_id.unwrap_or_else(NodeId::new);
        let (position, index) = self.position_at(*parent_id, *index, None).await?;
        let node = Node {
            node_id,
            parent_id: *parent_id,
            position,
            blueprint_type_id: blueprint_type_id.clone(),
            name: name.clone(),
            properties: properties.clone(),
        };
        let result = json!({ "node_id": node_id });
        let change = NodeChange::Created { nodes: vec![node] };
        Ok(PlannedChange { change, index: Some(index), result })
    }

    async fn delete(&mut self, delete: &DeleteNode) -> Result<PlannedChange, Error> {
        self.existing(delete.node_id).await?;
        let nodes = self.cache.subtree(self.transaction, (self.tree, delete.node_id)).await?;
        let result = json!({ "deleted": nodes.len() });
        Ok(PlannedChange { change: NodeChange::Deleted { nodes }, index: None, result })
    }

    async fn link(&mut self, link: &LinkNode) -> Result<PlannedChange, Error> {
        let LinkNode { parent_id, child_id, index } = link;
        let old = position_of(self.existing(*child_id).await?);
        if let Some(parent_id) = parent_id
            && self.path_up(*parent_id).await?.contains(child_id)
        {
            return Err(Error::InvalidCommand(format!(
                "Node {child_id} can't be linked below {parent_id}, which is itself or below it: \
                 that would be a cycle."
            )));
        }
        self.check_depth(*child_id, old.parent_id, *parent_id).await?;
        let mover = Some((*child_id, &old));
        let (position, index) = self.position_at(*parent_id, *index, mover).await?;
        let new = TreePosition { parent_id: *parent_id, position };
        let change = NodeChange::Moved { node_id: *child_id, old, new };
        Ok(PlannedChange { change, index: Some(index), result: json!({}) })
    }

    async fn unlink(&mut self, unlink: &UnlinkNode) -> Result<PlannedChange, Error> {
        let node_id = unlink.child_id;
        let old = position_of(self.existing(node_id).await?);
        if old.parent_id.is_none() {
            return Err(Error::InvalidCommand(format!("Node {node_id} is a root already.")));
        }
        let (position, index) = self.position_at(None, None, None).await?;
        let new = TreePosition { parent_id: None, position };
        let change = NodeChange::Moved { node_id, old, new };
        Ok(PlannedChange { change, index: Some(index), result: json!({}) })
    }

    async fn rename(&mut self, rename: &RenameNode) -> Result<PlannedChange, Error> {
        let old = self.existing(rename.node_id).await?.name.clone();
        let new = rename.name.clone();
        Ok(PlannedChange::in_place(NodeChange::Renamed { node_id: rename.node_id, old, new }))
    }

    async fn update_property(&mut self, update: &UpdateProperty) -> Result<PlannedChange, Error> {
        let UpdateProperty { node_id, property_id, value } = update;
        let limits = self.limits();
        let node = self.existing(*node_id).await?;
        let old = node.properties.get(property_id).cloned();
        let mut properties: BTreeMap<_, _> = node.properties.iter().collect();
        properties.insert(property_id, value);
        check_all_properties("node", &properties, limits)?;
        let (node_id, property_id, new) = (*node_id, property_id.clone(), Some(value.clone()));
        Ok(PlannedChange::in_place(NodeChange::Property { node_id, property_id, old, new }))
    }

    async fn delete_property(&mut self, delete: &DeleteProperty) -> Result<PlannedChange, Error> {
        let DeleteProperty { node_id, property_id } = delete;
        let Some(old) = self.existing(*node_id).await?.properties.get(property_id).cloned() else {
            return Err(Error::InvalidCommand(format!(
                "Node {node_id} has no property '{}'.",
                excerpt(property_id)
            )));
        };
        let (node_id, property_id, old, new) = (*node_id, property_id.clone(), Some(old), None);
        Ok(PlannedChange::in_place(NodeChange::Property { node_id, property_id, old, new }))
    }

    pub(super) fn limits(&self) -> &'l ContentLimits {
        &self.transaction.limits().content
    }

    pub(super) async fn child_count(&mut self, node_id: NodeId) -> Result<i64, Error> {
        let stored = self.stored(node_id).await?;
        Ok(stored.map_or(0, |stored| stored.child_count))
    }

    /// The node and all its ancestors, from below.
    pub(super) async fn path_up(&mut self, node_id: NodeId) -> Result<Vec<NodeId>, Error> {
        self.cache.path_up(self.transaction, (self.tree, node_id)).await
    }

    async fn stored(&mut self, node_id: NodeId) -> Result<Option<&StoredNode>, Error> {
        self.cache.node(self.transaction, (self.tree, node_id)).await
    }

    pub(super) async fn node(&mut self, node_id: NodeId) -> Result<Option<&Node>, Error> {
        Ok(self.stored(node_id).await?.map(|stored| &stored.node))
    }

    async fn existing(&mut self, node_id: NodeId) -> Result<&Node, Error> {
        let session_id = self.session_id;
        let at = String::new();
        self.node(node_id).await?.ok_or(Error::NodeNotFound { at, session_id, node_id })
    }
}

pub(super) fn position_of(node: &Node) -> TreePosition {
    TreePosition { parent_id: node.parent_id, position: node.position.clone() }
}
