//! What a command does to a tree, and whether a change of an undo step still fits.

use std::collections::BTreeMap;

use super::{Change, Command, Fit, Id, Node, Tree};

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
