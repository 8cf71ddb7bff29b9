//! Nodes, and the changes that are recorded of them for undo and redo.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::event::NodeEvent;
use super::id::NodeId;
use super::order_key::OrderKey;
use super::properties::Properties;

/// A node of a session's content, without its children.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Unique within the session.
    pub node_id: NodeId,
    /// None for a root.
    pub parent_id: Option<NodeId>,
    /// Its order among its siblings. No two siblings have the same.
    pub position: OrderKey,
    /// The type of the node, as the application defines it; not empty.
    pub blueprint_type_id: String,
    /// The name that people see. It may be empty.
    pub name: String,
    /// The properties by their ids, each any JSON.
    pub properties: Properties,
}

/// The position of a node in the tree: its parent, and its order among the siblings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreePosition {
    /// The parent; None for a root.
    pub parent_id: Option<NodeId>,
    /// The order among the children of this parent.
    pub position: OrderKey,
}

/// A recorded change of the content, with the state before and after it. So it has an inverse, and undo
/// and redo can check whether it still applies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum NodeChange {
    /// A node was created with its descendants. Each comes after its parent, and siblings are in order.
    Created {
        /// The created nodes, the topmost one first.
        nodes: Vec<Node>,
    },
    /// The inverse of [`NodeChange::Created`].
    Deleted {
        /// The deleted nodes, the topmost one first.
        nodes: Vec<Node>,
    },
    /// A node was moved with its descendants.
    Moved {
        /// The node that was moved.
        node_id: NodeId,
        /// Where it was before.
        old: TreePosition,
        /// Where it is now.
        new: TreePosition,
    },
    /// A node was renamed.
    Renamed {
        /// The node that was renamed.
        node_id: NodeId,
        /// The name before.
        old: String,
        /// The name now.
        new: String,
    },
    /// A property was set or removed. None means that the node does not have the property; in JSON the
    /// field is absent then, since null is a value like any other.
    Property {
        /// The node whose property was changed.
        node_id: NodeId,
        /// Which property was changed.
        property_id: String,
        /// The value before.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "deserialize_present"
        )]
        old: Option<Value>,
        /// The value now.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "deserialize_present"
        )]
        new: Option<Value>,
    },
}

/// Reads a field that is present, even if it is null.
fn deserialize_present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl NodeChange {
    /// The change that reverts this one.
    pub fn inverse(self) -> Self {
        match self {
            Self::Created { nodes } => Self::Deleted { nodes },
            Self::Deleted { nodes } => Self::Created { nodes },
            Self::Moved { node_id, old, new } => Self::Moved { node_id, old: new, new: old },
            Self::Renamed { node_id, old, new } => Self::Renamed { node_id, old: new, new: old },
            Self::Property { node_id, property_id, old, new } => {
                Self::Property { node_id, property_id, old: new, new: old }
            }
        }
    }
}

/// A node that could not get its old order key back, because another node has it now, and got one next to it.
#[derive(Debug, Clone)]
pub struct PositionRemap {
    /// The node that came back.
    pub node_id: NodeId,
    /// The position that it had before, and that recorded changes still name.
    pub from: TreePosition,
    /// The order key that it has now, below the same parent.
    pub to: OrderKey,
}

impl NodeChange {
    /// The nodes that decide whether the change still applies, without their descendants.
    pub fn nodes(&self) -> Vec<NodeId> {
        match self {
            Self::Created { nodes } => {
                let parent_id = nodes.first().and_then(|topmost| topmost.parent_id);
                nodes.iter().map(|node| node.node_id).chain(parent_id).collect()
            }
            Self::Deleted { nodes } => nodes.first().map(|node| node.node_id).into_iter().collect(),
            Self::Moved { node_id, new, .. } => {
                [*node_id].into_iter().chain(new.parent_id).collect()
            }
            Self::Renamed { node_id, .. } | Self::Property { node_id, .. } => vec![*node_id],
        }
    }

    /// The node that the change creates or moves, and its position. Of several nodes, the topmost one.
    pub fn destination(&self) -> Option<(NodeId, TreePosition)> {
        match self {
            Self::Created { nodes } => nodes.first().map(|node| {
                let place =
                    TreePosition { parent_id: node.parent_id, position: node.position.clone() };
                (node.node_id, place)
            }),
            Self::Moved { node_id, new, .. } => Some((*node_id, new.clone())),
            _ => None,
        }
    }

    /// Calls `visit` for every position that the change names: with the node, its parent and its order key.
    fn for_each_position(&mut self, mut visit: impl FnMut(NodeId, Option<NodeId>, &mut OrderKey)) {
        match self {
            Self::Created { nodes } | Self::Deleted { nodes } => {
                for node in nodes {
                    visit(node.node_id, node.parent_id, &mut node.position);
                }
            }
            Self::Moved { node_id, old, new } => {
                visit(*node_id, old.parent_id, &mut old.position);
                visit(*node_id, new.parent_id, &mut new.position);
            }
            Self::Renamed { .. } | Self::Property { .. } => {}
        }
    }
}

/// Position remaps by node, in the order in which they happened. Changes that were recorded before them
/// name the old positions; applying the remaps makes them name the new ones.
#[derive(Debug, Default)]
pub struct PositionRemaps(HashMap<NodeId, Vec<(TreePosition, OrderKey)>>);

impl PositionRemaps {
    /// Adds a remap that happened after all others.
    pub fn push(&mut self, PositionRemap { node_id, from, to }: PositionRemap) {
        self.0.entry(node_id).or_default().push((from, to));
    }

    /// Replaces the old positions in a change that was recorded before all of the remaps.
    pub fn apply(&self, change: &mut NodeChange) {
        if self.0.is_empty() {
            return;
        }
        change.for_each_position(|node_id, parent_id, position| {
            for (from, to) in self.0.get(&node_id).into_iter().flatten() {
                if parent_id == from.parent_id && *position == from.position {
                    position.clone_from(to);
                }
            }
        });
    }
}

impl FromIterator<PositionRemap> for PositionRemaps {
    fn from_iter<I: IntoIterator<Item = PositionRemap>>(remaps: I) -> Self {
        let mut all = Self::default();
        remaps.into_iter().for_each(|remap| all.push(remap));
        all
    }
}

impl Node {
    /// The event of the node's creation at this index.
    pub fn created(&self, index: i64) -> NodeEvent {
        NodeEvent::NodeCreated {
            node_id: self.node_id,
            parent_id: self.parent_id,
            blueprint_type_id: self.blueprint_type_id.clone(),
            name: self.name.clone(),
            properties: self.properties.clone(),
            index,
        }
    }
}
