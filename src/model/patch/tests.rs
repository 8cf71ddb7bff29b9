//! The examples of RFC 7396, and which fields of a session a patch reports as changed.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::json;

use super::*;
use crate::model::SessionId;

/// Appendix A of RFC 7396, all rows in order: the original, the patch, the result.
const APPENDIX_A: [(&str, &str, &str); 15] = [
    (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
    (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
    (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
    (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
    (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
    (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
    (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
    (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
    (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
    (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
    (r#"{"a":"foo"}"#, "null", "null"),
    (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
    (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
    ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
    ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
];

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

fn object(json: &str) -> Map<String, Value> {
    serde_json::from_str(json).unwrap()
}

#[test]
fn merge_patch_gives_the_results_of_rfc_7396_appendix_a() {
    for (original, patch, result) in APPENDIX_A {
        if let (Value::Object(original), Value::Object(patch)) = (value(original), value(patch)) {
            assert_eq!(Value::Object(merge_patch(&original, &patch)), value(result), "{patch:?}");
        }
        // Some examples are about values that are no objects. Below a member any value can be patched.
        let below = |json: &str| Map::from_iter([("member".to_owned(), value(json))]);
        let patched = merge_patch(&below(original), &below(patch));
        let member = patched.get("member").cloned().unwrap_or(Value::Null);
        assert_eq!(member, value(result), "{original} patched by {patch}");
    }
}

#[test]
fn merge_patch_gives_the_result_of_rfc_7396_section_3() {
    let original = object(
        r#"{
            "title": "Goodbye!",
            "author": {"givenName": "John", "familyName": "Doe"},
            "tags": ["example", "sample"],
            "content": "This will be unchanged"
        }"#,
    );
    let patch = object(
        r#"{
            "title": "Hello!",
            "phoneNumber": "+01-123-456-7890",
            "author": {"familyName": null},
            "tags": ["example"]
        }"#,
    );
    let result = object(
        r#"{
            "title": "Hello!",
            "author": {"givenName": "John"},
            "tags": ["example"],
            "content": "This will be unchanged",
            "phoneNumber": "+01-123-456-7890"
        }"#,
    );
    assert_eq!(merge_patch(&original, &patch), result);
}

fn session() -> Session {
    let time = "2026-11-22T22:30:46.753287+00:00".parse().unwrap();
    Session {
        session_id: SessionId::new(),
        name: Some("board".to_owned()),
        project_id: Some("project".to_owned()),
        created_at: time,
        last_activity: time,
        active_clients: 0,
        node_count: 0,
        pinned: false,
        idle_timeout_hours: Some(2.0),
        attributes: object(r#"{"color":"red","size":{"x":1,"y":2}}"#),
        seq: 0,
        revision: 0,
    }
}

/// What a patch changes of a session, as its event reports it.
fn changes(session: &mut Session, patch: Value) -> Value {
    let patch: SessionPatch = serde_json::from_value(patch).unwrap();
    serde_json::to_value(patch.apply(session).unwrap()).unwrap()
}

#[test]
fn absent_fields_stay_and_null_removes() {
    let mut session = session();
    assert_eq!(changes(&mut session, json!({})), json!({}));
    let patch = json!({"name": null, "idle_timeout_hours": null});
    assert_eq!(changes(&mut session, patch.clone()), patch);
    assert_eq!((session.name.as_deref(), session.idle_timeout_hours), (None, None));
    assert_eq!(session.project_id.as_deref(), Some("project"));
    assert_eq!(changes(&mut session, json!({"attributes": null})), json!({"attributes": {}}));
    assert!(session.attributes.is_empty());
}

#[test]
fn only_fields_with_another_value_are_reported() {
    let mut session = session();
    let same = json!({
        "name": "board", "pinned": false, "idle_timeout_hours": 2,
        "attributes": {"color": "red", "size": {"x": 1, "z": null}}
    });
    assert_eq!(changes(&mut session, same), json!({}));
    let patch = json!({"name": "board", "pinned": true, "attributes": {"size": {"y": null}}});
    let attributes = json!({"color": "red", "size": {"x": 1}});
    assert_eq!(changes(&mut session, patch), json!({"pinned": true, "attributes": attributes}));
    assert!(serde_json::from_value::<SessionPatch>(json!({"pinned": null})).is_err());
}

#[test]
fn patch_beyond_a_bound_changes_nothing() {
    let long = "x".repeat(MAX_TEXT_BYTES + 1);
    let large = "x".repeat(MAX_ATTRIBUTES_BYTES);
    for (patch, field) in [
        (json!({"pinned": true, "name": long}), "name: "),
        (json!({"pinned": true, "project_id": "a\0b"}), "project_id: "),
        (json!({"pinned": true, "attributes": {"large": large}}), "attributes: "),
    ] {
        let (mut session, before) = (session(), session());
        let patch: SessionPatch = serde_json::from_value(patch).unwrap();
        let refusal = patch.apply(&mut session).unwrap_err();
        assert!(refusal.starts_with(field), "{refusal}");
        assert_eq!((session.name, session.pinned), (before.name, before.pinned));
    }
}
