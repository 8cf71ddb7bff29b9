//! Doing a change that fits, and telling of it.

use super::{Editor, Edits, place_of};
use crate::error::Error;
use crate::model::{Node, NodeChange, NodeEvent, NodeId, TreePosition};

impl Editor<'_, '_, '_> {
    /// Does a change that fits, and adds it to `edits` with its events. With an `index` its place is free
    /// and stands there among the siblings; without, that is looked up.
    pub async fn enact(
        &mut self,
        change: NodeChange,
        index: Option<i64>,
        edits: &mut Edits,
    ) -> Result<(), Error> {
        let change = match change {
            NodeChange::Created { nodes } => {
                let nodes = self.put_in(nodes, index, edits).await?;
                NodeChange::Created { nodes }
            }
            NodeChange::Deleted { nodes } => {
                self.content.remove(self.tree, &nodes);
                if let (Some(topmost), Some(head)) =
                    (nodes.first(), self.transaction.known_head_mut(self.session_id))
                {
                    head.node_count -= nodes.len() as i64;
                    head.root_count -= i64::from(topmost.parent_id.is_none());
                    edits.events.push(NodeEvent::NodeDeleted { node_id: topmost.node_id });
                }
                NodeChange::Deleted { nodes }
            }
            NodeChange::Moved { node_id, old, new } => {
                let (new, index) = match index {
                    Some(index) => (new, index),
                    None => self.settle(new, Some((node_id, &old))).await?,
                };
                self.content.relocate(self.tree, node_id, new.clone());
                let event = self.moved(node_id, &old, &new, index);
                edits.events.push(event);
                NodeChange::Moved { node_id, old, new }
            }
            NodeChange::Renamed { node_id, old, new } => {
                self.content.change(self.tree, node_id, |node| node.name.clone_from(&new));
                edits.events.push(NodeEvent::NodeRenamed { node_id, name: new.clone() });
                NodeChange::Renamed { node_id, old, new }
            }
            NodeChange::Property { node_id, property_id, old, new } => {
                let property = property_id.clone();
                self.content.change(self.tree, node_id, |node| {
                    let properties = node.properties.to_mut();
                    match &new {
                        Some(value) => properties.insert(property, value.clone()),
                        None => properties.remove(&property),
                    };
                });
                let (property, old_value) = (property_id.clone(), old.clone());
                edits.events.push(match new.clone() {
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
        edits.changes.push(change);
        Ok(())
    }

    /// Puts a subtree in, and tells where it came to stand.
    async fn put_in(
        &mut self,
        mut nodes: Vec<Node>,
        index: Option<i64>,
        edits: &mut Edits,
    ) -> Result<Vec<Node>, Error> {
        let Some(topmost) = nodes.first_mut() else { return Ok(nodes) };
        let mut index = Some(match index {
            Some(index) => index,
            None => {
                let (place, index) = self.settle(place_of(topmost), None).await?;
                topmost.position = place.position;
                index
            }
        });
        let roots = i64::from(topmost.parent_id.is_none());
        if let Some(head) = self.transaction.known_head_mut(self.session_id) {
            head.node_count += nodes.len() as i64;
            head.root_count += roots;
        }
        for node in &nodes {
            // Those below come in order, so each is the last of its parent's so far.
            let index = match (index.take(), node.parent_id) {
                (None, Some(parent_id)) => self.child_count(parent_id).await?,
                (index, _) => index.unwrap_or_default(),
            };
            edits.events.push(node.created(index));
            self.content.insert(self.tree, node.clone());
        }
        Ok(nodes)
    }

    fn moved(
        &mut self,
        node_id: NodeId,
        old: &TreePosition,
        new: &TreePosition,
        index: i64,
    ) -> NodeEvent {
        let head = self.transaction.known_head_mut(self.session_id);
        let roots = match head {
            Some(head) => {
                head.root_count += i64::from(new.parent_id.is_none());
                head.root_count -= i64::from(old.parent_id.is_none());
                head.root_count
            }
            None => 0,
        };
        if new.parent_id.is_none() && index == roots - 1 {
            NodeEvent::NodeUnlinked { child_id: node_id }
        } else {
            NodeEvent::NodeLinked { parent_id: new.parent_id, child_id: node_id, index }
        }
    }
}
