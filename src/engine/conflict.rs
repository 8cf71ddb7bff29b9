//! Whether a step still fits: undo and redo never overwrite what others have done since.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::editor::tree_limits::height;
use super::editor::{ChangeSet, Editor};
use super::storage::Storage;
use crate::error::Error;
use crate::model::{
    CommandId, Node, NodeChange, NodeId, PositionRemap, PositionRemaps, TreePosition, excerpt,
};

/// What stands in the way of a change.
struct Conflict {
    node_id: NodeId,
    /// Of the node, if the change concerns one.
    property_id: Option<String>,
    /// What happened meanwhile, such as `was renamed`.
    reason: &'static str,
}

impl Conflict {
    fn of(node_id: NodeId, reason: &'static str) -> Option<Self> {
        Some(Self { node_id, property_id: None, reason })
    }

    /// The refusal to do `verb` with a command.
    fn into_error(self, verb: &str, command_id: CommandId) -> Error {
        let Self { node_id, property_id, reason } = self;
        let what = match &property_id {
            Some(property_id) => format!("property '{}' of node {node_id}", excerpt(property_id)),
            None => format!("node {node_id}"),
        };
        let mut conflict = json!({ "node_id": node_id, "reason": reason });
        if let Some(property_id) = property_id {
            conflict["property_id"] = Value::String(property_id);
        }
        Error::UndoConflict {
            message: format!(
                "Cannot {verb} command {command_id}: {what} {}. Nothing was changed.",
                reason.replacen("was ", "has since been ", 1)
            ),
            details: json!({ "command_id": command_id, "conflicts": [conflict] }),
        }
    }
}

