//! Commands, their nodes resolved.

use rollcall::model::Properties;
use serde_json::{Value, json};

use super::Id;

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Create { id: Id, parent: Option<Id>, index: Option<u32>, properties: Properties },
    Delete(Id),
    Link { child: Id, parent: Option<Id>, index: Option<u32> },
    Unlink(Id),
    Rename(Id, String),
    Update(Id, String, Value),
    DeleteProperty(Id, String),
    Batch(Vec<Command>),
}

/// A node of a graph that replaces another one; its parent stands before it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewNode {
    pub id: Id,
    pub parent: Option<Id>,
}

impl Command {
    /// The type and the name of every node that is created.
    pub const KIND: &str = "kind";
    pub const NAME: &str = "new";

    /// Its name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "CreateNode",
            Self::Delete(_) => "DeleteNode",
            Self::Link { .. } => "LinkNode",
            Self::Unlink(_) => "UnlinkNode",
            Self::Rename(..) => "RenameNode",
            Self::Update(..) => "UpdateProperty",
            Self::DeleteProperty(..) => "DeleteProperty",
            Self::Batch(_) => "Batch",
        }
    }

    /// Its data on the wire.
    pub fn data(&self) -> Value {
        match self {
            Self::Create { id, parent, index, properties } => json!({
                "blueprint_type_id": Self::KIND, "name": Self::NAME, "node_id": id, "parent_id": parent,
                "index": index, "properties": properties
            }),
            Self::Delete(id) => json!({"node_id": id}),
            Self::Link { child, parent, index } => {
                json!({"child_id": child, "parent_id": parent, "index": index})
            }
            Self::Unlink(id) => json!({"child_id": id}),
            Self::Rename(id, name) => json!({"node_id": id, "name": name}),
            Self::Update(id, key, value) => {
                json!({"node_id": id, "property_id": key, "value": value})
            }
            Self::DeleteProperty(id, key) => json!({"node_id": id, "property_id": key}),
            Self::Batch(commands) => {
                let list: Vec<_> = commands.iter().map(Self::to_json).collect();
                json!({ "commands": list })
            }
        }
    }

    /// As on the wire.
    pub fn to_json(&self) -> Value {
        json!({"command_type": self.name(), "data": self.data()})
    }
}

impl NewNode {
    /// As a flat list has it.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id, "parent_id": self.parent, "blueprint_type_id": Command::KIND,
            "name": Command::NAME
        })
    }
}
