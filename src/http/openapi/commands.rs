//! The shapes of commands, each with its own data.

use serde_json::{Map, Value, json};

use super::{one_of, reference};

/// Commands that may stand in a batch; the shape of the data has the same name.
const SINGLE: [&str; 7] = [
    "CreateNode",
    "DeleteNode",
    "LinkNode",
    "UnlinkNode",
    "RenameNode",
    "UpdateProperty",
    "DeleteProperty",
];

/// Puts what the macros can't say of commands into the shapes.
pub fn describe(schemas: &mut Map<String, Value>) {
    schemas.insert(
        "Batch".to_owned(),
        json!({
            "type": "object",
            "description": "Commands that are done all or not at all, as one undo step.",
            "properties": {"commands": {"type": "array", "items": reference("BatchedCommand")}},
            "required": ["commands"]
        }),
    );
    let all: Vec<&str> = SINGLE.into_iter().chain(["Batch"]).collect();
    for name in &all {
        schemas.insert(shape_of(name), command(name));
        schemas.insert(addressed_shape_of(name), addressed_command(name));
    }
    let shapes = |names: &[&str], shape_of: fn(&str) -> String| {
        let shapes: Vec<_> =
            names.iter().map(|name| ((*name).to_owned(), shape_of(name))).collect();
        one_of("command_type", &shapes)
    };
    schemas.insert("BatchedCommand".to_owned(), shapes(&SINGLE, shape_of));
    replace(schemas, "CommandBody", shapes(&all, shape_of));
    replace(schemas, "AddressedCommandBody", shapes(&all, addressed_shape_of));

    // Only the scope of a client needs to know which.
    schemas.insert("SessionScope".to_owned(), scope("session", client(), &[]));
    let one = json!({"type": "string", "minLength": 1, "maxLength": 128});
    schemas.insert("ClientScope".to_owned(), scope("client", one, &["scope", "client_id"]));
    let scopes = json!({"oneOf": [reference("SessionScope"), reference("ClientScope")]});
    replace(schemas, "UndoBody", scopes);
}

/// Puts a more exact shape in the place of one; the description and the example stay.
fn replace(schemas: &mut Map<String, Value>, name: &str, mut shape: Value) {
    for key in ["description", "example"] {
        if let Some(kept) = schemas.get(name).and_then(|shape| shape.get(key)) {
            shape[key] = kept.clone();
        }
    }
    schemas.insert(name.to_owned(), shape);
}

fn shape_of(name: &str) -> String {
    format!("{name}Command")
}

fn addressed_shape_of(name: &str) -> String {
    format!("Addressed{name}Command")
}

fn command(name: &str) -> Value {
    json!({
        "type": "object",
        "properties": {
            "command_type": {"type": "string", "enum": [name]},
            "data": reference(name),
            "client_id": client()
        },
        "required": ["command_type", "data"]
    })
}

fn addressed_command(name: &str) -> Value {
    let mut command = command(name);
    command["properties"]["session_id"] = reference("SessionId");
    command["required"] = json!(["session_id", "command_type", "data"]);
    command
}

fn scope(name: &str, client: Value, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": {"scope": {"type": "string", "enum": [name]}, "client_id": client},
        "required": required
    })
}

fn client() -> Value {
    json!({
        "type": ["string", "null"],
        "minLength": 1,
        "maxLength": 128,
        "description": "Who does it, for the history and for undo of one's own. In a batch it does \
                        not count."
    })
}
