//! A graph written out as JSON, node by node; without recursion, however deep it is.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::json;

use crate::model::NodeId;
use crate::store::{GraphHead, NodeRow};

/// The order in which nodes are written.
pub enum Layout {
    /// `{"roots":[{…,"children":[…]}],"seq":…,"revision":…}`.
    Tree,
    /// `{"nodes":[{…,"parent_id":…,"index":…}],"seq":…,"revision":…}`.
    Flat,
}

/// A node's turn: its place in the list that was read, and how many objects end behind it.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    pub place: u32,
    pub ends: u32,
}

impl Layout {
    /// The turns of nodes in a list in which siblings stand together, in order.
    pub fn turns(
        &self,
        nodes: impl ExactSizeIterator<Item = (NodeId, Option<NodeId>)>,
    ) -> Vec<Turn> {
        match self {
            Self::Flat => (0..nodes.len() as u32).map(|place| Turn { place, ends: 1 }).collect(),
            Self::Tree => depth_first(nodes),
        }
    }

    /// What stands before all nodes.
    pub fn beginning(&self) -> &'static str {
        match self {
            Self::Tree => r#"{"roots":["#,
            Self::Flat => r#"{"nodes":["#,
        }
    }
}

/// Every node before those below it.
fn depth_first(nodes: impl ExactSizeIterator<Item = (NodeId, Option<NodeId>)>) -> Vec<Turn> {
    let mut ids = Vec::with_capacity(nodes.len());
    let mut siblings: HashMap<Option<NodeId>, Range<u32>> = HashMap::new();
    for (place, (node_id, parent_id)) in (0..).zip(nodes) {
        ids.push(node_id);
        siblings.entry(parent_id).or_insert(place..place).end = place + 1;
    }
    let mut turns: Vec<Turn> = Vec::with_capacity(ids.len());
    // The last of the rows of siblings is the one that is being written.
    let mut rows: Vec<Range<u32>> = siblings.remove(&None).into_iter().collect();
    while let Some(row) = rows.last_mut() {
        let Some(place) = row.next() else {
            rows.pop();
            // The parent ends with the last of its children; the roots have none.
            if let Some(turn) = turns.last_mut()
                && !rows.is_empty()
            {
                turn.ends += 1;
            }
            continue;
        };
        let below = ids.get(place as usize).and_then(|id| siblings.remove(&Some(*id)));
        turns.push(Turn { place, ends: u32::from(below.is_none()) });
        rows.extend(below);
    }
    turns
}

/// Writes nodes one after the other.
pub struct Writer {
    layout: Layout,
    /// Whether the last thing written was the end of a node.
    after_sibling: bool,
    /// The parent of the last node and its place below it; None before the first.
    last: Option<(Option<NodeId>, i64)>,
}

impl Writer {
    pub fn new(layout: Layout) -> Self {
        Self { layout, after_sibling: false, last: None }
    }

    /// Writes a node, and the end of as many objects.
    pub fn node(&mut self, out: &mut String, node: &NodeRow, ends: u32) {
        if self.after_sibling {
            out.push(',');
        }
        self.after_sibling = ends > 0;
        // A JSON string is written by its Display.
        let (kind, name) = (json!(node.blueprint_type_id), json!(node.name));
        let (id, properties) = (node.node_id, node.properties.get());
        out.push_str(&format!(
            r#"{{"id":"{id}","blueprint_type_id":{kind},"name":{name},"properties":{properties}"#
        ));
        match self.layout {
            Layout::Tree => {
                out.push_str(r#","children":["#);
                (0..ends).for_each(|_| out.push_str("]}"));
            }
            Layout::Flat => {
                let index = match self.last {
                    Some((parent_id, index)) if parent_id == node.parent_id => index + 1,
                    _ => 0,
                };
                self.last = Some((node.parent_id, index));
                let parent_id = json!(node.parent_id);
                out.push_str(&format!(r#","parent_id":{parent_id},"index":{index}}}"#));
            }
        }
    }

    /// Writes what stands behind all nodes.
    pub fn end(&self, out: &mut String, head: &GraphHead) {
        let GraphHead { seq, revision, .. } = head;
        out.push_str(&format!(r#"],"seq":{seq},"revision":{revision}}}"#));
    }
}
