//! A session's content as plainly as it can be said: ordered lists of children and a list of
//! steps, each with what it changed. It knows nothing of how the server keeps order.

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

/// A command, its nodes resolved.
#[derive(Debug, Clone)]
pub enum Command {
    Create { id: Id, parent: Option<Id>, index: Option<usize>, properties: Map<String, Value> },
    Delete(Id),
    Link { child: Id, parent: Id, index: Option<usize> },
    Unlink(Id),
    Rename(Id, String),
    Update(Id, String, Value),
    DeleteProperty(Id, String),
    Batch(Vec<Command>),
}

impl Command {
    /// As on the wire.
    pub fn to_json(&self) -> Value {
        let (name, data) = match self {
            Self::Create { id, parent, index, properties } => (
                "CreateNode",
                json!({
                    "blueprint_type_id": "kind", "name": "new", "node_id": id, "parent_id": parent,
                    "index": index, "properties": properties
                }),
            ),
            Self::Delete(id) => ("DeleteNode", json!({"node_id": id})),
            Self::Link { child, parent, index } => {
                ("LinkNode", json!({"child_id": child, "parent_id": parent, "index": index}))
            }
            Self::Unlink(id) => ("UnlinkNode", json!({"child_id": id})),
            Self::Rename(id, name) => ("RenameNode", json!({"node_id": id, "name": name})),
            Self::Update(id, key, value) => {
                ("UpdateProperty", json!({"node_id": id, "property_id": key, "value": value}))
            }
            Self::DeleteProperty(id, key) => {
                ("DeleteProperty", json!({"node_id": id, "property_id": key}))
            }
            Self::Batch(commands) => {
                let list: Vec<_> = commands.iter().map(Self::to_json).collect();
                ("Batch", json!({ "commands": list }))
            }
        };
        json!({"command_type": name, "data": data})
    }
}

/// One change, from what to what.
#[derive(Debug, Clone)]
pub enum Change {
    Created(Vec<(Id, Node)>, usize),
    Deleted(Vec<(Id, Node)>, usize),
    Moved { id: Id, old: (Option<Id>, usize), new: (Option<Id>, usize) },
    Renamed { id: Id, old: String, new: String },
    Property { id: Id, key: String, old: Option<Value>, new: Option<Value> },
}

impl Change {
    pub fn inverse(self) -> Self {
        match self {
            Self::Created(nodes, index) => Self::Deleted(nodes, index),
            Self::Deleted(nodes, index) => Self::Created(nodes, index),
            Self::Moved { id, old, new } => Self::Moved { id, old: new, new: old },
            Self::Renamed { id, old, new } => Self::Renamed { id, old: new, new: old },
            Self::Property { id, key, old, new } => Self::Property { id, key, old: new, new: old },
        }
    }
}

/// Whether a change of the past can be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    Yes,
    /// Others moved things about: both answers are right.
    Either,
    No,
}

