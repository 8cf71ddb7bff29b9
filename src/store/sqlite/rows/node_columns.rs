//! Rows of `nodes` as they are read. One that can't be read, because somebody has written it manually,
//! fails alone: the others of the statement are those of other commands.

use crate::engine::storage::{NodeKey, StoredNode, Tree};
use crate::error::Error;
use crate::model::{Node, NodeId, OrderKey};
use crate::store::sqlite::columns::{Object, Unchecked};

/// A row of `nodes`.
pub struct NodeColumns {
    pub session: i64,
    pub generation: i64,
    pub node_id: Unchecked<NodeId>,
    pub parent_id: Option<Unchecked<NodeId>>,
    pub position: Unchecked<OrderKey>,
    pub blueprint_type_id: Unchecked<String>,
    pub name: Unchecked<String>,
    pub properties: Unchecked<Object>,
    pub child_count: i64,
}

impl NodeColumns {
    /// Which node it is; None where not even that can be read.
    pub fn key(&self) -> Option<NodeKey> {
        let tree = Tree { session: self.session, generation: self.generation };
        self.node_id.0.as_ref().ok().map(|node_id| (tree, *node_id))
    }

    /// The node, or an error that names its row.
    pub fn into_stored(self) -> Result<StoredNode, Error> {
        let row = match &self.node_id.0 {
            Ok(node_id) => format!("session {}, node {node_id}", self.session),
            Err(_) => format!("session {}, a node", self.session),
        };
        let node = Node {
            node_id: read(&row, "node_id", self.node_id)?,
            parent_id: self.parent_id.map(|id| read(&row, "parent_id", id)).transpose()?,
            position: read(&row, "position", self.position)?,
            blueprint_type_id: read(&row, "blueprint_type_id", self.blueprint_type_id)?,
            name: read(&row, "name", self.name)?,
            properties: read(&row, "properties", self.properties)?.0.into(),
        };
        Ok(StoredNode { node, child_count: self.child_count })
    }
}

fn read<T>(row: &str, column: &'static str, value: Unchecked<T>) -> Result<T, Error> {
    value.0.map_err(|reason| Error::unreadable("nodes", row, column, reason))
}
