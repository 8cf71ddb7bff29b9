//! What the server returns and publishes, compared with the OpenAPI document.

use super::operations;
use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Server;
use crate::support::board::{Board, node_id};

#[tokio::test]
async fn openapi_lists_every_status_that_is_returned() {
    let server = Server::start().await;
    let api = server.api();
    let document = api.get("/openapi.json").await;
    let gone = api.create(json!({})).await;
    api.call(Method::DELETE, &format!("/sessions/{gone}"), None).await;
    let long = json!({"name": "x".repeat(3 << 20)});
    let has_end = |path: &str| path != "/api/v1/events";
    for (method, path, operation) in operations(&document).into_iter().filter(|it| has_end(&it.1)) {
        let there = api.create(json!({})).await;
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        for (id, body) in [
            (there.as_str(), None),
            (there.as_str(), Some(json!({"max_inactive_hours": -1, "pinned": 3}))),
            (there.as_str(), Some(long.clone())),
            (gone.as_str(), None),
            (gone.as_str(), Some(json!({"session_id": gone}))),
            ("nonsense", None),
            ("0190a1b2-c3d4-7e5f-8a9b-000000000000", None),
        ] {
            let place = path.replace("{session_id}", id).replace("/api/v1", "");
            let body = body.filter(|_| method == Method::POST || method == Method::PATCH);
            let (status, answer) = api.call(method.clone(), &place, body).await;
            let listed = &operation["responses"][status.as_str()];
            assert!(listed.is_object(), "{method} {place}: {status} is not listed: {answer}");
        }
    }
}

#[tokio::test]
async fn openapi_response_schemas_name_the_returned_keys() {
    let server = Server::start().await;
    let api = server.api();
    let document = api.get("/openapi.json").await;
    let id = api.create(json!({})).await;
    let mut ws = server.ws().await;
    ws.join(&id).await;
    let page = api.get("/sessions").await;
    let info = api.get(&format!("/sessions/{id}/info")).await;
    let clients = api.get(&format!("/sessions/{id}/clients")).await;
    let settings = api.get("/admin/settings").await;
    for (schema, value) in [
        ("Session", page["sessions"][0].clone()),
        ("SessionPage", page.clone()),
        ("SessionInfo", info.clone()),
        ("SessionMetadata", info["metadata"].clone()),
        ("ConnectedClient", clients["clients"][0].clone()),
        ("ClientList", clients.clone()),
        ("CleanupStatus", api.get(&format!("/sessions/{id}/cleanup")).await),
        ("CleanupPolicy", api.get("/sessions/cleanup").await),
        ("CleanupReport", api.post("/sessions/cleanup", json!({})).await),
        ("Touched", api.post(&format!("/sessions/{id}/touch"), json!({})).await),
        ("Health", api.get("/health").await),
        ("SettingsReport", settings.clone()),
        ("GivenSetting", settings["settings"][0].clone()),
    ] {
        let keys: BTreeSet<String> = value.as_object().unwrap().keys().cloned().collect();
        let schemas = &document["components"]["schemas"];
        assert_eq!(described_keys(schemas, &schemas[schema]), keys, "{schema}");
    }
}

/// The keys that a schema describes, those of its parts included.
fn described_keys(schemas: &Value, schema: &Value) -> BTreeSet<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return described_keys(schemas, &schemas[reference.rsplit('/').next().unwrap()]);
    }
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let own = schema["properties"].as_object().into_iter().flat_map(|it| it.keys().cloned());
    parts.flat_map(|part| described_keys(schemas, part)).chain(own).collect()
}

#[tokio::test]
async fn openapi_event_schemas_name_the_published_keys() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let document = board.api.get("/openapi.json").await;
    let mut ws = server.ws().await;
    ws.join(&board.id).await;
    ws.leave(&board.id).await;
    board.call(Method::PATCH, "", json!({"name": "new", "pinned": true})).await;
    board.create(1, None).await;
    board.create(2, None).await;
    let (one, two) = (node_id(1), node_id(2));
    for (name, data) in [
        ("LinkNode", json!({"parent_id": one, "child_id": two})),
        ("UnlinkNode", json!({"child_id": two})),
        ("RenameNode", json!({"node_id": two, "name": "new"})),
        ("UpdateProperty", json!({"node_id": two, "property_id": "p", "value": 1})),
        ("DeleteProperty", json!({"node_id": two, "property_id": "p"})),
        ("DeleteNode", json!({"node_id": two})),
    ] {
        board.execute(name, data).await;
    }
    board.undo().await;
    board.redo().await;
    board.call(Method::DELETE, "", Value::Null).await;
    board.call(Method::POST, "/restore", Value::Null).await;
    let page = board.get("/events").await;
    let shapes = &document["components"]["schemas"]["Event"]["discriminator"]["mapping"];
    let mut seen = BTreeSet::new();
    for event in page["events"].as_array().unwrap() {
        let name = event["event"].as_str().unwrap();
        let pointer = shapes[name].as_str().unwrap_or_else(|| panic!("{name} has no shape"));
        let shape = document.pointer(&pointer[1..]).unwrap();
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&shape["properties"]), keys(event), "{name}");
        assert_eq!(shape["properties"]["event"]["enum"], json!([name]));
        seen.insert(name.to_owned());
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        shapes.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    );
}
