//! Whether a change of the past still fits: undo and redo never overwrite what others have done
//! since.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::edit::{Editor, Edits, height};
use crate::error::Error;
use crate::model::{
    CommandId, Node, NodeChange, NodeId, PositionRemap, PositionRemaps, TreePosition,
};

/// What stands in the way of a change: the node, the property if it is one, and in words.
struct Obstacle {
    node_id: NodeId,
    property_id: Option<String>,
    reason: &'static str,
}

impl Obstacle {
    fn of(node_id: NodeId, reason: &'static str) -> Option<Self> {
        Some(Self { node_id, property_id: None, reason })
    }

    fn into_error(self, command_id: CommandId) -> Error {
        let Self { node_id, property_id, reason } = self;
        let what = match &property_id {
            Some(property_id) => {
                format!("property '{}' of node {node_id}", crate::model::excerpt(property_id))
            }
            None => format!("node {node_id}"),
        };
        let mut conflict = json!({ "node_id": node_id, "reason": reason });
        if let Some(property_id) = property_id {
            conflict["property_id"] = Value::String(property_id);
        }
        Error::Conflict {
            message: format!(
                "Command {command_id} can't be taken back or done again: {what} {reason} since. \
                 Nothing was changed."
            ),
            details: json!({ "command_id": command_id, "conflicts": [conflict] }),
        }
    }
}

