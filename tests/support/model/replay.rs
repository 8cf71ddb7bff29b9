//! Whether the changes of an undo step still fit, and making them at the indexes that their events
//! give.

use rollcall::model::ContentLimits;
use serde_json::Value;

use super::execute::check_count;
use super::{Change, Id, Node, Place, Tree};

/// What may come of an undo or a redo.
#[derive(Debug, Default)]
pub struct Verdict {
    /// It can't be done.
    is_refused: bool,
    /// With which codes it may be refused.
    codes: Vec<&'static str>,
}

/// Whether one change fits.
enum Fit {
    Yes,
    /// A node was moved, and may be back at its old position or not: both answers are right.
    Unknown,
    No(&'static str),
}

const CONFLICT: Fit = Fit::No("UNDO_CONFLICT");

impl Verdict {
    /// What may come of these changes, made one after the other.
    pub fn of(tree: &Tree, changes: &[Change], limits: &ContentLimits) -> Self {
        let mut tree = tree.clone();
        let mut verdict = Self::default();
        // Whether nodes came back to positions whose index is not known here.
        let mut is_order_known = true;
        for change in changes {
            match tree.fit(change, is_order_known, limits) {
                Fit::Yes => {}
                Fit::Unknown => verdict.codes.push("UNDO_CONFLICT"),
                Fit::No(code) => {
                    verdict.codes.push(code);
                    verdict.is_refused = true;
                    break;
                }
            }
            is_order_known &= !matches!(change, Change::Created { .. } | Change::Moved { .. });
            tree.make(change);
        }
        verdict
    }

    pub fn may_succeed(&self) -> bool {
        !self.is_refused
    }

    pub fn may_be_refused(&self, code: &str) -> bool {
        self.codes.contains(&code)
    }

    /// Whether it must succeed.
    pub fn is_certain(&self) -> bool {
        self.codes.is_empty()
    }
}

impl Tree {
    fn fit(&self, change: &Change, is_order_known: bool, limits: &ContentLimits) -> Fit {
        let exists = |parent: Option<Id>| parent.is_none_or(|id| self.nodes.contains_key(&id));
        match change {
            Change::Created { nodes, .. } => {
                let parent = nodes[0].1.parent;
                if nodes.iter().any(|(id, _)| self.nodes.contains_key(id)) {
                    CONFLICT
                } else if let Err(code) = check_count(self.nodes.len() + nodes.len(), limits) {
                    Fit::No(code)
                } else if !exists(parent) || self.depth(parent) + height_of(nodes) > limits.depth {
                    CONFLICT
                } else {
                    Fit::Yes
                }
            }
            Change::Deleted { nodes, .. } => self.fit_of_deletion(nodes, is_order_known),
            Change::Moved { id, old, new } => {
                let Some(node) = self.nodes.get(id) else { return CONFLICT };
                let is_below_itself = exists(new.parent)
                    && new.parent.is_some_and(|parent| self.is_within(parent, *id));
                if node.parent != old.parent || !exists(new.parent) || is_below_itself {
                    return CONFLICT;
                }
                match self.depth(new.parent) + self.height(*id) > limits.depth {
                    true => CONFLICT,
                    false => same_placement(node.placement, old.placement),
                }
            }
            Change::Renamed { id, old, .. } => match self.nodes.get(id) {
                Some(node) if node.name == *old => Fit::Yes,
                _ => CONFLICT,
            },
            Change::Property { id, key, old, .. } => match self.nodes.get(id) {
                Some(node) if node.properties.get(key) == old.as_ref() => Fit::Yes,
                _ => CONFLICT,
            },
        }
    }

