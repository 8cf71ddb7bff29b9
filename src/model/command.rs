//! What may be done to a session's content. A command that was parsed cannot be wrong in shape.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::excerpt::excerpt;
use super::id::NodeId;
use super::limits::{
    ContentLimits, check_length, check_properties, check_text, check_type, check_value,
};
use super::properties::Properties;
use crate::error::Error;
use crate::json::{self, whole_number};

/// The name of a node that is created without one.
const DEFAULT_NAME: &str = "New Node";

/// One command.
#[derive(Debug, Clone)]
pub enum Command {
    CreateNode(CreateNode),
    DeleteNode(DeleteNode),
    LinkNode(LinkNode),
    UnlinkNode(UnlinkNode),
    RenameNode(RenameNode),
    UpdateProperty(UpdateProperty),
    DeleteProperty(DeleteProperty),
    /// All or nothing, one undo step; holds no batch.
    Batch(Vec<Command>),
}

/// A node under a parent, or a root.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CreateNode {
    #[schema(min_length = 1)]
    pub blueprint_type_id: String,
    #[serde(default = "default_name")]
    pub name: String,
    pub parent_id: Option<NodeId>,
    /// The server makes one where it is not given.
    pub node_id: Option<NodeId>,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub properties: Properties,
    /// Where among its siblings; at the end unless given, and when it is beyond.
    #[serde(default, deserialize_with = "whole_number::in_json")]
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
    pub index: Option<u32>,
}

/// A node with all below it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct DeleteNode {
    pub node_id: NodeId,
}

/// Moves the child under a parent.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct LinkNode {
    pub parent_id: NodeId,
    pub child_id: NodeId,
    /// Where among its siblings, itself not counted; at the end unless given.
    #[serde(default, deserialize_with = "whole_number::in_json")]
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
    pub index: Option<u32>,
}

/// Makes the child a root, the last one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UnlinkNode {
    pub child_id: NodeId,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct RenameNode {
    pub node_id: NodeId,
    pub name: String,
}

/// Sets one property; null is a value like others.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct UpdateProperty {
    pub node_id: NodeId,
    pub property_id: String,
    #[serde(alias = "new_value")]
    pub value: Value,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct DeleteProperty {
    pub node_id: NodeId,
    pub property_id: String,
}

fn default_name() -> String {
    DEFAULT_NAME.to_owned()
}

/// A command as it stands on the wire.
#[derive(Debug, Clone, Deserialize)]
pub struct WireCommand {
    pub command_type: String,
    pub data: Box<RawValue>,
}

#[derive(Deserialize)]
struct WireBatch {
    commands: Vec<WireCommand>,
}

/// The names of all commands.
const NAMES: &str = "CreateNode, DeleteNode, LinkNode, UnlinkNode, RenameNode, UpdateProperty, \
                     DeleteProperty, Batch";

