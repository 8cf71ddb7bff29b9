//! How an event is written: as an object under either key of its name, and as a pair.

#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

fn event(payload: &str) -> Event {
    Event {
        session_id: "01a20562-20e5-73e0-9bea-512d59f89047".parse().unwrap(),
        seq: 7,
        at: "2026-11-22T22:30:46.753287+00:00".parse().unwrap(),
        name: "node-renamed".into(),
        payload: payload.into(),
    }
}

/// The members that every event has.
fn common() -> Value {
    json!({
        "session_id": "01a20562-20e5-73e0-9bea-512d59f89047",
        "seq": 7,
        "timestamp": "2026-11-22T22:30:46.753287+00:00"
    })
}

fn read(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

#[test]
fn event_is_one_object_with_its_name_and_its_payload() {
    let event = event(r#"{"name":"n","revision":3}"#);
    for key in ["type", "event"] {
        let mut expected = common();
        expected[key] = "node-renamed".into();
        expected["name"] = "n".into();
        expected["revision"] = 3.into();
        assert_eq!(read(&event.to_json(key)), expected);
    }
    let mut behind = "[".to_owned();
    event.write_json("type", &mut behind);
    assert_eq!(behind, format!("[{}", event.to_json("type")));
}

#[test]
fn pair_is_the_name_and_the_object_without_it() {
    let mut expected = common();
    expected["name"] = "n".into();
    assert_eq!(read(&event(r#"{"name":"n"}"#).to_pair()), json!(["node-renamed", expected]));
}

#[test]
fn empty_payload_adds_nothing() {
    let mut expected = common();
    expected["type"] = "node-renamed".into();
    assert_eq!(read(&event("{}").to_json("type")), expected);
}

#[test]
fn only_the_removal_ends_a_session() {
    let mut event = event("{}");
    assert!(!event.ends_session());
    event.name = EventKind::SessionRemoved { reason: RemovalReason::Idle }.name().into();
    assert!(event.ends_session());
}

#[test]
fn payload_of_a_change_has_its_members_beside_the_revision() {
    let node_id: NodeId = "01a20562-20e5-73e0-9bea-512d59f89048".parse().unwrap();
    let change = NodeEvent::PropertyChanged {
        node_id,
        property_id: "color".to_owned(),
        old_value: None,
        new_value: Value::Null,
    };
    let command_id = CommandId::new();
    let kind = EventKind::Content { change, command_id, client_id: None, revision: 3 };
    let expected = json!({
        "node_id": node_id, "property_id": "color", "old_value": null, "new_value": null,
        "command_id": command_id, "client_id": null, "revision": 3
    });
    assert_eq!((kind.name(), serde_json::to_value(&kind).unwrap()), ("property-changed", expected));
}
