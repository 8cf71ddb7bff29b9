//! Which nodes, names and values a draft means.

use rollcall::model::Scope;
use serde_json::{Map, Value, json};

use super::super::model::{Action, Command, Condition, Id, NewNode, Request, Session, Walk};
use super::acts::{Act, Ask, Draft};

/// A node's id that the test chooses.
pub fn node_id(number: u32) -> Id {
    format!("00000000-0000-7000-8000-{number:012x}").parse().unwrap()
}

/// Chooses nodes of a session: mostly one that is there, sometimes one that was, sometimes one that never
/// was.
pub struct Choice<'s> {
    session: &'s Session,
    /// Nodes that the requests so far create, if they succeed.
    fresh: Vec<Id>,
    /// How many ids were given.
    created: &'s mut u32,
}

impl<'s> Choice<'s> {
    pub fn new(session: &'s Session, created: &'s mut u32) -> Self {
        Self { session, fresh: Vec::new(), created }
    }

    /// The request of an act, which is asked by `client`. `again` is one of those that had a key.
    pub fn request(
        &mut self,
        act: &Act,
        client: Option<String>,
        again: Option<&Request>,
    ) -> Request {
        let scope = |own: bool| if own { Scope::Client } else { Scope::Session };
        let action = match &act.ask {
            Ask::Execute(Draft::Replace(nodes)) => Action::Replace(self.graph(nodes)),
            Ask::Execute(draft) => Action::Execute(self.command(draft)),
            Ask::Undo { own } => Action::Undo(scope(*own)),
            Ask::Redo { own } => Action::Redo(scope(*own)),
            Ask::Again(_) => match again {
                Some(request) => return request.clone(),
                None => Action::Undo(Scope::Session),
            },
        };
        let revision = self.session.revision;
        let condition = act.condition.map(|kind| match kind {
            0 => Condition::NoneMatch(revision),
            1 => Condition::NoneMatch(revision + 1),
            2 => Condition::Match(revision + 1),
            _ => Condition::Match(revision),
        });
        let key = act.key.map(|key| format!("key {key}"));
        Request { client, action, key, condition, walk: Walk::Shared }
    }

    fn node(&self, pick: u16) -> Id {
        let (kind, place) = (pick % 16, usize::from(pick / 16));
        let there = &self.session.tree.nodes;
        match kind {
            0 => node_id(u32::from(pick) % (*self.created + 1)),
            15 if pick.is_multiple_of(5) => node_id(u32::MAX),
            _ if there.is_empty() && self.fresh.is_empty() => node_id(u32::MAX),
            _ => {
                let place = place % (there.len() + self.fresh.len());
                let is_fresh = place.checked_sub(there.len());
                is_fresh
                    .map_or_else(|| *there.keys().nth(place).unwrap(), |fresh| self.fresh[fresh])
            }
        }
    }

    /// The node with the most children, and these.
    fn largest_family(&self) -> Option<(Id, &[Id])> {
        let families = self.session.tree.nodes.iter().map(|(id, node)| (*id, &*node.children));
        families.max_by_key(|(_, children)| children.len())
    }

    fn new_id(&mut self) -> Id {
        *self.created += 1;
        let id = node_id(*self.created);
        self.fresh.push(id);
        id
    }

    fn command(&mut self, draft: &Draft) -> Command {
        let key = |key: &usize| format!("p{key}");
        match draft {
            Draft::Create { parent, index, properties } => {
                let parent = parent.map(|pick| match self.largest_family() {
                    Some((id, _)) if pick % 2 == 0 => id,
                    _ => self.node(pick),
                });
                // Sometimes an id that was given before.
                let is_again = *properties == 3 && self.created.is_multiple_of(3);
                let id = if is_again { node_id(*self.created) } else { self.new_id() };
                let properties: Map<String, Value> =
                    (0..*properties).map(|n| (key(&n), json!(n))).collect();
                Command::Create { id, parent, index: *index, properties: properties.into() }
            }
            Draft::Delete(id) => Command::Delete(self.node(*id)),
            Draft::Link { child, parent, index } => {
                let (child, parent) = (self.node(*child), parent.map(|parent| self.node(parent)));
                Command::Link { child, parent, index: *index }
            }
            Draft::Reorder(child, index) => {
                let index = Some(*index);
                match self.largest_family() {
                    Some((parent, children)) if !children.is_empty() => {
                        let child = children[usize::from(*child) % children.len()];
                        Command::Link { child, parent: Some(parent), index }
                    }
                    _ => {
                        let parent = Some(self.node(0));
                        Command::Link { child: self.node(*child), parent, index }
                    }
                }
            }
            Draft::Unlink(id) => Command::Unlink(self.node(*id)),
            Draft::Rename(id, name) => {
                Command::Rename(self.node(*id), ["new", "b", ""][*name].into())
            }
            Draft::Update(id, name, value) => {
                let values = [json!(null), json!(1.5), json!({"deep": [true]}), json!("ü\n")];
                Command::Update(self.node(*id), key(name), values[*value].clone())
            }
            Draft::DeleteProperty(id, name) => Command::DeleteProperty(self.node(*id), key(name)),
            Draft::Batch(drafts) => {
                Command::Batch(drafts.iter().map(|draft| self.command(draft)).collect())
            }
            Draft::Replace(_) => unreachable!("a graph is no command"),
        }
    }

    fn graph(&mut self, nodes: &[(Option<u16>, bool)]) -> Vec<NewNode> {
        let mut graph: Vec<NewNode> = Vec::new();
        for (pick, is_root) in nodes {
            let id = match pick {
                Some(pick) => self.node(*pick),
                None => self.new_id(),
            };
            if graph.iter().all(|node| node.id != id) {
                let last_root = graph.iter().rfind(|node| node.parent.is_none());
                let parent = last_root.map(|node| node.id).filter(|_| !is_root);
                graph.push(NewNode { id, parent });
            }
        }
        graph
    }
}