impl<S: Storage> Editor<'_, '_, S> {
    /// Applies the changes of a step, which is to `verb` (undo or redo) it, all or nothing: UNDO_CONFLICT if
    /// one does not fit any more. Which nodes came to stand beside their old positions: whatever else
    /// names those must follow.
    pub async fn replay(
        &mut self,
        changes: impl Iterator<Item = NodeChange>,
        (verb, command_id): (&'static str, CommandId),
        set: &mut ChangeSet,
    ) -> Result<Vec<PositionRemap>, Error> {
        let outcome = self.replay_all(changes, (verb, command_id), set).await;
        if outcome.is_err() {
            self.revert(&set.changes).await?;
        }
        outcome
    }

    async fn replay_all(
        &mut self,
        changes: impl Iterator<Item = NodeChange>,
        (verb, command_id): (&'static str, CommandId),
        set: &mut ChangeSet,
    ) -> Result<Vec<PositionRemap>, Error> {
        let mut waiting: VecDeque<NodeChange> = changes.collect();
        let nodes = waiting.iter().flat_map(NodeChange::nodes).map(|node_id| (self.tree, node_id));
        self.cache.load(self.transaction, nodes).await?;
        let parents = waiting
            .iter()
            .filter_map(NodeChange::destination)
            .filter_map(|(_, place)| place.parent_id.map(|parent_id| (self.tree, parent_id)));
        self.cache.load_ancestors(self.transaction, parents).await?;
        let (mut remaps, mut so_far) = (Vec::new(), PositionRemaps::default());
        while let Some(mut change) = waiting.pop_front() {
            so_far.apply(&mut change);
            if let Some(conflict) = self.conflict(&mut change).await? {
                return Err(conflict.into_error(verb, command_id));
            }
            let wanted = change.destination();
            self.apply(change, None, set).await?;
            let reached = set.changes.last().and_then(NodeChange::destination);
            if let (Some((node_id, from)), Some((_, to))) = (wanted, reached)
                && from != to
            {
                let remap = PositionRemap { node_id, from, to: to.position };
                so_far.push(remap.clone());
                remaps.push(remap);
            }
        }
        Ok(remaps)
    }

    /// What is in the way of a change. A deletion is made to name the nodes at their present positions,
    /// so that its inverse brings them back there.
    async fn conflict(&mut self, change: &mut NodeChange) -> Result<Option<Conflict>, Error> {
        match change {
            NodeChange::Created { nodes } => self.conflict_of_creation(nodes).await,
            NodeChange::Deleted { nodes } => self.conflict_of_deletion(nodes).await,
            NodeChange::Moved { node_id, old, new } => {
                self.conflict_of_move(*node_id, old, new).await
            }
            NodeChange::Renamed { node_id, old, .. } => Ok(match self.node(*node_id).await? {
                None => Conflict::of(*node_id, "was deleted"),
                Some(node) if node.name != *old => Conflict::of(*node_id, "was renamed"),
                Some(_) => None,
            }),
            NodeChange::Property { node_id, property_id, old, .. } => {
                Ok(match self.node(*node_id).await? {
                    None => Conflict::of(*node_id, "was deleted"),
                    Some(node) if node.properties.get(property_id) != old.as_ref() => {
                        Some(Conflict {
                            node_id: *node_id,
                            property_id: Some(property_id.clone()),
                            reason: "was changed",
                        })
                    }
                    Some(_) => None,
                })
            }
        }
    }

    async fn conflict_of_creation(&mut self, nodes: &[Node]) -> Result<Option<Conflict>, Error> {
        for node in nodes {
            if self.node(node.node_id).await?.is_some() {
                return Ok(Conflict::of(node.node_id, "was created anew"));
            }
        }
        let Some(topmost) = nodes.first() else { return Ok(None) };
        self.check_node_limit(nodes.len())?;
        if let Some(missing) = self.missing_parent(topmost.parent_id).await? {
            return Ok(Some(missing));
        }
        too_deep(topmost.node_id, self.check_parent(topmost.parent_id, height(nodes)).await)
    }

    async fn conflict_of_deletion(
        &mut self,
        nodes: &mut Vec<Node>,
    ) -> Result<Option<Conflict>, Error> {
        let Some(topmost) = nodes.first() else { return Ok(None) };
        match self.node(topmost.node_id).await? {
            None => return Ok(Conflict::of(topmost.node_id, "was deleted")),
            Some(node)
                if node.parent_id != topmost.parent_id || node.position != topmost.position =>
            {
                return Ok(Conflict::of(topmost.node_id, "was moved"));
            }
            Some(_) => {}
        }
        let present = self.cache.subtree(self.transaction, (self.tree, topmost.node_id)).await?;
        for (node, past) in present.iter().zip(&*nodes) {
            if node.node_id != past.node_id {
                return Ok(Conflict::of(node.node_id, "was added, moved or deleted"));
            }
            if let Some(reason) = difference(node, past) {
                return Ok(Conflict::of(node.node_id, reason));
            }
        }
        let (more, fewer) = (present.get(nodes.len()), nodes.get(present.len()));
        Ok(match (more, fewer) {
            (Some(added), _) => Conflict::of(added.node_id, "was added"),
            (_, Some(missing)) => Conflict::of(missing.node_id, "was moved or deleted"),
            (None, None) => {
                *nodes = present;
                None
            }
        })
    }

    async fn conflict_of_move(
        &mut self,
        node_id: NodeId,
        old: &TreePosition,
        new: &TreePosition,
    ) -> Result<Option<Conflict>, Error> {
        match self.node(node_id).await? {
            None => return Ok(Conflict::of(node_id, "was deleted")),
            Some(node) if node.parent_id != old.parent_id || node.position != old.position => {
                return Ok(Conflict::of(node_id, "was moved"));
            }
            Some(_) => {}
        }
        if let Some(parent_id) = new.parent_id
            && self.path_up(parent_id).await?.contains(&node_id)
        {
            return Ok(Conflict::of(parent_id, "was moved below the node"));
        }
        if let Some(missing) = self.missing_parent(new.parent_id).await? {
            return Ok(Some(missing));
        }
        too_deep(node_id, self.check_depth(node_id, old.parent_id, new.parent_id).await)
    }

    async fn missing_parent(
        &mut self,
        parent_id: Option<NodeId>,
    ) -> Result<Option<Conflict>, Error> {
        Ok(match parent_id {
            Some(parent_id) if self.node(parent_id).await?.is_none() => {
                Conflict::of(parent_id, "was deleted")
            }
            _ => None,
        })
    }
}

/// The conflict if an existing parent was refused.
fn too_deep(node_id: NodeId, outcome: Result<(), Error>) -> Result<Option<Conflict>, Error> {
    match outcome {
        Ok(()) => Ok(None),
        Err(Error::InvalidCommand(_)) => {
            Ok(Conflict::of(node_id, "would stand too deep in the tree as it has changed"))
        }
        Err(other) => Err(other),
    }
}

/// What is different about a node, if anything. Its order among its siblings is not compared.
fn difference(node: &Node, past: &Node) -> Option<&'static str> {
    if node.parent_id != past.parent_id {
        Some("was moved")
    } else if node.name != past.name {
        Some("was renamed")
    } else if node.properties != past.properties || node.blueprint_type_id != past.blueprint_type_id
    {
        Some("was changed")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