    /// All must be there as it was, and nothing else, in the same order.
    fn fit_of_deletion(&self, past: &[(Id, Node)], is_order_known: bool) -> Fit {
        let (topmost, was) = &past[0];
        let Some(node) = self.nodes.get(topmost) else { return CONFLICT };
        let present = self.subtree(*topmost);
        let is_same = |(id, node): &(Id, Node)| match past.iter().find(|(past, _)| past == id) {
            Some((_, past)) => {
                let (node, past) = (without_children(node), without_children(past));
                node == past
            }
            None => false,
        };
        if present.len() != past.len() || !present.iter().all(is_same) {
            return CONFLICT;
        }
        let ids = |nodes: &[(Id, Node)]| nodes.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        match (ids(&present) == ids(past), is_order_known) {
            (true, _) => same_placement(node.placement, was.placement),
            (false, true) => CONFLICT,
            (false, false) => Fit::Unknown,
        }
    }
}

fn same_placement(one: u32, other: u32) -> Fit {
    if one == other { Fit::Yes } else { Fit::Unknown }
}

fn without_children(node: &Node) -> Node {
    Node { children: Vec::new(), ..node.clone() }
}

/// Levels of a subtree that is not in a tree.
fn height_of(nodes: &[(Id, Node)]) -> usize {
    let mut levels: Vec<(Id, usize)> = Vec::new();
    for (id, node) in nodes {
        let above = levels.iter().find(|(above, _)| Some(*above) == node.parent);
        levels.push((*id, 1 + above.map_or(0, |(_, levels)| *levels)));
    }
    levels.iter().map(|(_, levels)| *levels).max().unwrap_or(0)
}

/// Makes changes with the indexes that their events give. The events must be just theirs. What was made
/// really: a deletion names what has stood there, at its present placements.
pub fn make_as_published(tree: &mut Tree, changes: &[Change], events: &[Value]) -> Vec<Change> {
    let mut events = events.iter();
    let mut made = Vec::with_capacity(changes.len());
    for change in changes {
        let mut change = change.clone();
        let event = events.next().expect("an event for each change");
        let name = event["type"].as_str().unwrap();
        let index = event["index"].as_u64().map(|index| usize::try_from(index).unwrap());
        match &mut change {
            Change::Created { nodes, index: at } => {
                assert_eq!(name, "node-created");
                *at = index.unwrap();
                assert!(*at <= tree.siblings(nodes[0].1.parent).len(), "{event}");
                check_descendants(nodes, &mut events);
            }
            Change::Deleted { nodes, index } => {
                assert_eq!(name, "node-deleted");
                *index = tree.index_of(nodes[0].0);
                *nodes = tree.subtree(nodes[0].0);
            }
            Change::Moved { id, old, new: Place { parent, index: at, .. } } => {
                old.index = tree.index_of(*id);
                let is_own = tree.nodes[id].parent == *parent;
                let end = tree.siblings(*parent).len() - usize::from(is_own);
                *at = index.unwrap_or(end);
                assert!(*at <= end, "{event}");
                // The last of the roots has a name of its own.
                let is_unlinked = parent.is_none() && *at == end;
                assert_eq!(name, if is_unlinked { "node-unlinked" } else { "node-linked" });
            }
            Change::Renamed { .. } => assert_eq!(name, "node-renamed"),
            Change::Property { new: Some(_), .. } => assert_eq!(name, "property-changed"),
            Change::Property { new: None, .. } => assert_eq!(name, "property-deleted"),
        }
        tree.make(&change);
        made.push(change);
    }
    assert_eq!(events.next(), None, "an event too many");
    made
}

/// The events of all but the topmost node of a subtree: each is the last of its siblings so far.
fn check_descendants<'e>(nodes: &[(Id, Node)], events: &mut impl Iterator<Item = &'e Value>) {
    for (place, (id, node)) in nodes.iter().enumerate().skip(1) {
        let event = events.next().expect("an event for each node");
        let before = nodes[1..place].iter().filter(|(_, other)| other.parent == node.parent);
        assert_eq!(event["type"], "node-created");
        assert_eq!(event["node_id"], id.to_string());
        assert_eq!(event["index"], before.count(), "{event}");
    }
}
