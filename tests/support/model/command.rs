//! Commands as a client sends them, and the changes that they come to.

use serde_json::{Map, Value, json};

use super::{Id, Node};

/// A command, its nodes resolved.
#[derive(Debug, Clone)]
pub enum Command {
    Create { id: Id, parent: Option<Id>, index: Option<usize>, properties: Map<String, Value> },
    Delete(Id),
    Link { child: Id, parent: Id, index: Option<usize> },
    Unlink(Id),
    Rename(Id, String),
    Update(Id, String, Value),
    DeleteProperty(Id, String),
    Batch(Vec<Command>),
}

impl Command {
    /// As on the wire.
    pub fn to_json(&self) -> Value {
        let (name, data) = match self {
            Self::Create { id, parent, index, properties } => (
                "CreateNode",
                json!({
                    "blueprint_type_id": "kind", "name": "new", "node_id": id, "parent_id": parent,
                    "index": index, "properties": properties
                }),
            ),
            Self::Delete(id) => ("DeleteNode", json!({"node_id": id})),
            Self::Link { child, parent, index } => {
                ("LinkNode", json!({"child_id": child, "parent_id": parent, "index": index}))
            }
            Self::Unlink(id) => ("UnlinkNode", json!({"child_id": id})),
            Self::Rename(id, name) => ("RenameNode", json!({"node_id": id, "name": name})),
            Self::Update(id, key, value) => {
                ("UpdateProperty", json!({"node_id": id, "property_id": key, "value": value}))
            }
            Self::DeleteProperty(id, key) => {
                ("DeleteProperty", json!({"node_id": id, "property_id": key}))
            }
            Self::Batch(commands) => {
                let list: Vec<_> = commands.iter().map(Self::to_json).collect();
                ("Batch", json!({ "commands": list }))
            }
        };
        json!({"command_type": name, "data": data})
    }
}

/// One change, from what to what.
#[derive(Debug, Clone)]
pub enum Change {
    Created(Vec<(Id, Node)>, usize),
    Deleted(Vec<(Id, Node)>, usize),
    Moved { id: Id, old: (Option<Id>, usize), new: (Option<Id>, usize) },
    Renamed { id: Id, old: String, new: String },
    Property { id: Id, key: String, old: Option<Value>, new: Option<Value> },
}

impl Change {
    pub fn inverse(self) -> Self {
        match self {
            Self::Created(nodes, index) => Self::Deleted(nodes, index),
            Self::Deleted(nodes, index) => Self::Created(nodes, index),
            Self::Moved { id, old, new } => Self::Moved { id, old: new, new: old },
            Self::Renamed { id, old, new } => Self::Renamed { id, old: new, new: old },
            Self::Property { id, key, old, new } => Self::Property { id, key, old: new, new: old },
        }
    }
}

/// Whether a change of the past can be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    Yes,
    /// Others moved things about: both answers are right.
    Either,
    No,
}
