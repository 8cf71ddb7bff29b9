//! The OpenAPI document: what the macros gather of the routes, made exact for those who generate clients
//! from it.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use crate::model::{command, patch};

mod commands;
mod events;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "rollcall",
        description = "Who is in which session, what is in it, and when it may be thrown away.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/", description = "The server that answers this document")),
    tags(
        (name = "sessions", description = "Sessions and their metadata"),
        (name = "content", description = "What is in a session: a tree, commands, undo and redo"),
        (name = "cleanup", description = "What may be removed, and why not"),
        (name = "live", description = "Joining and following sessions"),
        (name = "service", description = "The service itself")
    ),
    components(schemas(
        command::CreateNode,
        command::DeleteNode,
        command::LinkNode,
        command::UnlinkNode,
        command::RenameNode,
        command::UpdateProperty,
        command::DeleteProperty,
        patch::SessionChanges
    ))
)]
pub struct ApiDoc;

/// Shapes that are only answered; every field of theirs is always there.
const RESPONSE_SCHEMAS: [&str; 20] = [
    "CleanupReport",
    "ClientList",
    "ConnectedClient",
    "ErrorBody",
    "EventList",
    "Executed",
    "FlatNodeBody",
    "GraphBody",
    "Health",
    "HistoryItem",
    "HistoryPage",
    "SessionInfo",
    "SessionMetadata",
    "NodeBody",
    "CleanupStatus",
    "Session",
    "SessionPage",
    "Touched",
    "TreeBody",
    "TreeNode",
];

/// The whole document.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let gathered = super::routes().into_openapi();
        // It is made of maps with string keys, which can always be written.
        finished(serde_json::to_value(gathered).unwrap_or_default())
    });
    &DOCUMENT
}

fn finished(mut document: Value) -> Value {
    // No call needs credentials: an empty list says so, an absent one leaves it open.
    document["security"] = json!([]);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        commands::describe(schemas);
        events::describe(schemas);
        for name in RESPONSE_SCHEMAS {
            schemas.get_mut(name).map(require_all);
        }
    }
    let items = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in items.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        if let Some(operation) = operation.as_object_mut() {
            finish_operation(operation);
        }
    }
    open_free_objects(&mut document);
    document
}

fn finish_operation(operation: &mut Map<String, Value>) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        // A parameter is there or not, but never null.
        not_null(&mut parameter["schema"]);
    }
    match operation.get_mut("requestBody") {
        Some(body) => {
            let schema = &mut body["content"]["application/json"]["schema"];
            let is_required = !not_null(schema);
            body["required"] = is_required.into();
            let responses = &mut operation["responses"];
            responses["415"] = responses["413"].clone();
            responses["415"]["description"] =
                "INVALID_REQUEST: a Content-Encoding that is not understood".into();
        }
        None => {
            if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
                // Nothing is read that could be too large.
                responses.remove("413");
            }
        }
    }
}

/// Takes null out of what a schema allows; whether it was there.
fn not_null(schema: &mut Value) -> bool {
    let null = json!("null");
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        let count = types.len();
        types.retain(|kind| *kind != null);
        let had_null = types.len() < count;
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
        return had_null;
    }
    let Some(shapes) = schema.get_mut("oneOf").and_then(Value::as_array_mut) else {
        return false;
    };
    let count = shapes.len();
    shapes.retain(|shape| shape["type"] != null);
    let had_null = shapes.len() < count;
    if let [only] = shapes.as_slice() {
        *schema = only.clone();
    }
    had_null
}

/// Says of an object that all its fields are always there.
fn require_all(schema: &mut Value) {
    let parts = schema.get_mut("allOf").and_then(Value::as_array_mut);
    parts.into_iter().flatten().for_each(require_all);
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        schema["required"] = properties.keys().cloned().collect();
    }
}

/// Says of every object without fields of its own that it may have any: else a generator makes an
/// object of it that is always empty.
fn open_free_objects(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(open_free_objects),
        Value::Object(fields) => {
            if is_free_object(fields) {
                fields.insert("additionalProperties".to_owned(), true.into());
            }
            fields.values_mut().for_each(open_free_objects);
        }
        _ => {}
    }
}

fn is_free_object(schema: &Map<String, Value>) -> bool {
    let is_object = match &schema.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.contains(&json!("object")),
        _ => false,
    };
    is_object && !schema.contains_key("properties") && !schema.contains_key("additionalProperties")
}

/// A place among the shapes.
fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// One of these shapes, told apart by the value of a field.
fn one_of(field: &str, shapes: &[(String, String)]) -> Value {
    let mapping: Map<String, Value> = shapes
        .iter()
        .map(|(value, name)| (value.clone(), reference(name)["$ref"].clone()))
        .collect();
    let shapes: Vec<Value> = shapes.iter().map(|(_, name)| reference(name)).collect();
    json!({"oneOf": shapes, "discriminator": {"propertyName": field, "mapping": mapping}})
}
