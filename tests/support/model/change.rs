//! One change of a tree, from what to what, and its inverse.

use serde_json::Value;

use super::{Id, Node, Tree};

/// Where a node stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub parent: Option<Id>,
    /// Among its siblings, itself not counted.
    pub index: usize,
    pub placement: u32,
}

#[derive(Debug, Clone)]
pub enum Change {
    /// A node with all below it, each behind its parent, siblings in order.
    Created {
        nodes: Vec<(Id, Node)>,
        index: usize,
    },
    Deleted {
        nodes: Vec<(Id, Node)>,
        index: usize,
    },
    Moved {
        id: Id,
        old: Place,
        new: Place,
    },
    Renamed {
        id: Id,
        old: String,
        new: String,
    },
    Property {
        id: Id,
        key: String,
        old: Option<Value>,
        new: Option<Value>,
    },
}

impl Change {
    pub fn inverse(self) -> Self {
        match self {
            Self::Created { nodes, index } => Self::Deleted { nodes, index },
            Self::Deleted { nodes, index } => Self::Created { nodes, index },
            Self::Moved { id, old, new } => Self::Moved { id, old: new, new: old },
            Self::Renamed { id, old, new } => Self::Renamed { id, old: new, new: old },
            Self::Property { id, key, old, new } => Self::Property { id, key, old: new, new: old },
        }
    }
}

impl Tree {
    /// Where a node stands.
    pub fn place_of(&self, id: Id) -> Place {
        let Node { parent, placement, .. } = self.nodes[&id];
        Place { parent, index: self.index_of(id), placement }
    }

    /// Makes a change that fits. An index that is too large is the end.
    pub fn make(&mut self, change: &Change) {
        match change {
            Change::Created { nodes, index } => {
                let mut index = Some(*index);
                for (id, node) in nodes {
                    let count = self.siblings(node.parent).len();
                    let index = index.take().map(|index| index.min(count));
                    self.insert(*id, node.clone(), index);
                }
            }
            Change::Deleted { nodes, .. } => self.remove(nodes[0].0),
            Change::Moved { id, new, .. } => {
                let is_own = self.nodes[id].parent == new.parent;
                let count = self.siblings(new.parent).len() - usize::from(is_own);
                self.relocate(*id, new.parent, Some(new.index.min(count)));
                self.nodes.get_mut(id).unwrap().placement = new.placement;
            }
            Change::Renamed { id, new, .. } => {
                self.nodes.get_mut(id).unwrap().name.clone_from(new);
            }
            Change::Property { id, key, new, .. } => {
                let properties = self.nodes.get_mut(id).unwrap().properties.to_mut();
                match new {
                    Some(value) => properties.insert(key.clone(), value.clone()),
                    None => properties.remove(key),
                };
            }
        }
    }
}
