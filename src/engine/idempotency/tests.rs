//! Which requests are the same under one key.

#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::engine::request::{Action, History, Idempotency};
use crate::model::command::{RenameNode, UpdateProperty};
use crate::model::{Command, NodeId, Scope, SessionId};

fn node_id() -> NodeId {
    "01a20562-20e5-73e0-9bea-512d59f89047".parse().unwrap()
}

fn rename() -> Action {
    Action::Execute(Command::RenameNode(RenameNode { node_id: node_id(), name: "n".to_owned() }))
}

fn update() -> Action {
    let (property_id, value) = ("p".to_owned(), json!(1));
    Action::Execute(Command::UpdateProperty(UpdateProperty {
        node_id: node_id(),
        property_id,
        value,
    }))
}

fn request(action: &Action, data: &str, client_id: Option<&str>) -> ContentRequest {
    let idempotency = Some(Idempotency::new("key", action, data).unwrap());
    let client_id = client_id.map(str::to_owned);
    ContentRequest::new(SessionId::new(), client_id, action.clone(), None, idempotency, data.len())
}

fn digest(action: &Action, data: &str, client_id: Option<&str>) -> String {
    let request = request(action, data, client_id);
    request.idempotency.as_ref().unwrap().digest_in(&request)
}

#[test]
fn data_with_the_same_value_has_the_same_digest() {
    let digest = |data| digest(&rename(), data, None);
    let one = digest(r#"{"node_id":"x","name":"é"}"#);
    assert_eq!(one, digest("{ \"name\" : \"\\u00e9\",\n\"node_id\":\"x\" }"));
    for other in [
        r#"{"node_id":"x","name":"e"}"#,
        r#"{"node_id":"x"}"#,
        r#"{"node_id":"x","name":null}"#,
        r#"[{"node_id":"x","name":"é"}]"#,
        "null",
    ] {
        assert_ne!(one, digest(other), "{other}");
    }
}

#[test]
fn numbers_are_compared_as_they_are_written() {
    let digest = |data| digest(&update(), data, None);
    assert_eq!(digest(r#"{"value":1.50}"#), digest(r#"{"value":1.5}"#));
    assert_ne!(digest(r#"{"value":1}"#), digest(r#"{"value":2}"#));
    assert_ne!(digest(r#"{"value":0.1}"#), digest(r#"{"value":0.10000000000000002}"#));
}

#[test]
fn data_that_is_nested_too_deep_is_compared_as_text() {
    let nested = |inner: &str| format!("{}{inner}{}", "[".repeat(500), "]".repeat(500));
    let digest = |data: &str| digest(&rename(), data, None);
    assert_eq!(digest(&nested("1")), digest(&nested("1")));
    assert_ne!(digest(&nested("1")), digest(&nested("2")));
}

#[test]
fn every_action_has_a_digest_of_its_own() {
    let actions = [
        rename(),
        update(),
        Action::Undo(Scope::Session),
        Action::Undo(Scope::Client),
        Action::Redo(Scope::Session),
        Action::Redo(Scope::Client),
        Action::Replace(Vec::new().into(), History::Keep),
        Action::Replace(Vec::new().into(), History::Restart),
    ];
    let digests: BTreeSet<String> =
        actions.iter().map(|action| digest(action, "null", Some("ada"))).collect();
    assert_eq!(digests.len(), actions.len());
}

#[test]
fn client_belongs_to_the_digest_of_its_own_steps_alone() {
    let differs_by_client = |action: &Action| {
        let of = |client_id| digest(action, "null", client_id);
        of(Some("ada")) != of(Some("bob"))
    };
    for action in [Action::Undo(Scope::Client), Action::Redo(Scope::Client)] {
        assert!(differs_by_client(&action), "{action:?}");
        assert_eq!(digest(&action, "null", Some("ada")), digest(&action, "null", Some("ada")));
    }
    for action in [rename(), Action::Undo(Scope::Session), Action::Redo(Scope::Session)] {
        assert!(!differs_by_client(&action), "{action:?}");
    }
}

#[test]
fn key_has_one_to_255_bytes_none_of_them_null() {
    let most = "k".repeat(Idempotency::MAX_KEY_BYTES);
    for key in ["k", "ü", &most] {
        assert_eq!(Idempotency::new(key, &rename(), "{}").unwrap().key(), key);
    }
    for key in ["", "a\0", &format!("{most}k"), &"ü".repeat(128)] {
        let failure = Idempotency::new(key, &rename(), "{}").unwrap_err();
        assert_eq!(failure.code(), "INVALID_REQUEST");
    }
}

#[test]
fn kept_answer_is_found_by_the_same_request_alone() {
    let first = request(&rename(), r#"{"name":"n"}"#, Some("ada"));
    let executed = Executed {
        success: true,
        command_id: crate::model::CommandId::new(),
        seq: 2,
        revision: 1,
        result: json!({"node_id": node_id()}),
        undo_available: true,
        redo_available: false,
        graph: None,
    };
    let mut answers = Answers::default();
    answers.keep(1, &first, &executed).unwrap();
    let written = |found: Option<Executed>| found.map(|found| json!(found));
    assert_eq!(written(answers.find(1, &first).unwrap()), Some(json!(executed)));
    assert_eq!(written(answers.find(2, &first).unwrap()), None, "keys belong to a session");
    let other = request(&rename(), r#"{"name":"m"}"#, Some("ada"));
    assert_eq!(answers.find(1, &other).unwrap_err().code(), "IDEMPOTENCY_KEY_REUSED");
    let without_key = ContentRequest { idempotency: None, ..other };
    assert_eq!(written(answers.find(1, &without_key).unwrap()), None);
    let new = answers.take_new();
    assert_eq!((new.len(), new[0].0, new[0].1.as_str()), (1, 1, "key"));
    assert!(answers.take_new().is_empty(), "they are written once");
}
