//! Changes of the tree: what a command comes to, and taking back what was done.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Transaction;
use super::content::{Content, Stored, Tree};
use crate::error::Error;
use crate::model::command::{
    Command, CreateNode, DeleteNode, DeleteProperty, LinkNode, RenameNode, UnlinkNode,
    UpdateProperty,
};
use crate::model::limits::{check_all_properties, check_node_count};
use crate::model::{ContentLimits, Node, NodeChange, NodeEvent, NodeId, SessionId, TreePosition};

mod doing;

/// One session's tree, open for changes within a transaction.
pub(super) struct Editor<'a, 't, 'c> {
    pub transaction: &'t mut Transaction<'c>,
    pub content: &'a mut Content,
    pub limits: &'a ContentLimits,
    pub session_id: SessionId,
    pub tree: Tree,
}

/// What a change did, to be told and to be remembered.
#[derive(Default)]
pub(super) struct Edits {
    pub changes: Vec<NodeChange>,
    pub events: Vec<NodeEvent>,
}

/// What a command comes to.
struct Plan {
    change: NodeChange,
    /// Where among its siblings the node comes to stand, if the change puts one somewhere.
    index: Option<i64>,
    /// Of the answer.
    result: Value,
}

impl Plan {
    /// Of a change that leaves nodes where they are.
    fn in_place(change: NodeChange) -> Self {
        Self { change, index: None, result: nothing() }
    }
}

