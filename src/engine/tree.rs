//! How the engine names sessions, trees and nodes to a storage.

use crate::model::NodeId;

/// A session's key inside the storage.
pub type SessionKey = i64;

/// The tree of a session. A session has the nodes of its generation; those of another one are staged,
/// or left to be purged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tree {
    /// The session's key inside the storage.
    pub session: SessionKey,
    /// Which of the session's trees it is: that of its head, or a staged one.
    pub generation: i64,
}

/// A node of a tree.
pub type NodeKey = (Tree, NodeId);

/// A node that others stand below; None is above the roots.
pub type ParentKey = (Tree, Option<NodeId>);
