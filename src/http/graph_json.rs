//! A graph written out as JSON in parts, so that a large one is never whole in memory as text and
//! holds up nobody; without recursion, however deep it is.

use std::collections::HashMap;

use serde_json::json;

use crate::session::NodeId;
use crate::store::{Graph, NodeRow};

/// About how many bytes a part has.
const PART: usize = 64 * 1024;

/// The beginning of a node's object, open for more keys.
fn open_node(out: &mut String, node: &NodeRow) {
    // A JSON string is written by its Display.
    let (kind, name) = (json!(node.blueprint_type_id), json!(node.name));
    let (id, properties) = (node.node_id, node.properties.get());
    out.push_str(&format!(
        r#"{{"id":"{id}","blueprint_type_id":{kind},"name":{name},"properties":{properties}"#
    ));
}

fn close_graph(out: &mut String, seq: i64, revision: i64) {
    out.push_str(&format!(r#"],"seq":{seq},"revision":{revision}}}"#));
}

/// `{"roots":[{…,"children":[…]}],"seq":…,"revision":…}`.
pub struct Tree {
    nodes: Vec<NodeRow>,
    /// The places in `nodes` of each parent's children, the last first.
    children: HashMap<Option<NodeId>, Vec<usize>>,
    /// What is still to be written, the next last; None closes a node.
    waiting: Vec<Option<usize>>,
    started: bool,
    after_sibling: bool,
    end: Option<(i64, i64)>,
}

impl Tree {
    pub fn of(graph: Graph) -> Self {
        let mut children: HashMap<Option<NodeId>, Vec<usize>> = HashMap::new();
        for (place, node) in graph.nodes.iter().enumerate().rev() {
            children.entry(node.parent_id).or_default().push(place);
        }
        let roots = children.remove(&None).unwrap_or_default();
        Self {
            nodes: graph.nodes,
            children,
            waiting: roots.into_iter().map(Some).collect(),
            started: false,
            after_sibling: false,
            end: Some((graph.seq, graph.revision)),
        }
    }
}

impl Iterator for Tree {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let (seq, revision) = self.end?;
        let mut out = String::with_capacity(PART + 1024);
        if !std::mem::replace(&mut self.started, true) {
            out.push_str(r#"{"roots":["#);
        }
        while out.len() < PART {
            match self.waiting.pop() {
                Some(Some(place)) => {
                    let Some(node) = self.nodes.get(place) else { continue };
                    if std::mem::replace(&mut self.after_sibling, false) {
                        out.push(',');
                    }
                    open_node(&mut out, node);
                    out.push_str(r#","children":["#);
                    self.waiting.push(None);
                    let below = self.children.remove(&Some(node.node_id)).unwrap_or_default();
                    self.waiting.extend(below.into_iter().map(Some));
                }
                Some(None) => {
                    out.push_str("]}");
                    self.after_sibling = true;
                }
                None => {
                    close_graph(&mut out, seq, revision);
                    self.end = None;
                    break;
                }
            }
        }
        Some(out)
    }
}

/// `{"nodes":[{…,"parent_id":…,"index":…}],"seq":…,"revision":…}`.
pub struct Flat {
    nodes: std::vec::IntoIter<NodeRow>,
    /// The parent of the last node and its place below it; None before the first.
    last: Option<(Option<NodeId>, i64)>,
    started: bool,
    end: Option<(i64, i64)>,
}

impl Flat {
    pub fn of(graph: Graph) -> Self {
        Self {
            nodes: graph.nodes.into_iter(),
            last: None,
            started: false,
            end: Some((graph.seq, graph.revision)),
        }
    }
}

impl Iterator for Flat {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let (seq, revision) = self.end?;
        let mut out = String::with_capacity(PART + 1024);
        if !std::mem::replace(&mut self.started, true) {
            out.push_str(r#"{"nodes":["#);
        }
        while out.len() < PART {
            let Some(node) = self.nodes.next() else {
                close_graph(&mut out, seq, revision);
                self.end = None;
                break;
            };
            let index = match self.last {
                Some((parent_id, index)) if parent_id == node.parent_id => index + 1,
                _ => 0,
            };
            if self.last.is_some() {
                out.push(',');
            }
            self.last = Some((node.parent_id, index));
            open_node(&mut out, &node);
            let parent_id = json!(node.parent_id);
            out.push_str(&format!(r#","parent_id":{parent_id},"index":{index}}}"#));
        }
        Some(out)
    }
}
