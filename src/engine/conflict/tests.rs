//! What makes a node another one than the step left behind.

#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::model::OrderKey;

fn node() -> Node {
    Node {
        node_id: "01a20562-20e5-73e0-9bea-512d59f89047".parse().unwrap(),
        parent_id: None,
        position: OrderKey::first(),
        blueprint_type_id: "kind".to_owned(),
        name: "name".to_owned(),
        properties: Default::default(),
    }
}

#[test]
fn all_but_its_order_makes_a_node_another_one() {
    let reason = |node: Node| difference(&node, &self::node());
    assert_eq!(reason(node()), None);
    let position = OrderKey::first().after().unwrap();
    assert_eq!(reason(Node { position, ..node() }), None);
    let parent_id = Some(NodeId::new());
    assert_eq!(reason(Node { parent_id, ..node() }), Some("was moved"));
    let name = "other".to_owned();
    assert_eq!(reason(Node { name, ..node() }), Some("was renamed"));
    let blueprint_type_id = "other".to_owned();
    assert_eq!(reason(Node { blueprint_type_id, ..node() }), Some("was changed"));
    let mut changed = node();
    changed.properties.to_mut().insert("p".to_owned(), json!(null));
    assert_eq!(reason(changed), Some("was changed"));
}
