//! A node, and the changes that can happen to it.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::event::NodeEvent;
use super::id::NodeId;
use super::order_key::OrderKey;
use super::properties::Properties;

/// A node as it stands in its session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub node_id: NodeId,
    /// None for a root.
    pub parent_id: Option<NodeId>,
    pub position: OrderKey,
    pub blueprint_type_id: String,
    pub name: String,
    pub properties: Properties,
}

/// Under which parent a node stands, and where among its siblings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreePosition {
    pub parent_id: Option<NodeId>,
    pub position: OrderKey,
}

/// One change of the content. Each has an inverse, and tells from what to what it goes: that is
/// all that undo and redo need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum NodeChange {
    /// A node with all below it, each behind its parent, siblings in order.
    Created {
        nodes: Vec<Node>,
    },
    /// The inverse of [`NodeChange::Created`].
    Deleted {
        nodes: Vec<Node>,
    },
    Moved {
        node_id: NodeId,
        old: TreePosition,
        new: TreePosition,
    },
    Renamed {
        node_id: NodeId,
        old: String,
        new: String,
    },
    /// None: the node has no such property; null is a value, so None is left out in JSON.
    Property {
        node_id: NodeId,
        property_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        old: Option<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        new: Option<Value>,
    },
}

/// Reads a value that is there, null too.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl NodeChange {
    /// The change that takes this one back.
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

/// A node that came to stand beside the place where it was to come: somebody stood there.
#[derive(Debug, Clone)]
pub struct PositionRemap {
    pub node_id: NodeId,
    pub from: TreePosition,
    pub to: OrderKey,
}

impl NodeChange {
    /// The nodes that decide whether the change still fits, without those below them.
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

    /// Which node the change puts somewhere, the topmost of many, and where.
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

    /// Every place that the change speaks of, with the node that stands or stood there.
    fn for_each_place(&mut self, mut visit: impl FnMut(NodeId, Option<NodeId>, &mut OrderKey)) {
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

/// PositionRemaps in the order in which they happened, by node: what was written before them is to speak of
/// the nodes' new places.
#[derive(Debug, Default)]
pub struct PositionRemaps(HashMap<NodeId, Vec<(TreePosition, OrderKey)>>);

impl PositionRemaps {
    /// Adds one that happened after all others.
    pub fn push(&mut self, PositionRemap { node_id, from, to }: PositionRemap) {
        self.0.entry(node_id).or_default().push((from, to));
    }

    /// Lets a change that was written before all of them speak of the new places.
    pub fn apply(&self, change: &mut NodeChange) {
        if self.0.is_empty() {
            return;
        }
        change.for_each_place(|node_id, parent_id, position| {
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
    /// The event of its creation.
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