impl Editor<'_, '_, '_> {
    /// Does changes of the past, all or nothing: CONFLICT where one does not fit any more. Answers
    /// which nodes came to stand beside their old places: what else tells of these has to follow.
    pub async fn play(
        &mut self,
        changes: impl Iterator<Item = NodeChange>,
        command_id: CommandId,
        edits: &mut Edits,
    ) -> Result<Vec<PositionRemap>, Error> {
        let outcome = self.play_all(changes, command_id, edits).await;
        if outcome.is_err() {
            self.take_back(&edits.changes).await?;
        }
        outcome
    }

    async fn play_all(
        &mut self,
        changes: impl Iterator<Item = NodeChange>,
        command_id: CommandId,
        edits: &mut Edits,
    ) -> Result<Vec<PositionRemap>, Error> {
        let mut waiting: VecDeque<NodeChange> = changes.collect();
        let nodes = waiting.iter().flat_map(NodeChange::nodes).map(|node_id| (self.tree, node_id));
        self.content.load(self.transaction, nodes).await?;
        let parents = waiting
            .iter()
            .filter_map(NodeChange::destination)
            .filter_map(|(_, place)| place.parent_id.map(|parent_id| (self.tree, parent_id)));
        self.content.load_above(self.transaction, parents).await?;
        let (mut remaps, mut so_far) = (Vec::new(), PositionRemaps::default());
        while let Some(mut change) = waiting.pop_front() {
            so_far.apply(&mut change);
            if let Some(obstacle) = self.obstacle(&mut change).await? {
                return Err(obstacle.into_error(command_id));
            }
            let wanted = change.destination();
            self.enact(change, None, edits).await?;
            let reached = edits.changes.last().and_then(NodeChange::destination);
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

    /// What is in the way of a change. A deletion is made to take the nodes from where they stand
    /// now, so that its inverse brings them back there.
    async fn obstacle(&mut self, change: &mut NodeChange) -> Result<Option<Obstacle>, Error> {
        match change {
            NodeChange::Created { nodes } => self.obstacle_to_create(nodes).await,
            NodeChange::Deleted { nodes } => self.obstacle_to_delete(nodes).await,
            NodeChange::Moved { node_id, old, new } => {
                self.obstacle_to_move(*node_id, old, new).await
            }
            NodeChange::Renamed { node_id, old, .. } => Ok(match self.node(*node_id).await? {
                None => Obstacle::of(*node_id, "was deleted"),
                Some(node) if node.name != *old => Obstacle::of(*node_id, "was renamed"),
                Some(_) => None,
            }),
            NodeChange::Property { node_id, property_id, old, .. } => {
                Ok(match self.node(*node_id).await? {
                    None => Obstacle::of(*node_id, "was deleted"),
                    Some(node) if node.properties.get(property_id) != old.as_ref() => {
                        Some(Obstacle {
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

    async fn obstacle_to_create(&mut self, nodes: &[Node]) -> Result<Option<Obstacle>, Error> {
        for node in nodes {
            if self.node(node.node_id).await?.is_some() {
                return Ok(Obstacle::of(node.node_id, "was created anew"));
            }
        }
        let Some(topmost) = nodes.first() else { return Ok(None) };
        self.check_room(nodes.len())?;
        if let Some(missing) = self.missing_parent(topmost.parent_id).await? {
            return Ok(Some(missing));
        }
        too_deep(topmost.node_id, self.check_parent(topmost.parent_id, height(nodes)).await)
    }

    async fn obstacle_to_delete(
        &mut self,
        nodes: &mut Vec<Node>,
    ) -> Result<Option<Obstacle>, Error> {
        let Some(topmost) = nodes.first() else { return Ok(None) };
        match self.node(topmost.node_id).await? {
            None => return Ok(Obstacle::of(topmost.node_id, "was deleted")),
            Some(node)
                if node.parent_id != topmost.parent_id || node.position != topmost.position =>
            {
                return Ok(Obstacle::of(topmost.node_id, "was moved"));
            }
            Some(_) => {}
        }
        let present = self.content.subtree(self.transaction, self.tree, topmost.node_id).await?;
        for (node, past) in present.iter().zip(&*nodes) {
            if node.node_id != past.node_id {
                return Ok(Obstacle::of(node.node_id, "was added, moved or deleted"));
            }
            if let Some(reason) = difference(node, past) {
                return Ok(Obstacle::of(node.node_id, reason));
            }
        }
        let (more, fewer) = (present.get(nodes.len()), nodes.get(present.len()));
        Ok(match (more, fewer) {
            (Some(added), _) => Obstacle::of(added.node_id, "was added"),
            (_, Some(missing)) => Obstacle::of(missing.node_id, "was moved or deleted"),
            (None, None) => {
                *nodes = present;
                None
            }
        })
    }

    async fn obstacle_to_move(
        &mut self,
        node_id: NodeId,
        old: &TreePosition,
        new: &TreePosition,
    ) -> Result<Option<Obstacle>, Error> {
        match self.node(node_id).await? {
            None => return Ok(Obstacle::of(node_id, "was deleted")),
            Some(node) if node.parent_id != old.parent_id || node.position != old.position => {
                return Ok(Obstacle::of(node_id, "was moved"));
            }
            Some(_) => {}
        }
        if let Some(parent_id) = new.parent_id
            && self.upwards(parent_id).await?.contains(&node_id)
        {
            return Ok(Obstacle::of(parent_id, "was moved below the node"));
        }
        if let Some(missing) = self.missing_parent(new.parent_id).await? {
            return Ok(Some(missing));
        }
        too_deep(node_id, self.check_depth(node_id, old.parent_id, new.parent_id).await)
    }

    async fn missing_parent(
        &mut self,
        parent_id: Option<NodeId>,
    ) -> Result<Option<Obstacle>, Error> {
        Ok(match parent_id {
            Some(parent_id) if self.node(parent_id).await?.is_none() => {
                Obstacle::of(parent_id, "was deleted")
            }
            _ => None,
        })
    }
}

/// The obstacle where a parent that is there was refused.
fn too_deep(node_id: NodeId, outcome: Result<(), Error>) -> Result<Option<Obstacle>, Error> {
    match outcome {
        Ok(()) => Ok(None),
        Err(Error::InvalidCommand(_)) => {
            Ok(Obstacle::of(node_id, "would stand too deep in the tree as it has changed"))
        }
        Err(other) => Err(other),
    }
}

/// What is different about a node, if anything; its own place among its siblings aside.
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
