//! What a command does to a tree, or the code of its refusal.

use rollcall::model::ContentLimits;
use serde_json::{Value, json};

use super::{Change, Command, Id, NewNode, Node, Place, Tree};

/// What a command has changed, and the `result` of its answer.
pub type Effect = (Vec<Change>, Value);

impl Tree {
    /// Executes a command; a refused one has changed nothing.
    pub fn execute(
        &mut self,
        command: &Command,
        limits: &ContentLimits,
    ) -> Result<Effect, &'static str> {
        let Command::Batch(commands) = command else {
            let (change, result) = self.plan(command, limits)?;
            self.make(&change);
            return Ok((vec![change], result));
        };
        let before = self.clone();
        let (mut changes, mut results) = (Vec::new(), Vec::new());
        for command in commands {
            match self.plan(command, limits) {
                Ok((change, result)) => {
                    self.make(&change);
                    changes.push(change);
                    results.push(result);
                }
                Err(code) => {
                    *self = before;
                    return Err(code);
                }
            }
        }
        Ok((changes, json!({ "results": results })))
    }

    /// Puts these nodes in place of all that is there.
    pub fn replace(
        &mut self,
        new: &[NewNode],
        limits: &ContentLimits,
    ) -> Result<Effect, &'static str> {
        check_count(new.len(), limits)?;
        let mut changes = Vec::new();
        for root in self.roots.clone() {
            let change = Change::Deleted { nodes: self.subtree(root), index: 0 };
            self.make(&change);
            changes.push(change);
        }
        // Put together elsewhere first, to have each root with all below it.
        let mut graph = self.clone();
        for NewNode { id, parent } in new {
            let node = graph.new_node(*parent);
            graph.insert(*id, node, None);
        }
        for (index, root) in graph.roots.iter().enumerate() {
            let change = Change::Created { nodes: graph.subtree(*root), index };
            self.make(&change);
            changes.push(change);
        }
        self.new_placements_of(&graph);
        Ok((changes, json!({ "node_count": new.len() })))
    }

    /// Over how many nodes a command walks that it does not name: those of each subtree that goes down,
    /// whose height has to fit. That of the node `known` is known already.
    pub fn walked_by(&self, command: &Command, known: Option<Id>, limits: &ContentLimits) -> i64 {
        match command {
            Command::Link { child, parent, .. } => {
                // Nothing among the roots is deeper than it was.
                let Some(parent) = parent else { return 0 };
                let both = self.nodes.get(child).filter(|_| self.nodes.contains_key(parent));
                let Some(node) = both else { return 0 };
                let goes_down = self.depth(Some(*parent)) > self.depth(node.parent);
                let is_walked = goes_down
                    && !node.children.is_empty()
                    && !self.is_within(*parent, *child)
                    && known != Some(*child);
                if is_walked { self.subtree(*child).len() as i64 } else { 0 }
            }
            Command::Batch(commands) => {
                let (mut tree, mut walked) = (self.clone(), 0);
                for command in commands {
                    walked += tree.walked_by(command, known, limits);
                    match tree.plan(command, limits) {
                        Ok((change, _)) => tree.make(&change),
                        Err(_) => break,
                    }
                }
                walked
            }
            _ => 0,
        }
    }

    fn new_node(&mut self, parent: Option<Id>) -> Node {
        let placement = self.new_placement();
        let (kind, name) = (Command::KIND.to_owned(), Command::NAME.to_owned());
        Node { parent, kind, name, placement, ..Node::default() }
    }

    fn plan(
        &mut self,
        command: &Command,
        limits: &ContentLimits,
    ) -> Result<(Change, Value), &'static str> {
        let nothing = json!({});
        Ok(match command {
            Command::Create { id, parent, index, properties } => {
                if self.nodes.contains_key(id) {
                    return Err("INVALID_COMMAND");
                }
                check_count(self.nodes.len() + 1, limits)?;
                let end = self.end_below(*parent, 1, limits)?;
                let node = Node { properties: properties.clone(), ..self.new_node(*parent) };
                let change = Change::Created { nodes: vec![(*id, node)], index: at(*index, end) };
                (change, json!({ "node_id": id }))
            }
            Command::Delete(id) => {
                self.existing(*id)?;
                let (nodes, index) = (self.subtree(*id), self.index_of(*id));
                let result = json!({ "deleted": nodes.len() });
                (Change::Deleted { nodes, index }, result)
            }
            Command::Link { child, parent, index } => {
                self.existing(*child)?;
                let old = self.place_of(*child);
                let exists = |parent: &Id| self.nodes.contains_key(parent);
                if parent.filter(exists).is_some_and(|parent| self.is_within(parent, *child)) {
                    return Err("INVALID_COMMAND");
                }
                let end = self.end_below(*parent, self.height(*child), limits)?;
                let index = at(*index, end - usize::from(old.parent == *parent));
                let new = Place { parent: *parent, index, placement: self.new_placement() };
                (Change::Moved { id: *child, old, new }, nothing)
            }
            Command::Unlink(id) => {
                if self.existing(*id)?.parent.is_none() {
                    return Err("INVALID_COMMAND");
                }
                let old = self.place_of(*id);
                let (index, placement) = (self.roots.len(), self.new_placement());
                (
                    Change::Moved { id: *id, old, new: Place { parent: None, index, placement } },
                    nothing,
                )
            }
            Command::Rename(id, new) => {
                let (old, new) = (self.existing(*id)?.name.clone(), new.clone());
                (Change::Renamed { id: *id, old, new }, nothing)
            }
            Command::Update(id, key, new) => {
                let old = self.existing(*id)?.properties.get(key).cloned();
                let (key, new) = (key.clone(), Some(new.clone()));
                (Change::Property { id: *id, key, old, new }, nothing)
            }
            Command::DeleteProperty(id, key) => {
                let Some(old) = self.existing(*id)?.properties.get(key).cloned() else {
                    return Err("INVALID_COMMAND");
                };
                (Change::Property { id: *id, key: key.clone(), old: Some(old), new: None }, nothing)
            }
            Command::Batch(_) => unreachable!("a batch holds no batch"),
        })
    }

    fn existing(&self, id: Id) -> Result<&Node, &'static str> {
        self.nodes.get(&id).ok_or("NODE_NOT_FOUND")
    }

    /// How many nodes stand below a parent, below which so many levels must fit.
    fn end_below(
        &self,
        parent: Option<Id>,
        height: usize,
        limits: &ContentLimits,
    ) -> Result<usize, &'static str> {
        let exists = parent.is_none_or(|parent| self.nodes.contains_key(&parent));
        match exists && self.depth(parent) + height <= limits.depth {
            true => Ok(self.siblings(parent).len()),
            false => Err("INVALID_COMMAND"),
        }
    }
}

/// The index that is wanted, or the end if there is none or it is too large.
fn at(wanted: Option<u32>, end: usize) -> usize {
    wanted.map_or(end, |index| (index as usize).min(end))
}

/// Refuses so many nodes.
pub fn check_count(count: usize, limits: &ContentLimits) -> Result<(), &'static str> {
    if count as i64 > limits.nodes { Err("INVALID_COMMAND") } else { Ok(()) }
}
