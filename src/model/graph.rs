//! A whole tree as a flat list, from outside.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::id::NodeId;
use super::limits::{ContentLimits, check_node};
use super::node::Node;
use super::order_key::OrderKey;
use crate::error::Error;
use crate::json::whole_number;

/// A node in a flat list; the list may be in any order.
#[derive(Debug, Deserialize, ToSchema)]
pub struct FlatNode {
    pub id: NodeId,
    /// Null for a root; else a node of the list.
    pub parent_id: Option<NodeId>,
    #[schema(min_length = 1)]
    pub blueprint_type_id: String,
    pub name: String,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub properties: Map<String, Value>,
    /// Siblings go by it; those without come last, as the list has them.
    #[serde(default, deserialize_with = "whole_number::in_json")]
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
    pub index: Option<u32>,
}

/// Makes a forest of the list: roots in order, each with all below it, each behind its parent.
pub fn build_forest(list: Vec<FlatNode>, limits: &ContentLimits) -> Result<Vec<Vec<Node>>, Error> {
    let count = list.len();
    let mut places: HashMap<NodeId, usize> = HashMap::with_capacity(count);
    for (place, node) in list.iter().enumerate() {
        let path = format!("nodes[{place}]");
        check_node(&path, &node.blueprint_type_id, &node.name, &node.properties, limits)?;
        if let Some(first) = places.insert(node.id, place) {
            let text = format!("{path}.id: nodes[{first}] has the same id");
            return Err(Error::InvalidRequest(text));
        }
    }
    for (place, node) in list.iter().enumerate() {
        if let Some(parent_id) = node.parent_id
            && !places.contains_key(&parent_id)
        {
            let text = format!("nodes[{place}].parent_id: no node {parent_id} is in the list.");
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

    let mut arranged = 0;
    let mut forest = Vec::new();
    for (root, position) in in_a_row(children.remove(&None).unwrap_or_default()) {
        let mut tree = Vec::new();
        // The last of the waiting is the next, so siblings wait in reverse.
        let mut waiting = vec![(root, position, 1)];
        while let Some((node, position, depth)) = waiting.pop() {
            if depth > limits.depth {
                return Err(Error::InvalidCommand(format!(
                    "Node {} would stand at level {depth}, but {} are allowed (--max-depth).",
                    node.id, limits.depth
                )));
            }
            let below = in_a_row(children.remove(&Some(node.id)).unwrap_or_default());
            waiting.extend(below.into_iter().rev().map(|(node, at)| (node, at, depth + 1)));
            tree.push(Node {
                node_id: node.id,
                parent_id: node.parent_id,
                position,
                blueprint_type_id: node.blueprint_type_id,
                name: node.name,
                properties: node.properties.into(),
            });
        }
        arranged += tree.len();
        forest.push(tree);
    }
    if arranged < count {
        return Err(Error::InvalidCommand(format!(
            "{} nodes are unreachable from any root: their parents form a cycle.",
            count - arranged
        )));
    }
    Ok(forest)
}

fn in_a_row(siblings: Vec<FlatNode>) -> Vec<(FlatNode, OrderKey)> {
    let positions = std::iter::successors(Some(OrderKey::first()), OrderKey::after);
    siblings.into_iter().zip(positions).collect()
}
