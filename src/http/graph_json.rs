//! Writes a graph as JSON, node by node. It does not recurse, so a deep tree can't overflow the stack.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::json;

use crate::model::NodeId;
use crate::store::{GraphHead, NodeRow};

/// The layout of the JSON.
pub enum Layout {
    /// `{"roots":[{…,"children":[…]}],"seq":…,"revision":…}`.
    Tree,
    /// `{"nodes":[{…,"parent_id":…,"index":…}],"seq":…,"revision":…}`.
    Flat,
}

/// One step of writing a graph: the node to write next.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The index of the node in the list of all nodes.
    pub index: u32,
    /// How many JSON objects are closed after the node: its own, if it has no children, and those of the
    /// ancestors of which it is the last descendant.
    pub closes: u32,
}

impl Layout {
    /// The order in which nodes are written. `nodes` has the id and the parent of each; siblings are adjacent
    /// and in order.
    pub fn steps(
        &self,
        nodes: impl ExactSizeIterator<Item = (NodeId, Option<NodeId>)>,
    ) -> Vec<Step> {
        match self {
            Self::Flat => (0..nodes.len() as u32).map(|index| Step { index, closes: 1 }).collect(),
            Self::Tree => depth_first(nodes),
        }
    }

    /// The JSON before the first node.
    pub fn prefix(&self) -> &'static str {
        match self {
            Self::Tree => r#"{"roots":["#,
            Self::Flat => r#"{"nodes":["#,
        }
    }
}

/// Each node comes before its descendants.
fn depth_first(nodes: impl ExactSizeIterator<Item = (NodeId, Option<NodeId>)>) -> Vec<Step> {
    let mut ids = Vec::with_capacity(nodes.len());
    let mut children: HashMap<Option<NodeId>, Range<u32>> = HashMap::new();
    for (index, (node_id, parent_id)) in (0..).zip(nodes) {
        ids.push(node_id);
        children.entry(parent_id).or_insert(index..index).end = index + 1;
    }
    let mut steps: Vec<Step> = Vec::with_capacity(ids.len());
    // The remaining siblings at each level, from the roots down to the level that is being written.
    let mut levels: Vec<Range<u32>> = children.remove(&None).into_iter().collect();
    while let Some(siblings) = levels.last_mut() {
        let Some(index) = siblings.next() else {
            levels.pop();
            // The last child closes its parent as well. The roots have no parent.
            if let Some(step) = steps.last_mut()
                && !levels.is_empty()
            {
                step.closes += 1;
            }
            continue;
        };
        let below = ids.get(index as usize).and_then(|id| children.remove(&Some(*id)));
        steps.push(Step { index, closes: u32::from(below.is_none()) });
        levels.extend(below);
    }
    steps
}

/// Writes nodes one by one, in the order of [`Layout::steps`].
pub struct Writer {
    layout: Layout,
    /// Whether the last node was closed, so that a comma separates it from the next one.
    needs_comma: bool,
    /// The parent of the last node, and its index among its siblings; None before the first node.
    last: Option<(Option<NodeId>, i64)>,
}

impl Writer {
    pub fn new(layout: Layout) -> Self {
        Self { layout, needs_comma: false, last: None }
    }

    /// Appends a node to `out`, and closes as many objects as `closes` says.
    pub fn node(&mut self, out: &mut String, node: &NodeRow, closes: u32) {
        if self.needs_comma {
            out.push(',');
        }
        self.needs_comma = closes > 0;
        // The Display of a JSON value escapes what it has to.
        let (kind, name) = (json!(node.blueprint_type_id), json!(node.name));
        let (id, properties) = (node.node_id, node.properties.get());
        out.push_str(&format!(
            r#"{{"id":"{id}","blueprint_type_id":{kind},"name":{name},"properties":{properties}"#
        ));
        match self.layout {
            Layout::Tree => {
                out.push_str(r#","children":["#);
                (0..closes).for_each(|_| out.push_str("]}"));
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

    /// Appends the JSON after the last node.
    pub fn finish(&self, out: &mut String, head: &GraphHead) {
        let GraphHead { seq, revision, .. } = head;
        out.push_str(&format!(r#"],"seq":{seq},"revision":{revision}}}"#));
    }
}
