//! The content of a session, kept up by its events.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

/// The id of a node; null stands above the roots.
type Id = Value;

#[derive(Default)]
pub struct Tree {
    nodes: HashMap<Id, Node>,
    children: HashMap<Id, Vec<Id>>,
}

struct Node {
    parent_id: Id,
    name: Value,
    properties: Value,
}

impl Tree {
    /// The tree of a flat list, in which siblings stand in order.
    pub fn load(list: &[Value]) -> Self {
        let mut tree = Self::default();
        for node in list {
            tree.insert(&node["id"], node, usize::MAX);
        }
        tree
    }

    pub fn apply(&mut self, event: &Value) {
        let index = event["index"].as_u64().map_or(usize::MAX, |index| index as usize);
        let (node_id, child_id) = (&event["node_id"], &event["child_id"]);
        match event["type"].as_str() {
            Some("node-created") => self.insert(node_id, event, index),
            Some("node-deleted") => {
                self.take(node_id);
                self.remove(node_id);
            }
            Some("node-linked") => self.link(child_id, &event["parent_id"], index),
            Some("node-unlinked") => self.link(child_id, &Value::Null, usize::MAX),
            Some("node-renamed") => {
                self.change(node_id, |node| node.name = event["name"].clone());
            }
            Some("property-changed") => self.change(node_id, |node| {
                if let Some(key) = event["property_id"].as_str() {
                    node.properties[key] = event["new_value"].clone();
                }
            }),
            Some("property-deleted") => self.change(node_id, |node| {
                let key = event["property_id"].as_str();
                node.properties.as_object_mut().and_then(|all| all.remove(key?));
            }),
            _ => {}
        }
    }

    fn insert(&mut self, id: &Id, fields: &Value, index: usize) {
        let parent_id = fields["parent_id"].clone();
        let (name, properties) = (fields["name"].clone(), fields["properties"].clone());
        self.place(id, &parent_id, index);
        self.nodes.insert(id.clone(), Node { parent_id, name, properties });
    }

    fn link(&mut self, id: &Id, parent_id: &Id, index: usize) {
        self.take(id);
        self.place(id, parent_id, index);
        self.change(id, |node| node.parent_id = parent_id.clone());
    }

    fn place(&mut self, id: &Id, parent_id: &Id, index: usize) {
        let siblings = self.children.entry(parent_id.clone()).or_default();
        siblings.insert(index.min(siblings.len()), id.clone());
    }

    fn take(&mut self, id: &Id) {
        let parent_id = self.nodes.get(id).map(|node| &node.parent_id);
        if let Some(siblings) = parent_id.and_then(|parent_id| self.children.get_mut(parent_id)) {
            siblings.retain(|sibling| sibling != id);
        }
    }

    fn remove(&mut self, id: &Id) {
        self.nodes.remove(id);
        for child in self.children.remove(id).unwrap_or_default() {
            self.remove(&child);
        }
    }

    fn change(&mut self, id: &Id, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(id) {
            change(node);
        }
    }

    fn write(&self, parent_id: &Id, depth: usize, to: &mut fmt::Formatter) -> fmt::Result {
        for id in self.children.get(parent_id).into_iter().flatten() {
            if let Some(node) = self.nodes.get(id) {
                let name = node.name.as_str().unwrap_or_default();
                writeln!(to, "{:indent$}- {name}", "", indent = 2 * depth)?;
            }
            self.write(id, depth + 1, to)?;
        }
        Ok(())
    }
}

/// An indented list of the names.
impl fmt::Display for Tree {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        self.write(&Value::Null, 0, to)
    }
}
