//! A forest of nodes: ordered lists of children, and what an event does to them.

use std::collections::BTreeMap;

use rollcall::model::{NodeId, Properties};
use serde_json::{Value, json};

pub type Id = NodeId;

#[derive(Debug, Clone, Default)]
pub struct Node {
    pub parent: Option<Id>,
    pub kind: String,
    pub name: String,
    pub properties: Properties,
    pub children: Vec<Id>,
    /// Distinguishes this placing of a node from all others of the session: it is a new number each time that a
    /// command puts the node somewhere, and the old one again when that is undone.
    pub placement: u32,
}

/// Two nodes are equal if a client sees no difference; placements are seen by nobody.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.parent == other.parent
            && self.children == other.children
            && self.name == other.name
            && self.kind == other.kind
            && self.properties == other.properties
    }
}

/// A forest.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    pub nodes: BTreeMap<Id, Node>,
    pub roots: Vec<Id>,
    /// The last number that was given to a placement.
    placements: u32,
}

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.roots == other.roots && self.nodes == other.nodes
    }
}

fn text_in<'e>(event: &'e Value, key: &str) -> &'e str {
    event[key].as_str().unwrap_or_else(|| panic!("no {key} in {event}"))
}

fn id_in(event: &Value, key: &str) -> Id {
    text_in(event, key).parse().unwrap()
}

fn parent_in(event: &Value) -> Option<Id> {
    event["parent_id"].as_str().map(|id| id.parse().unwrap())
}

impl Tree {
    /// A number that no placement has.
    pub fn new_placement(&mut self) -> u32 {
        self.placements += 1;
        self.placements
    }

    /// Gives no number again that another tree has given.
    pub fn new_placements_of(&mut self, other: &Self) {
        self.placements = self.placements.max(other.placements);
    }

    /// Those who stand below a parent that exists, or the roots, in order.
    pub fn siblings(&self, parent: Option<Id>) -> &[Id] {
        match parent {
            None => &self.roots,
            Some(parent) => &self.nodes[&parent].children,
        }
    }

    fn siblings_mut(&mut self, parent: Option<Id>) -> &mut Vec<Id> {
        match parent {
            None => &mut self.roots,
            Some(parent) => &mut self.nodes.get_mut(&parent).expect("a parent").children,
        }
    }

    /// Puts a node without children in, at `index` or at the end.
    pub fn insert(&mut self, id: Id, mut node: Node, index: Option<usize>) {
        node.children.clear();
        let siblings = self.siblings_mut(node.parent);
        siblings.insert(index.unwrap_or(siblings.len()), id);
        assert!(self.nodes.insert(id, node).is_none(), "{id} is there already");
    }

    /// Takes a node out of its siblings.
    fn detach(&mut self, id: Id) {
        let index = self.index_of(id);
        self.siblings_mut(self.nodes[&id].parent).remove(index);
    }

    /// Puts a node below another parent, at `index` or at the end.
    pub fn relocate(&mut self, id: Id, parent: Option<Id>, index: Option<usize>) {
        self.detach(id);
        let siblings = self.siblings_mut(parent);
        siblings.insert(index.unwrap_or(siblings.len()), id);
        self.nodes.get_mut(&id).unwrap().parent = parent;
    }

    /// A node with all below it, each behind its parent, siblings in order.
    pub fn subtree(&self, id: Id) -> Vec<(Id, Node)> {
        let mut found = Vec::new();
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            let node = self.nodes[&id].clone();
            waiting.extend(node.children.iter().rev());
            found.push((id, node));
        }
        found
    }

    /// Takes a node with all below it out.
    pub fn remove(&mut self, id: Id) {
        self.detach(id);
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            waiting.extend(self.nodes.remove(&id).expect("a node of the subtree").children);
        }
    }

    /// Whether a node is `top` or stands below it.
    pub fn is_within(&self, id: Id, top: Id) -> bool {
        let mut at = Some(id);
        while let Some(id) = at {
            if id == top {
                return true;
            }
            at = self.nodes[&id].parent;
        }
        false
    }

    /// Levels from a root down to a node; 0 above the roots.
    pub fn depth(&self, id: Option<Id>) -> usize {
        let mut levels = 0;
        let mut at = id;
        while let Some(id) = at {
            levels += 1;
            at = self.nodes[&id].parent;
        }
        levels
    }

    /// Levels of a subtree; a leaf has 1.
    pub fn height(&self, id: Id) -> usize {
        let below = self.nodes[&id].children.iter().map(|child| self.height(*child));
        1 + below.max().unwrap_or(0)
    }

    pub fn index_of(&self, id: Id) -> usize {
        let siblings = self.siblings(self.nodes[&id].parent);
        siblings.iter().position(|sibling| *sibling == id).expect("among its siblings")
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
                    parent: parent_in(event),
                    kind: text_in(event, "blueprint_type_id").to_owned(),
                    name: text_in(event, "name").to_owned(),
                    properties: event["properties"].as_object().unwrap().clone().into(),
                    ..Node::default()
                };
                self.insert(id_in(event, "node_id"), node, Some(index()));
            }
            "node-deleted" => {
                let id = id_in(event, "node_id");
                assert_eq!(self.nodes[&id].parent, parent_in(event), "{event}");
                self.remove(id);
            }
            "node-linked" => {
                self.relocate(id_in(event, "child_id"), parent_in(event), Some(index()));
            }
            "node-unlinked" => {
                let id = id_in(event, "child_id");
                assert_eq!(self.nodes[&id].parent, parent_in(event), "{event}");
                self.relocate(id, None, None);
            }
            "node-renamed" => {
                let node = self.nodes.get_mut(&id_in(event, "node_id")).unwrap();
                node.name = text_in(event, "name").to_owned();
            }
            "property-changed" | "property-deleted" => {
                let node = self.nodes.get_mut(&id_in(event, "node_id")).unwrap();
                let key = text_in(event, "property_id").to_owned();
                let old = match event.get("new_value") {
                    Some(new) => node.properties.to_mut().insert(key, new.clone()),
                    None => node.properties.to_mut().remove(&key),
                };
                assert_eq!(old.unwrap_or_default(), event["old_value"], "{event}");
            }
            _ => {}
        }
    }
}
