//! A forest of nodes: ordered lists of children, and what an event does to them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

pub type Id = String;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Node {
    pub parent: Option<Id>,
    pub kind: String,
    pub name: String,
    pub properties: Map<String, Value>,
    pub children: Vec<Id>,
}

/// A forest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tree {
    pub nodes: BTreeMap<Id, Node>,
    pub roots: Vec<Id>,
}

fn id_in(event: &Value, key: &str) -> Id {
    event[key].as_str().unwrap_or_else(|| panic!("no {key} in {event}")).to_owned()
}

impl Tree {
    /// Those who stand below a parent, or the roots, in order.
    pub fn siblings(&mut self, parent: Option<&Id>) -> &mut Vec<Id> {
        match parent {
            None => &mut self.roots,
            Some(parent) => &mut self.nodes.get_mut(parent).expect("a parent").children,
        }
    }

    /// Puts a node without children in, at `index` or at the end.
    pub fn insert(&mut self, id: &Id, mut node: Node, index: Option<usize>) {
        node.children.clear();
        let siblings = self.siblings(node.parent.as_ref());
        let index = index.unwrap_or(siblings.len());
        siblings.insert(index, id.clone());
        assert!(self.nodes.insert(id.clone(), node).is_none(), "{id} is there already");
    }

    /// Takes a node out of its siblings; answers where it stood.
    fn detach(&mut self, id: &Id) -> usize {
        let parent = self.nodes[id].parent.clone();
        let siblings = self.siblings(parent.as_ref());
        let index = siblings.iter().position(|sibling| sibling == id).expect("among its siblings");
        siblings.remove(index);
        index
    }

    pub fn relocate(&mut self, id: &Id, parent: Option<Id>, index: Option<usize>) {
        self.detach(id);
        let siblings = self.siblings(parent.as_ref());
        let index = index.unwrap_or(siblings.len());
        siblings.insert(index, id.clone());
        self.nodes.get_mut(id).unwrap().parent = parent;
    }

    /// A node with all below it, each behind its parent, siblings in order.
    pub fn subtree(&self, id: &Id) -> Vec<(Id, Node)> {
        let mut found = Vec::new();
        let mut waiting = vec![id.clone()];
        while let Some(id) = waiting.pop() {
            let node = self.nodes[&id].clone();
            waiting.extend(node.children.iter().rev().cloned());
            found.push((id, node));
        }
        found
    }

    /// Takes a node with all below it out.
    pub fn remove(&mut self, id: &Id) {
        self.detach(id);
        for (gone, _) in self.subtree(id) {
            self.nodes.remove(&gone);
        }
    }

    pub fn is_within(&self, id: &Id, top: &Id) -> bool {
        let mut at = Some(id);
        while let Some(id) = at {
            if id == top {
                return true;
            }
            at = self.nodes[id].parent.as_ref();
        }
        false
    }

    pub fn index_of(&self, id: &Id) -> usize {
        let siblings = match &self.nodes[id].parent {
            None => &self.roots,
            Some(parent) => &self.nodes[parent].children,
        };
        siblings.iter().position(|sibling| sibling == id).expect("among its siblings")
    }

    /// As `GET …/graph/tree` has the roots.
    pub fn to_json(&self) -> Value {
        self.list(&self.roots)
    }

    fn list(&self, ids: &[Id]) -> Value {
        let items = ids.iter().map(|id| {
            let node = &self.nodes[id];
            json!({
                "id": id, "blueprint_type_id": node.kind, "name": node.name,
                "properties": node.properties, "children": self.list(&node.children)
            })
        });
        items.collect()
    }

    /// Does what an effect event says; other events change nothing.
    pub fn follow(&mut self, name: &str, event: &Value) {
        let index = || usize::try_from(event["index"].as_u64().expect("an index")).unwrap();
        match name {
            "node-created" => {
                let node = Node {
                    parent: event["parent_id"].as_str().map(str::to_owned),
                    kind: id_in(event, "blueprint_type_id"),
                    name: id_in(event, "name"),
                    properties: event["properties"].as_object().unwrap().clone(),
                    children: Vec::new(),
                };
                self.insert(&id_in(event, "node_id"), node, Some(index()));
            }
            "node-deleted" => self.remove(&id_in(event, "node_id")),
            "node-linked" => {
                let parent = event["parent_id"].as_str().map(str::to_owned);
                self.relocate(&id_in(event, "child_id"), parent, Some(index()));
            }
            "node-unlinked" => self.relocate(&id_in(event, "child_id"), None, None),
            "node-renamed" => {
                let node = self.nodes.get_mut(&id_in(event, "node_id")).unwrap();
                node.name = id_in(event, "name");
            }
            "property-changed" | "property-deleted" => {
                let node = self.nodes.get_mut(&id_in(event, "node_id")).unwrap();
                let key = id_in(event, "property_id");
                let old = match event.get("new_value") {
                    Some(new) => node.properties.insert(key, new.clone()),
                    None => node.properties.remove(&key),
                };
                assert_eq!(old.unwrap_or_default(), event["old_value"], "{event}");
            }
            _ => {}
        }
    }
}
