//! The schemas of events, each with its own fields.

use serde_json::{Map, Value, json};

use super::{one_of, reference};

/// Adds the schemas of all events.
pub fn add(schemas: &mut Map<String, Value>) {
    let mut variants = Vec::new();
    for (event, fields) in event_fields() {
        let schema = schema_name(event);
        schemas.insert(schema.clone(), object(event, fields));
        variants.push((event.to_owned(), schema));
    }
    let mut event = one_of("event", &variants);
    event["description"] = "An event of a session.".into();
    schemas.insert("Event".to_owned(), event);
    schemas["EventList"]["properties"]["events"]["items"] = reference("Event");
}

type Fields = Vec<(&'static str, Value)>;

/// The name of every event, and its fields without those that all events have.
fn event_fields() -> [(&'static str, Fields); 15] {
    let text = || json!({"type": "string"});
    let number = || json!({"type": "integer", "format": "int64", "minimum": 0});
    let node = || reference("NodeId");
    let parent = || json!({"oneOf": [reference("NodeId"), {"type": "null"}]});
    let client = || json!({"type": ["string", "null"]});
    let reasons = |reasons: &[&str]| json!({"type": "string", "enum": reasons});
    let content = |mut fields: Fields| {
        fields.push(("command_id", reference("CommandId")));
        fields.push(("client_id", client()));
        fields.push(("revision", number()));
        fields
    };
    [
        (
            "session-connected",
            vec![("client_id", text()), ("active_clients", number()), ("user", json!({}))],
        ),
        (
            "session-disconnected",
            vec![
                ("client_id", text()),
                ("active_clients", number()),
                (
                    "reason",
                    reasons(&[
                        "left",
                        "disconnected",
                        "connection_lost",
                        "ping_timeout",
                        "slow_consumer",
                        "kicked",
                        "token_ended",
                        "server_shutdown",
                        "server_restart",
                    ]),
                ),
            ],
        ),
        ("session-updated", vec![("changes", reference("SessionChanges"))]),
        ("session-removed", vec![("reason", reasons(&["deleted", "idle"]))]),
        ("session-restored", vec![]),
        (
            "node-created",
            content(vec![
                ("node_id", node()),
                ("parent_id", parent()),
                ("blueprint_type_id", text()),
                ("name", text()),
                ("properties", json!({"type": "object"})),
                ("index", number()),
            ]),
        ),
        ("node-deleted", content(vec![("node_id", node()), ("parent_id", parent())])),
        (
            "node-linked",
            content(vec![("parent_id", parent()), ("child_id", node()), ("index", number())]),
        ),
        ("node-unlinked", content(vec![("child_id", node()), ("parent_id", parent())])),
        ("node-renamed", content(vec![("node_id", node()), ("name", text())])),
        (
            "property-changed",
            content(vec![
                ("node_id", node()),
                ("property_id", text()),
                ("old_value", json!({})),
                ("new_value", json!({})),
            ]),
        ),
        (
            "property-deleted",
            content(vec![("node_id", node()), ("property_id", text()), ("old_value", json!({}))]),
        ),
        ("command-executed", content(vec![("command_type", text())])),
        ("undo", content(Vec::new())),
        ("redo", content(Vec::new())),
    ]
}

/// The name of an event's schema: for `node-created` it is `NodeCreatedEvent`.
fn schema_name(event: &str) -> String {
    let capitalized = event.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    capitalized.collect::<String>() + "Event"
}

fn object(event: &str, fields: Fields) -> Value {
    let mut properties = json!({
        "event": {"type": "string", "enum": [event]},
        "session_id": reference("SessionId"),
        "seq": {"type": "integer", "format": "int64", "minimum": 1},
        "timestamp": reference("Timestamp")
    });
    for (name, schema) in fields {
        properties[name] = schema;
    }
    let required: Value =
        properties.as_object().into_iter().flat_map(|fields| fields.keys().cloned()).collect();
    // Additional properties are allowed, so that clients ignore fields that are added later.
    json!({"type": "object", "properties": properties, "required": required})
}
