//! Which nodes a command names, and where it puts some.

use super::Command;
use crate::model::id::NodeId;

impl Command {
    /// The nodes that the command names.
    pub fn nodes(&self) -> Vec<NodeId> {
        match self {
            Self::CreateNode(create) => {
                create.parent_id.into_iter().chain(create.node_id).collect()
            }
            Self::DeleteNode(delete) => vec![delete.node_id],
            Self::LinkNode(link) => link.parent_id.into_iter().chain([link.child_id]).collect(),
            Self::UnlinkNode(unlink) => vec![unlink.child_id],
            Self::RenameNode(rename) => vec![rename.node_id],
            Self::UpdateProperty(update) => vec![update.node_id],
            Self::DeleteProperty(delete) => vec![delete.node_id],
            Self::Batch(commands) => commands.iter().flat_map(Self::nodes).collect(),
        }
    }

    /// The nodes that the command deletes together with their descendants.
    pub fn deleted_roots(&self) -> Vec<NodeId> {
        match self {
            Self::DeleteNode(delete) => vec![delete.node_id],
            Self::Batch(commands) => commands.iter().flat_map(Self::deleted_roots).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether executing the command reads more nodes than it names: a subtree, for its height, or many
    /// siblings.
    pub fn may_walk(&self) -> bool {
        match self {
            Self::CreateNode(create) => create.index.is_some(),
            Self::LinkNode(_) => true,
            Self::Batch(commands) => commands.iter().any(Self::may_walk),
            _ => false,
        }
    }

    /// The parents below which the command inserts nodes at an index; None stands for the roots.
    pub fn indexed_places(&self) -> Vec<Option<NodeId>> {
        match self {
            Self::CreateNode(create) if create.index.is_some() => vec![create.parent_id],
            Self::LinkNode(link) if link.index.is_some() => vec![link.parent_id],
            Self::Batch(commands) => commands.iter().flat_map(Self::indexed_places).collect(),
            _ => Vec::new(),
        }
    }

    /// The parents below which the command inserts nodes; None stands for the roots.
    pub fn new_places(&self) -> Vec<Option<NodeId>> {
        match self {
            Self::CreateNode(create) => vec![create.parent_id],
            Self::LinkNode(link) => vec![link.parent_id],
            Self::UnlinkNode(_) => vec![None],
            Self::Batch(commands) => commands.iter().flat_map(Self::new_places).collect(),
            _ => Vec::new(),
        }
    }
}