impl Tree {
    /// Does a command; what it changed, or the code of its refusal, having changed nothing.
    pub fn execute(&mut self, command: &Command) -> Result<Vec<Change>, &'static str> {
        if let Command::Batch(commands) = command {
            let before = self.clone();
            let mut changes = Vec::new();
            for command in commands {
                match self.execute(command) {
                    Ok(more) => changes.extend(more),
                    Err(code) => {
                        *self = before;
                        return Err(code);
                    }
                }
            }
            return Ok(changes);
        }
        let change = self.change_of(command)?;
        self.play(&change);
        Ok(vec![change])
    }

    fn change_of(&self, command: &Command) -> Result<Change, &'static str> {
        let node = |id: &Id| self.nodes.get(id).ok_or("NODE_NOT_FOUND");
        let room = |parent: Option<&Id>| match parent {
            None => Ok(self.roots.len()),
            Some(id) => self.nodes.get(id).map(|n| n.children.len()).ok_or("INVALID_COMMAND"),
        };
        Ok(match command {
            Command::Create { id, parent, index, properties } => {
                let last = room(parent.as_ref())?;
                if self.nodes.contains_key(id) {
                    return Err("INVALID_COMMAND");
                }
                let node = Node {
                    parent: parent.clone(),
                    kind: "kind".to_owned(),
                    name: "new".to_owned(),
                    properties: properties.clone(),
                    children: Vec::new(),
                };
                Change::Created(vec![(id.clone(), node)], index.unwrap_or(last).min(last))
            }
            Command::Delete(id) => {
                node(id)?;
                Change::Deleted(self.subtree(id), self.index_of(id))
            }
            Command::Link { child, parent, index } => {
                let old = (node(child)?.parent.clone(), self.index_of(child));
                let last = room(Some(parent))?;
                if self.is_within(parent, child) {
                    return Err("INVALID_COMMAND");
                }
                let last = last - usize::from(old.0.as_ref() == Some(parent));
                let new = (Some(parent.clone()), index.unwrap_or(last).min(last));
                Change::Moved { id: child.clone(), old, new }
            }
            Command::Unlink(id) => {
                let old = (node(id)?.parent.clone(), self.index_of(id));
                if old.0.is_none() {
                    return Err("INVALID_COMMAND");
                }
                Change::Moved { id: id.clone(), old, new: (None, self.roots.len()) }
            }
            Command::Rename(id, new) => {
                Change::Renamed { id: id.clone(), old: node(id)?.name.clone(), new: new.clone() }
            }
            Command::Update(id, key, new) => {
                let old = node(id)?.properties.get(key).cloned();
                Change::Property { id: id.clone(), key: key.clone(), old, new: Some(new.clone()) }
            }
            Command::DeleteProperty(id, key) => {
                let old = node(id)?.properties.get(key).cloned().ok_or("INVALID_COMMAND")?;
                Change::Property { id: id.clone(), key: key.clone(), old: Some(old), new: None }
            }
            Command::Batch(_) => unreachable!("execute takes batches apart"),
        })
    }

    /// Does a change that fits.
    pub fn play(&mut self, change: &Change) {
        match change {
            Change::Created(nodes, index) => {
                let mut index = Some(*index);
                for (id, node) in nodes {
                    let at = index
                        .take()
                        .map(|index| index.min(self.siblings(node.parent.as_ref()).len()));
                    self.insert(id, node.clone(), at);
                }
            }
            Change::Deleted(nodes, _) => self.remove(&nodes[0].0),
            Change::Moved { id, new: (parent, index), .. } => {
                let own = self.nodes[id].parent == *parent;
                let room = self.siblings(parent.as_ref()).len() - usize::from(own);
                self.relocate(id, parent.clone(), Some((*index).min(room)));
            }
            Change::Renamed { id, new, .. } => {
                self.nodes.get_mut(id).unwrap().name.clone_from(new);
            }
            Change::Property { id, key, new, .. } => {
                let properties = &mut self.nodes.get_mut(id).unwrap().properties;
                match new {
                    Some(value) => properties.insert(key.clone(), value.clone()),
                    None => properties.remove(key),
                };
            }
        }
    }

    /// Whether a change of the past fits.
    pub fn fit(&self, change: &Change) -> Fit {
        let there = |parent: &Option<Id>| {
            parent.as_ref().is_none_or(|parent| self.nodes.contains_key(parent))
        };
        match change {
            Change::Created(nodes, _) => {
                let taken = nodes.iter().any(|(id, _)| self.nodes.contains_key(id));
                if taken || !there(&nodes[0].1.parent) { Fit::No } else { Fit::Yes }
            }
            Change::Deleted(nodes, _) => {
                let top = &nodes[0].0;
                if !self.nodes.contains_key(top) {
                    return Fit::No;
                }
                let present = self.subtree(top);
                let by_id = |list: &[(Id, Node)]| -> BTreeMap<Id, Node> {
                    let plain = |(id, node): &(Id, Node)| {
                        (id.clone(), Node { children: Vec::new(), ..node.clone() })
                    };
                    list.iter().map(plain).collect()
                };
                // Whether others put it elsewhere among its siblings is not known here.
                if by_id(&present) == by_id(nodes) { Fit::Either } else { Fit::No }
            }
            Change::Moved { id, old, new } => match self.nodes.get(id) {
                Some(node) if node.parent == old.0 && there(&new.0) => match &new.0 {
                    Some(parent) if self.is_within(parent, id) => Fit::No,
                    _ => Fit::Either,
                },
                _ => Fit::No,
            },
            Change::Renamed { id, old, .. } => match self.nodes.get(id) {
                Some(node) if node.name == *old => Fit::Yes,
                _ => Fit::No,
            },
            Change::Property { id, key, old, .. } => match self.nodes.get(id) {
                Some(node) if node.properties.get(key) == old.as_ref() => Fit::Yes,
                _ => Fit::No,
            },
        }
    }
}