impl Editor<'_, '_, '_> {
    /// Does a command; the answer's `result`. A refused one has changed nothing.
    pub async fn execute(&mut self, command: &Command, edits: &mut Edits) -> Result<Value, Error> {
        match command {
            Command::Batch(commands) => self.execute_all(commands, edits).await,
            single => self.execute_one(single, edits).await,
        }
    }

    async fn execute_all(
        &mut self,
        commands: &[Command],
        edits: &mut Edits,
    ) -> Result<Value, Error> {
        let mut results = Vec::with_capacity(commands.len());
        for (place, command) in commands.iter().enumerate() {
            match self.execute_one(command, edits).await {
                Ok(result) => results.push(result),
                Err(failure) => {
                    self.take_back(&edits.changes).await?;
                    return Err(failure.within_batch(place, command.name()));
                }
            }
        }
        Ok(serde_json::json!({ "results": results }))
    }

    async fn execute_one(&mut self, command: &Command, edits: &mut Edits) -> Result<Value, Error> {
        let Plan { change, index, result } = match command {
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
        self.enact(change, index, edits).await?;
        Ok(result)
    }

    /// Undoes what this transaction has just done.
    pub async fn take_back(&mut self, changes: &[NodeChange]) -> Result<(), Error> {
        let mut unheard = Edits::default();
        for change in changes.iter().rev() {
            // Where it was is free, and nobody hears of its index.
            self.enact(change.clone().inverse(), Some(0), &mut unheard).await?;
        }
        Ok(())
    }

    async fn create(&mut self, create: &CreateNode) -> Result<Plan, Error> {
        let CreateNode { blueprint_type_id, name, parent_id, node_id, properties, index } = create;
        if let Some(taken) = node_id
            && self.node(*taken).await?.is_some()
        {
            let text = format!("There is a node {taken} already. Choose another node_id.");
            return Err(Error::InvalidCommand(text));
        }
        self.check_room(1)?;
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
        let result = serde_json::json!({ "node_id": node_id });
        let change = NodeChange::Created { nodes: vec![node] };
        Ok(Plan { change, index: Some(index), result })
    }

    async fn delete(&mut self, delete: &DeleteNode) -> Result<Plan, Error> {
        self.existing(delete.node_id).await?;
        let nodes = self.content.subtree(self.transaction, self.tree, delete.node_id).await?;
        let result = serde_json::json!({ "deleted": nodes.len() });
        Ok(Plan { change: NodeChange::Deleted { nodes }, index: None, result })
    }

    async fn link(&mut self, link: &LinkNode) -> Result<Plan, Error> {
        let LinkNode { parent_id, child_id, index } = link;
        let old = place_of(self.existing(*child_id).await?);
        if self.upwards(*parent_id).await?.contains(child_id) {
            return Err(Error::InvalidCommand(format!(
                "Node {child_id} can't be linked below {parent_id}, which is itself or below it: \
                 that would be a cycle."
            )));
        }
        self.check_depth(*child_id, old.parent_id, Some(*parent_id)).await?;
        let mover = Some((*child_id, &old));
        let (position, index) = self.position_at(Some(*parent_id), *index, mover).await?;
        let new = TreePosition { parent_id: Some(*parent_id), position };
        let change = NodeChange::Moved { node_id: *child_id, old, new };
        Ok(Plan { change, index: Some(index), result: nothing() })
    }

    async fn unlink(&mut self, unlink: &UnlinkNode) -> Result<Plan, Error> {
        let node_id = unlink.child_id;
        let old = place_of(self.existing(node_id).await?);
        if old.parent_id.is_none() {
            return Err(Error::InvalidCommand(format!("Node {node_id} is a root already.")));
        }
        let (position, index) = self.position_at(None, None, None).await?;
        let new = TreePosition { parent_id: None, position };
        let change = NodeChange::Moved { node_id, old, new };
        Ok(Plan { change, index: Some(index), result: nothing() })
    }

    async fn rename(&mut self, rename: &RenameNode) -> Result<Plan, Error> {
        let old = self.existing(rename.node_id).await?.name.clone();
        let new = rename.name.clone();
        Ok(Plan::in_place(NodeChange::Renamed { node_id: rename.node_id, old, new }))
    }

    async fn update_property(&mut self, update: &UpdateProperty) -> Result<Plan, Error> {
        let UpdateProperty { node_id, property_id, value } = update;
        let limits = self.limits;
        let node = self.existing(*node_id).await?;
        let old = node.properties.get(property_id).cloned();
        let mut properties: BTreeMap<_, _> = node.properties.iter().collect();
        properties.insert(property_id, value);
        check_all_properties("node", &properties, limits)?;
        let property_id = property_id.clone();
        let new = Some(value.clone());
        Ok(Plan::in_place(NodeChange::Property { node_id: *node_id, property_id, old, new }))
    }

    async fn delete_property(&mut self, delete: &DeleteProperty) -> Result<Plan, Error> {
        let DeleteProperty { node_id, property_id } = delete;
        let Some(old) = self.existing(*node_id).await?.properties.get(property_id).cloned() else {
            let property = crate::model::excerpt(property_id);
            return Err(Error::InvalidCommand(format!(
                "Node {node_id} has no property '{property}'."
            )));
        };
        let property_id = property_id.clone();
        let (old, new) = (Some(old), None);
        Ok(Plan::in_place(NodeChange::Property { node_id: *node_id, property_id, old, new }))
    }

    pub(super) async fn child_count(&mut self, node_id: NodeId) -> Result<i64, Error> {
        let stored = self.stored(node_id).await?;
        Ok(stored.map_or(0, |stored| stored.child_count))
    }

    /// Levels of the subtree, of a node that was read.
    async fn height(&mut self, node_id: NodeId) -> Result<usize, Error> {
        let most = self.limits.depth;
        self.content.height(self.transaction, (self.tree, node_id), most).await
    }

    /// Levels down to a parent; 0 for what the roots stand below.
    async fn depth(&mut self, parent_id: Option<NodeId>) -> Result<usize, Error> {
        match parent_id {
            Some(parent_id) => Ok(self.upwards(parent_id).await?.len()),
            None => Ok(0),
        }
    }

    /// Refuses a move that puts a subtree where it does not fit.
    pub(super) async fn check_depth(
        &mut self,
        node_id: NodeId,
        old: Option<NodeId>,
        new: Option<NodeId>,
    ) -> Result<(), Error> {
        let is_leaf = self.child_count(node_id).await? == 0;
        // What gets no deeper fits, as it did before. So most moves need not know the height, which
        // only a walk over the whole subtree tells.
        let height = if !is_leaf && self.depth(new).await? <= self.depth(old).await? {
            1
        } else {
            self.height(node_id).await?
        };
        self.check_parent(new, height).await
    }

    /// The node and all above it, from below.
    pub(super) async fn upwards(&mut self, node_id: NodeId) -> Result<Vec<NodeId>, Error> {
        self.content.upwards(self.transaction, self.tree, node_id).await
    }

    async fn stored(&mut self, node_id: NodeId) -> Result<Option<&Stored>, Error> {
        self.content.node(self.transaction, (self.tree, node_id)).await
    }

    pub(super) async fn node(&mut self, node_id: NodeId) -> Result<Option<&Node>, Error> {
        Ok(self.stored(node_id).await?.map(|stored| &stored.node))
    }

    async fn existing(&mut self, node_id: NodeId) -> Result<&Node, Error> {
        let session_id = self.session_id;
        let at = String::new();
        self.node(node_id).await?.ok_or(Error::NodeNotFound { at, session_id, node_id })
    }

    /// Refuses so many nodes more than there are.
    pub(super) fn check_room(&self, more: usize) -> Result<(), Error> {
        let head = self.transaction.known_head(self.session_id);
        check_node_count(head.map_or(0, |head| head.node_count) + more as i64, self.limits)
    }

    /// Refuses a parent that is not there, or so deep that `height` levels do not fit below it.
    pub(super) async fn check_parent(
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
                self.upwards(parent_id).await?.len()
            }
        };
        let depth = above + height;
        if depth > self.limits.depth {
            return Err(Error::InvalidCommand(format!(
                "The tree would be {depth} levels deep, but {} are allowed (--max-depth).",
                self.limits.depth
            )));
        }
        Ok(())
    }
}

/// Levels of a subtree in order.
pub(super) fn height(nodes: &[Node]) -> usize {
    let mut levels = std::collections::HashMap::new();
    let mut highest = 0;
    for node in nodes {
        let above = node.parent_id.and_then(|parent| levels.get(&parent).copied()).unwrap_or(0);
        levels.insert(node.node_id, above + 1);
        highest = highest.max(above + 1);
    }
    highest
}

fn place_of(node: &Node) -> TreePosition {
    TreePosition { parent_id: node.parent_id, position: node.position.clone() }
}

fn nothing() -> Value {
    serde_json::json!({})
}
