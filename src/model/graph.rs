//! The content of a session as a flat list: as a caller sends it, and as it is returned.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::id::NodeId;
use super::limits::{ContentLimits, check_node};
use super::node::Node;
use super::order_key::OrderKey;
use super::properties::Properties;
use crate::error::Error;
use crate::json::whole_number;

/// A node in a flat list. The list may be in any order.
#[derive(Debug, Deserialize, ToSchema)]
pub struct FlatNode {
    /// The id of the node. If it stands twice in the list, the error is `INVALID_REQUEST`.
    pub id: NodeId,
    /// The parent, which must be in the list; null for a root.
    pub parent_id: Option<NodeId>,
    /// The type of the node, as the application defines it.
    #[schema(min_length = 1)]
    pub blueprint_type_id: String,
    /// The name that people see. It may be empty; `--max-name-bytes` limits it.
    pub name: String,
    /// The properties by their ids, each any JSON; none by default. `--max-value-bytes` and
    /// `--max-properties-bytes` limit them.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub properties: Map<String, Value>,
    /// Siblings are sorted by their index. Those without one come last, in the order of the list.
    #[serde(default, deserialize_with = "whole_number::in_json")]
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
    pub index: Option<u32>,
}

/// Builds the trees of a flat list. Returns one list for each root, in order, in which each node comes
/// after its parent. Fails if a node breaks a limit, an id occurs twice, a parent is missing, or there is
/// a cycle.
pub fn build_forest(list: Vec<FlatNode>, limits: &ContentLimits) -> Result<Vec<Vec<Node>>, Error> {
    let count = list.len();
    let mut indices: HashMap<NodeId, usize> = HashMap::with_capacity(count);
    for (index, node) in list.iter().enumerate() {
        let path = format!("nodes[{index}]");
        check_node(&path, &node.blueprint_type_id, &node.name, &node.properties, limits)?;
        if let Some(first) = indices.insert(node.id, index) {
            let text = format!("{path}.id: nodes[{first}] has the same id");
            return Err(Error::InvalidRequest(text));
        }
    }
    for (index, node) in list.iter().enumerate() {
        if let Some(parent_id) = node.parent_id
            && !indices.contains_key(&parent_id)
        {
            let text = format!("nodes[{index}].parent_id: no node {parent_id} is in the list.");
            return Err(Error::InvalidCommand(text));
        }
    }
    let mut children: HashMap<Option<NodeId>, Vec<FlatNode>> = HashMap::new();
    for node in list {
        children.entry(node.parent_id).or_default().push(node);
    }
    for siblings in children.values_mut() {
        siblings.sort_by_key(|node| node.index.unwrap_or(u32::MAX));
    }

    let mut reached = 0;
    let mut forest = Vec::new();
    for (root, position) in with_order_keys(children.remove(&None).unwrap_or_default()) {
        let mut tree = Vec::new();
        // A stack, so siblings are pushed in reverse order.
        let mut stack = vec![(root, position, 1)];
        while let Some((node, position, depth)) = stack.pop() {
            if depth > limits.depth {
                return Err(Error::InvalidCommand(format!(
                    "Node {} would be at level {depth}, but {} are allowed (--max-depth).",
                    node.id, limits.depth
                )));
            }
            let below = with_order_keys(children.remove(&Some(node.id)).unwrap_or_default());
            stack.extend(below.into_iter().rev().map(|(node, at)| (node, at, depth + 1)));
            tree.push(Node {
                node_id: node.id,
                parent_id: node.parent_id,
                position,
                blueprint_type_id: node.blueprint_type_id,
                name: node.name,
                properties: node.properties.into(),
            });
        }
        reached += tree.len();
        forest.push(tree);
    }
    if reached < count {
        return Err(Error::InvalidCommand(format!(
            "{} nodes are unreachable from any root: their parents form a cycle.",
            count - reached
        )));
    }
    Ok(forest)
}

/// Assigns ascending order keys to siblings.
fn with_order_keys(siblings: Vec<FlatNode>) -> Vec<(FlatNode, OrderKey)> {
    let positions = std::iter::successors(Some(OrderKey::first()), OrderKey::after);
    siblings.into_iter().zip(positions).collect()
}

/// All nodes of a session as JSON, `{"nodes": [{id, blueprint_type_id, name, properties, parent_id, index}]}`;
/// null where that is too large to be sent along with something else.
#[derive(Debug, Clone)]
pub struct FlatGraph(Option<Arc<RawValue>>);

impl FlatGraph {
    /// The graph that is not sent.
    pub const TOO_LARGE: Self = Self(None);

    /// All nodes, sorted by their parents, and siblings in order.
    pub fn of(nodes: &[Node]) -> Result<Self, Error> {
        #[derive(Serialize)]
        struct Graph<'a> {
            nodes: Vec<Item<'a>>,
        }
        #[derive(Serialize)]
        struct Item<'a> {
            id: NodeId,
            blueprint_type_id: &'a str,
            name: &'a str,
            properties: &'a Properties,
            parent_id: Option<NodeId>,
            index: usize,
        }
        let mut last = None;
        let items = nodes.iter().map(|node| {
            let Node { node_id, parent_id, blueprint_type_id, name, properties, .. } = node;
            let index = match last {
                Some((parent, index)) if parent == *parent_id => index + 1,
                _ => 0,
            };
            last = Some((*parent_id, index));
            Item { id: *node_id, blueprint_type_id, name, properties, parent_id: *parent_id, index }
        });
        let graph = to_raw_value(&Graph { nodes: items.collect() });
        let graph =
            graph.map_err(|cause| Error::internal(anyhow::Error::new(cause).context("graph")))?;
        Ok(Self(Some(graph.into())))
    }

    /// The bytes of its JSON.
    pub fn size(&self) -> usize {
        self.0.as_ref().map_or(0, |graph| graph.get().len())
    }
}

impl Serialize for FlatGraph {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// What a caller wants to get along with the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum With {
    /// The content as a flat list, as of the revision of the response.
    Graph,
}
