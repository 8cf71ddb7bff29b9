//! A node, and the changes that can happen to it.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::event::NodeEvent;
use super::{NodeId, Position};

/// A node as it stands in its session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub node_id: NodeId,
    /// None for a root.
    pub parent_id: Option<NodeId>,
    pub position: Position,
    pub blueprint_type_id: String,
    pub name: String,
    pub properties: Map<String, Value>,
}

/// Under which parent a node stands, and where among its siblings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub parent_id: Option<NodeId>,
    pub position: Position,
}

/// One change of the content. Each has an opposite, and tells from what to what it goes: that is
/// all that undo and redo need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum NodeChange {
    /// A node with all below it, each behind its parent, siblings in order.
    Created {
        nodes: Vec<Node>,
    },
    /// The opposite of [`NodeChange::Created`].
    Deleted {
        nodes: Vec<Node>,
    },
    Moved {
        node_id: NodeId,
        old: Place,
        new: Place,
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
    pub fn opposite(self) -> Self {
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