impl Command {
    /// The command's name on the wire and in SQL.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CreateNode(_) => "CreateNode",
            Self::DeleteNode(_) => "DeleteNode",
            Self::LinkNode(_) => "LinkNode",
            Self::UnlinkNode(_) => "UnlinkNode",
            Self::RenameNode(_) => "RenameNode",
            Self::UpdateProperty(_) => "UpdateProperty",
            Self::DeleteProperty(_) => "DeleteProperty",
            Self::Batch(_) => "Batch",
        }
    }

    /// Reads a command within `limits`; the error names the field below `data`.
    pub fn parse(wire: &WireCommand, limits: &ContentLimits) -> Result<Self, Error> {
        Self::parse_at("data", wire, limits, true)
    }

    fn parse_at(
        path: &str,
        wire: &WireCommand,
        limits: &ContentLimits,
        outermost: bool,
    ) -> Result<Self, Error> {
        let json = wire.data.get().as_bytes();
        let command = match wire.command_type.as_str() {
            "CreateNode" => Self::CreateNode(json::read_at(path, json)?),
            "DeleteNode" => Self::DeleteNode(json::read_at(path, json)?),
            "LinkNode" => Self::LinkNode(json::read_at(path, json)?),
            "UnlinkNode" => Self::UnlinkNode(json::read_at(path, json)?),
            "RenameNode" => Self::RenameNode(json::read_at(path, json)?),
            "UpdateProperty" => Self::UpdateProperty(json::read_at(path, json)?),
            "DeleteProperty" => Self::DeleteProperty(json::read_at(path, json)?),
            "Batch" if outermost => {
                let WireBatch { commands } = json::read_at(path, json)?;
                if commands.len() > limits.batch {
                    return Err(Error::InvalidRequest(format!(
                        "{path}.commands: {} commands, but a batch has at most {}",
                        commands.len(),
                        limits.batch
                    )));
                }
                let parse = |(place, wire): (usize, &WireCommand)| {
                    Self::parse_at(&format!("{path}.commands[{place}].data"), wire, limits, false)
                };
                Self::Batch(commands.iter().enumerate().map(parse).collect::<Result<_, _>>()?)
            }
            "Batch" => {
                return Err(Error::InvalidRequest(format!("{path}: a batch holds no batch")));
            }
            other => {
                let field = path.strip_suffix("data").unwrap_or("");
                return Err(Error::InvalidRequest(format!(
                    "{field}command_type: '{}' is not one of {NAMES}",
                    excerpt(other)
                )));
            }
        };
        command.check(path, limits)?;
        Ok(command)
    }

    fn check(&self, path: &str, limits: &ContentLimits) -> Result<(), Error> {
        match self {
            Self::CreateNode(create) => {
                check_type(path, &create.blueprint_type_id, limits)?;
                check_text(format_args!("{path}.name"), &create.name, limits.name)?;
                check_properties(path, &create.properties, limits)
            }
            Self::RenameNode(rename) => {
                check_text(format_args!("{path}.name"), &rename.name, limits.name)
            }
            Self::UpdateProperty(update) => {
                check_length(format_args!("{path}.property_id"), &update.property_id, limits.name)?;
                check_value(format_args!("{path}.value"), &update.value, limits)
            }
            _ => Ok(()),
        }
    }

    /// The nodes that the command speaks of.
    pub fn nodes(&self) -> Vec<NodeId> {
        match self {
            Self::CreateNode(create) => {
                create.parent_id.into_iter().chain(create.node_id).collect()
            }
            Self::DeleteNode(delete) => vec![delete.node_id],
            Self::LinkNode(link) => vec![link.parent_id, link.child_id],
            Self::UnlinkNode(unlink) => vec![unlink.child_id],
            Self::RenameNode(rename) => vec![rename.node_id],
            Self::UpdateProperty(update) => vec![update.node_id],
            Self::DeleteProperty(delete) => vec![delete.node_id],
            Self::Batch(commands) => commands.iter().flat_map(Self::nodes).collect(),
        }
    }
}

impl Command {
    /// The nodes that the command deletes with all below them.
    pub fn deleted_roots(&self) -> Vec<NodeId> {
        match self {
            Self::DeleteNode(delete) => vec![delete.node_id],
            Self::Batch(commands) => commands.iter().flat_map(Self::deleted_roots).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether it looks at more than it names: at the height of a subtree, or at many siblings.
    pub fn may_walk(&self) -> bool {
        match self {
            Self::CreateNode(create) => create.index.is_some(),
            Self::LinkNode(_) => true,
            Self::Batch(commands) => commands.iter().any(Self::may_walk),
            _ => false,
        }
    }

    /// Below which parents the command puts nodes at an index; None is among the roots.
    pub fn indexed_places(&self) -> Vec<Option<NodeId>> {
        match self {
            Self::CreateNode(create) if create.index.is_some() => vec![create.parent_id],
            Self::LinkNode(link) if link.index.is_some() => vec![Some(link.parent_id)],
            Self::Batch(commands) => commands.iter().flat_map(Self::indexed_places).collect(),
            _ => Vec::new(),
        }
    }

    /// Below which parents the command puts nodes; None is among the roots.
    pub fn new_places(&self) -> Vec<Option<NodeId>> {
        match self {
            Self::CreateNode(create) => vec![create.parent_id],
            Self::LinkNode(link) => vec![Some(link.parent_id)],
            Self::UnlinkNode(_) => vec![None],
            Self::Batch(commands) => commands.iter().flat_map(Self::new_places).collect(),
            _ => Vec::new(),
        }
    }
}

/// Whose steps an undo or a redo takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everybody's.
    #[default]
    Session,
    /// One client's own.
    Client,
}

impl Scope {
    /// As on the wire and in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Client => "client",
        }
    }
}
