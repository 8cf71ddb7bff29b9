//! The schemas of commands, each with the schema of its data.

use serde_json::{Map, Value, json};

use super::{one_of, reference};

/// Commands that may be in a batch. The schema of their data has the same name.
const SINGLE_COMMANDS: [&str; 7] = [
    "CreateNode",
    "DeleteNode",
    "LinkNode",
    "UnlinkNode",
    "RenameNode",
    "UpdateProperty",
    "DeleteProperty",
];

/// Adds the schemas of commands that the macros can't express.
pub fn add(schemas: &mut Map<String, Value>) {
    schemas.insert(
        "Batch".to_owned(),
        json!({
            "type": "object",
            "description": "Commands that are executed all or not at all, as one undo step.",
            "properties": {"commands": {"type": "array", "items": reference("BatchedCommand")}},
            "required": ["commands"]
        }),
    );
    let all: Vec<&str> = SINGLE_COMMANDS.into_iter().chain(["Batch"]).collect();
    for name in &all {
        schemas.insert(schema_name(name), command(name));
        schemas.insert(addressed_schema_name(name), addressed_command(name));
    }
    let variants = |names: &[&str], schema_name: fn(&str) -> String| {
        let variants: Vec<_> =
            names.iter().map(|name| ((*name).to_owned(), schema_name(name))).collect();
        one_of("command_type", &variants)
    };
    schemas.insert("BatchedCommand".to_owned(), variants(&SINGLE_COMMANDS, schema_name));
    replace(schemas, "CommandBody", variants(&all, schema_name));
    replace(schemas, "AddressedCommandBody", variants(&all, addressed_schema_name));

    // The client is required in the scope `client` only. As two schemas, one for each scope, generators would
    // not know a body that is optional.
    if let Some(undo) = schemas.get_mut("UndoBody").and_then(Value::as_object_mut) {
        let is_client =
            json!({"properties": {"scope": {"const": "client"}}, "required": ["scope"]});
        undo.insert("if".to_owned(), is_client);
        let client =
            json!({"properties": {"client_id": {"type": "string"}}, "required": ["client_id"]});
        undo.insert("then".to_owned(), client);
    }
}

/// Replaces a schema by a more exact one. The description and the example stay.
fn replace(schemas: &mut Map<String, Value>, name: &str, mut schema: Value) {
    for key in ["description", "example"] {
        if let Some(kept) = schemas.get(name).and_then(|old| old.get(key)) {
            schema[key] = kept.clone();
        }
    }
    schemas.insert(name.to_owned(), schema);
}

fn schema_name(name: &str) -> String {
    format!("{name}Command")
}

fn addressed_schema_name(name: &str) -> String {
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

fn client() -> Value {
    json!({
        "type": ["string", "null"],
        "minLength": 1,
        "maxLength": 128,
        "description": "The client that executes the command, for the history and for undo in the \
                        scope `client`. Ignored within a batch."
    })
}
