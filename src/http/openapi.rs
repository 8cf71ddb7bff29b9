//! The OpenAPI document. utoipa's macros collect it from the routes; this module then adds what they can't
//! express, so that generators make exact clients of it.

use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::access;
use super::cookie::COOKIE_NAME;
use crate::access::Need;
use crate::error::ERROR_CODES;
use crate::live::close_code::CLOSE_CODES;
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
    servers((url = "/", description = "The server of this document")),
    tags(
        (name = "sessions", description = "Sessions and their metadata"),
        (name = "content", description = "The content of a session: a tree of nodes, commands, undo and redo"),
        (name = "cleanup", description = "Removal of idle sessions"),
        (name = "access", description = "Tokens"),
        (name = "live", description = "WebSocket and events"),
        (name = "webhooks", description = "Messages about sessions, sent to other servers"),
        (name = "service", description = "Health of the server, and this document")
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
/// The parts of the document that do not come from a route.
pub struct ApiDoc;

/// Schemas that occur in responses only. All of their fields are always present.
const RESPONSE_SCHEMAS: [&str; 34] = [
    "CleanupPolicy",
    "CleanupReport",
    "ClientList",
    "ConnectedClient",
    "Delivery",
    "DeliveryPage",
    "Endpoint",
    "EndpointList",
    "EndpointWithSecret",
    "ErrorBody",
    "EventList",
    "Executed",
    "FlatNodeBody",
    "GraphBody",
    "GivenSetting",
    "Health",
    "HistoryItem",
    "HistoryPage",
    "QueuedMessage",
    "Replayed",
    "SessionInfo",
    "SessionMetadata",
    "NewJoinToken",
    "NewServiceToken",
    "NodeBody",
    "CleanupStatus",
    "ServiceTokenInfo",
    "ServiceTokenList",
    "Session",
    "SessionPage",
    "SettingsReport",
    "Touched",
    "TreeBody",
    "TreeNode",
];

/// The whole document, as JSON, from what the routes say of themselves.
pub fn document(collected: &utoipa::openapi::OpenApi) -> Value {
    // Can't fail: the document has only maps with string keys.
    complete(serde_json::to_value(collected).unwrap_or_default())
}

fn complete(mut document: Value) -> Value {
    document["components"]["securitySchemes"] = json!({"bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A service token (`rct_…`) or a join token (a JWT). Not needed while there are no tokens."
    }, "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE_NAME,
        "description": "The cookie that POST /api/v1/login sets. A change with it must come from a page of the server."
    }});
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        commands::add(schemas);
        events::add(schemas);
        for name in RESPONSE_SCHEMAS {
            schemas.get_mut(name).map(require_all);
        }
    }
    document["components"]["schemas"]["ErrorDetail"]["properties"]["code"]["x-codes"] =
        json!(ERROR_CODES);
    document["paths"]["/api/v1/ws"]["get"]["x-close-codes"] = json!(CLOSE_CODES);
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                complete_operation(operation);
                add_security(operation, access::need(&method.to_uppercase(), path));
            }
        }
    }
    allow_additional_properties(&mut document);
    document
}

fn complete_operation(operation: &mut Map<String, Value>) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        // A parameter may be absent, but is never null.
        remove_null(&mut parameter["schema"]);
    }
    match operation.get_mut("requestBody") {
        Some(body) => {
            let schema = &mut body["content"]["application/json"]["schema"];
            let is_required = !remove_null(schema);
            body["required"] = is_required.into();
            let responses = &mut operation["responses"];
            responses["415"] = responses["413"].clone();
            responses["415"]["description"] =
                "INVALID_REQUEST: the Content-Encoding is not supported".into();
        }
        None => {
            if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
                // No body is read, so none can be too large.
                responses.remove("413");
            }
        }
    }
}

/// Says which credentials an operation needs, and how it refuses others. The description names the scope,
/// since OpenAPI has scopes for OAuth only.
fn add_security(operation: &mut Map<String, Value>, need: Need) {
    let Some(scope) = need.scope() else {
        operation.insert("security".to_owned(), json!([]));
        return;
    };
    operation.insert("security".to_owned(), json!([{"bearer": []}, {"cookie": []}]));
    let role = match need {
        Need::Read | Need::Join => ", or any join token of the session",
        Need::Edit => ", or a join token of the session with the role `editor`",
        Need::Nothing | Need::Write | Need::Admin => "",
    };
    let text = operation.get("description").and_then(Value::as_str).unwrap_or_default();
    let text = format!("{text}\n\nNeeds a service token with the scope `{scope}`{role}.");
    operation.insert("description".to_owned(), text.trim_start().into());
    let mut refusal = operation["responses"]["403"].clone();
    refusal["description"] = "UNAUTHORIZED: there is no token, or it is not valid".into();
    operation["responses"]["401"] = refusal;
}

/// Removes null from the types of a schema. Returns whether it was among them.
fn remove_null(schema: &mut Value) -> bool {
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
    let Some(variants) = schema.get_mut("oneOf").and_then(Value::as_array_mut) else {
        return false;
    };
    let count = variants.len();
    variants.retain(|variant| variant["type"] != null);
    let had_null = variants.len() < count;
    if let [only] = variants.as_slice() {
        *schema = only.clone();
    }
    had_null
}

/// Declares all fields of an object as required.
fn require_all(schema: &mut Value) {
    let parts = schema.get_mut("allOf").and_then(Value::as_array_mut);
    parts.into_iter().flatten().for_each(require_all);
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        schema["required"] = properties.keys().cloned().collect();
    }
}

/// Declares that every object without declared fields may have any: otherwise a generator makes an empty type
/// of it.
fn allow_additional_properties(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(allow_additional_properties),
        Value::Object(fields) => {
            if is_free_object(fields) {
                fields.insert("additionalProperties".to_owned(), true.into());
            }
            fields.values_mut().for_each(allow_additional_properties);
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

/// A reference to a schema.
fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A schema that is one of several, selected by the value of the field `discriminator`. Each schema is
/// given as that value and the name of the schema.
fn one_of(discriminator: &str, schemas: &[(String, String)]) -> Value {
    let mapping: Map<String, Value> = schemas
        .iter()
        .map(|(value, name)| (value.clone(), reference(name)["$ref"].clone()))
        .collect();
    let schemas: Vec<Value> = schemas.iter().map(|(_, name)| reference(name)).collect();
    json!({"oneOf": schemas, "discriminator": {"propertyName": discriminator, "mapping": mapping}})
}
