//! Applying a change that fits, and the events that it makes.

use super::editor::{ChangeSet, Editor, position_of};
use super::storage::Storage;
use crate::error::Error;
use crate::model::{Node, NodeChange, NodeEvent, NodeId, TreePosition};

impl<S: Storage> Editor<'_, '_, S> {
    /// Applies a change that fits, and adds it to `set` with its events. If `index` is given, the
    /// change's position is free and has that index among the siblings; if not, both are looked up.
    pub async fn apply(
        &mut self,
        change: NodeChange,
        index: Option<i64>,
        set: &mut ChangeSet,
    ) -> Result<(), Error> {
        let change = match change {
            NodeChange::Created { nodes } => {
                let nodes = self.insert_subtree(nodes, index, set).await?;
                NodeChange::Created { nodes }
            }
            NodeChange::Deleted { nodes } => {
                self.delete_subtree(&nodes, set);
                NodeChange::Deleted { nodes }
            }
            NodeChange::Moved { node_id, old, new } => {
                let (new, index) = match index {
                    Some(index) => (new, index),
                    None => self.resolve_position(new, Some((node_id, &old))).await?,
                };
                self.cache.relocate((self.tree, node_id), new.clone());
                let event = self.moved_event(node_id, &old, &new, index);
                set.events.push(event);
                NodeChange::Moved { node_id, old, new }
            }
            NodeChange::Renamed { node_id, old, new } => {
                self.cache.change((self.tree, node_id), |node| node.name.clone_from(&new));
                set.events.push(NodeEvent::NodeRenamed { node_id, name: new.clone() });
                NodeChange::Renamed { node_id, old, new }
            }
            NodeChange::Property { node_id, property_id, old, new } => {
                let property = property_id.clone();
                self.cache.change((self.tree, node_id), |node| {
                    let properties = node.properties.to_mut();
                    match &new {
                        Some(value) => properties.insert(property, value.clone()),
                        None => properties.remove(&property),
                    };
                });
                let (property, old_value) = (property_id.clone(), old.clone());
                set.events.push(match new.clone() {
                    Some(new_value) => NodeEvent::PropertyChanged {
                        node_id,
                        property_id: property,
                        old_value,
                        new_value,
                    },
                    None => {
                        NodeEvent::PropertyDeleted { node_id, property_id: property, old_value }
                    }
                });
                NodeChange::Property { node_id, property_id, old, new }
            }
        };
        set.changes.push(change);
        Ok(())
    }

    /// Inserts a subtree; its nodes with the positions that they got.
    async fn insert_subtree(
        &mut self,
        mut nodes: Vec<Node>,
        index: Option<i64>,
        set: &mut ChangeSet,
    ) -> Result<Vec<Node>, Error> {
        let Some(topmost) = nodes.first_mut() else { return Ok(nodes) };
        let mut index = Some(match index {
            Some(index) => index,
            None => {
                let (found, index) = self.resolve_position(position_of(topmost), None).await?;
                topmost.position = found.position;
                index
            }
        });
        let roots = i64::from(topmost.parent_id.is_none());
        if let Some(head) = self.transaction.known_head_mut(self.session_id) {
            head.node_count += nodes.len() as i64;
            head.root_count += roots;
        }
        for node in &nodes {
            // Its descendants come in order, so each is the last of its siblings so far.
            let index = match (index.take(), node.parent_id) {
                (None, Some(parent_id)) => self.child_count(parent_id).await?,
                (index, _) => index.unwrap_or_default(),
            };
            set.events.push(node.created(index));
            self.cache.insert(self.tree, node.clone());
        }
        Ok(nodes)
    }

    fn delete_subtree(&mut self, nodes: &[Node], set: &mut ChangeSet) {
        self.cache.remove(self.tree, nodes);
        let Some(topmost) = nodes.first() else { return };
        if let Some(head) = self.transaction.known_head_mut(self.session_id) {
            head.node_count -= nodes.len() as i64;
            head.root_count -= i64::from(topmost.parent_id.is_none());
        }
        let (node_id, parent_id) = (topmost.node_id, topmost.parent_id);
        set.events.push(NodeEvent::NodeDeleted { node_id, parent_id });
    }

    fn moved_event(
        &mut self,
        node_id: NodeId,
        old: &TreePosition,
        new: &TreePosition,
        index: i64,
    ) -> NodeEvent {
        let roots = match self.transaction.known_head_mut(self.session_id) {
            Some(head) => {
                head.root_count += i64::from(new.parent_id.is_none());
                head.root_count -= i64::from(old.parent_id.is_none());
                head.root_count
            }
            None => 0,
        };
        if new.parent_id.is_none() && index == roots - 1 {
            NodeEvent::NodeUnlinked { child_id: node_id, parent_id: old.parent_id }
        } else {
            NodeEvent::NodeLinked { parent_id: new.parent_id, child_id: node_id, index }
        }
    }
}
