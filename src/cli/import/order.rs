//! The order in which nodes are made: parents before their children, siblings by their index.

use std::collections::HashMap;

use uuid::Uuid;

use super::node::{NewNode, Refusal};

/// The nodes in order, and those that are in no order: an id that stands twice, and circles of parents. A parent
/// that is not in the file may be in the session.
pub fn parents_first(nodes: Vec<NewNode>) -> (Vec<NewNode>, Vec<Refusal>) {
    let mut refused = Vec::new();
    let mut known: HashMap<Uuid, String> = HashMap::new();
    let mut unique = Vec::new();
    for node in nodes {
        match known.get(&node.id) {
            Some(first) => {
                let message = format!("{first} has the same id");
                refused.push(Refusal { at: node.at, message });
            }
            None => {
                known.insert(node.id, node.at.clone());
                unique.push(node);
            }
        }
    }
    let mut children: HashMap<Option<Uuid>, Vec<NewNode>> = HashMap::new();
    for node in unique {
        let parent_id = node.parent_id.filter(|parent_id| known.contains_key(parent_id));
        children.entry(parent_id).or_default().push(node);
    }
    for siblings in children.values_mut() {
        siblings.sort_by_key(|node| node.index.unwrap_or(u64::MAX));
    }
    let mut ordered = Vec::new();
    let mut level = children.remove(&None).unwrap_or_default();
    while !level.is_empty() {
        let below = level.iter().filter_map(|node| children.remove(&Some(node.id)));
        let below: Vec<NewNode> = below.flatten().collect();
        ordered.append(&mut level);
        level = below;
    }
    let left = children.into_values().flatten();
    refused.extend(
        left.map(|node| Refusal { at: node.at, message: "its parents form a circle".to_owned() }),
    );
    (ordered, refused)
}
