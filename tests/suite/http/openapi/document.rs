//! The OpenAPI document alone, compared with the routes that exist.

use super::{operations, references};
use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Server, rollcall};

/// The contract's routes, as far as they are built.
const ROUTES: [&str; 50] = [
    "DELETE /api/v1/sessions/{session_id}",
    "DELETE /api/v1/sessions/{session_id}/clients/{client_id}",
    "DELETE /api/v1/tokens/{token_id}",
    "DELETE /api/v1/webhooks/{endpoint_id}",
    "GET /api/v1/admin/settings",
    "GET /api/v1/events",
    "GET /api/v1/health",
    "GET /api/v1/openapi.json",
    "GET /api/v1/ready",
    "GET /api/v1/sessions",
    "GET /api/v1/sessions/cleanup",
    "GET /api/v1/sessions/{session_id}",
    "GET /api/v1/sessions/{session_id}/cleanup",
    "GET /api/v1/sessions/{session_id}/clients",
    "GET /api/v1/sessions/{session_id}/commands",
    "GET /api/v1/sessions/{session_id}/events",
    "GET /api/v1/sessions/{session_id}/graph",
    "GET /api/v1/sessions/{session_id}/graph/nodes/{node_id}",
    "GET /api/v1/sessions/{session_id}/graph/tree",
    "GET /api/v1/sessions/{session_id}/info",
    "GET /api/v1/tokens",
    "GET /api/v1/webhooks",
    "GET /api/v1/webhooks/{endpoint_id}",
    "GET /api/v1/webhooks/{endpoint_id}/deliveries",
    "GET /api/v1/webhooks/{endpoint_id}/deliveries/{message_id}",
    "GET /api/v1/ws",
    "PATCH /api/v1/sessions/{session_id}",
    "PATCH /api/v1/webhooks/{endpoint_id}",
    "POST /api/v1/admin/backup",
    "POST /api/v1/commands/execute",
    "POST /api/v1/login",
    "POST /api/v1/logout",
    "POST /api/v1/sessions",
    "POST /api/v1/sessions/cleanup",
    "POST /api/v1/sessions/{session_id}/commands",
    "POST /api/v1/sessions/{session_id}/messages",
    "POST /api/v1/sessions/{session_id}/redo",
    "POST /api/v1/sessions/{session_id}/restore",
    "POST /api/v1/sessions/{session_id}/tokens",
    "POST /api/v1/sessions/{session_id}/touch",
    "POST /api/v1/sessions/{session_id}/undo",
    "POST /api/v1/tokens",
    "POST /api/v1/webhooks",
    "POST /api/v1/webhooks/{endpoint_id}/deliveries/{message_id}/retry",
    "POST /api/v1/webhooks/{endpoint_id}/enable",
    "POST /api/v1/webhooks/{endpoint_id}/replay",
    "POST /api/v1/webhooks/{endpoint_id}/rotate",
    "POST /api/v1/webhooks/{endpoint_id}/test",
    "PUT /api/v1/admin/log_filter",
    "PUT /api/v1/sessions/{session_id}/graph",
];

#[tokio::test]
async fn openapi_lists_exactly_the_existing_routes() {
    let server = Server::start().await;
    let api = server.api();
    let document = api.get("/openapi.json").await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let mut listed: Vec<String> =
        operations(&document).iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    listed.sort();
    assert_eq!(listed, ROUTES);

    // Whatever method is not listed for a path is refused there.
    for path in document["paths"].as_object().unwrap().keys() {
        let id = api.create(json!({})).await;
        let place = path.replace("{session_id}", &id).replace("/api/v1", "");
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if method == Method::GET && path == "/api/v1/events" {
                // It has no end.
                continue;
            }
            let listed = ROUTES.contains(&format!("{method} {path}").as_str());
            let (status, answer) = api.call(method.clone(), &place, None).await;
            let code = answer["error"]["code"].as_str().unwrap_or_default();
            let exists = code != "NOT_FOUND" && code != "METHOD_NOT_ALLOWED";
            assert_eq!(exists, listed, "{method} {path}: {status} {answer}");
        }
    }
}

#[tokio::test]
async fn openapi_operations_have_summary_and_responses() {
    let server = Server::start().await;
    let document = server.api().get("/openapi.json").await;
    for (method, path, operation) in operations(&document) {
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
        let responses = operation["responses"].as_object().unwrap();
        let good = responses.keys().filter(|status| status.starts_with('2') || *status == "101");
        assert!((1..=2).contains(&good.count()), "{method} {path}");
        for (status, response) in responses {
            let place = format!("{method} {path} {status}");
            assert!(response["description"].is_string(), "{place}");
            if !matches!(status.as_str(), "101" | "202" | "204" | "304") {
                let content = response["content"].as_object();
                let mut schemas = content.into_iter().flat_map(|content| content.values());
                assert!(schemas.any(|each| each["schema"].is_object()), "{place}: no shape");
            }
            if status.starts_with(['4', '5']) {
                let error = &response["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(error, "#/components/schemas/ErrorBody", "{place}");
            }
        }
        if path.contains("{session_id}") {
            assert_eq!(operation["parameters"][0]["name"], "session_id", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn openapi_references_resolve() {
    let server = Server::start().await;
    let document = server.api().get("/openapi.json").await;
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 5, "{found:?}");
    for target in found {
        let pointer = target.strip_prefix('#').expect("a place in the document");
        assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
    }
}

#[tokio::test]
async fn openapi_command_prints_the_served_document() {
    let server = Server::start().await;
    let output = rollcall().arg("openapi").output().await.unwrap();
    assert!(output.status.success());
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, server.api().get("/openapi.json").await);
}

#[tokio::test]
async fn openapi_request_bodies_have_examples() {
    let server = Server::start().await;
    let document = server.api().get("/openapi.json").await;
    for (method, path, operation) in operations(&document) {
        if operation["requestBody"].is_null() {
            continue;
        }
        let mut found = BTreeSet::new();
        references(&operation["requestBody"], &mut found);
        let shape = found.first().unwrap_or_else(|| panic!("{method} {path}: no shape"));
        let shape = document.pointer(shape.strip_prefix('#').unwrap()).unwrap();
        assert!(shape["example"].is_object(), "{method} {path}: no example");
    }
}

#[tokio::test]
async fn openapi_operation_ids_are_unique() {
    let server = Server::start().await;
    let document = server.api().get("/openapi.json").await;
    let mut names: Vec<_> = operations(&document)
        .iter()
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    let expected = [
        "cleanUpSessions",
        "connectWebSocket",
        "createBackup",
        "createJoinToken",
        "createSession",
        "createToken",
        "createWebhook",
        "deleteSession",
        "deleteWebhook",
        "enableWebhook",
        "executeCommand",
        "executeSessionCommand",
        "followSessions",
        "getCleanupPolicy",
        "getCleanupStatus",
        "getDelivery",
        "getGraph",
        "getHealth",
        "getNode",
        "getOpenapi",
        "getReadiness",
        "getSession",
        "getSessionInfo",
        "getSettings",
        "getTree",
        "getWebhook",
        "kickClient",
        "listClients",
        "listCommands",
        "listDeliveries",
        "listEvents",
        "listSessions",
        "listTokens",
        "listWebhooks",
        "logIn",
        "logOut",
        "redo",
        "replaceGraph",
        "replayDeliveries",
        "restoreSession",
        "retryDelivery",
        "revokeToken",
        "rotateWebhookSecret",
        "sendMessage",
        "setLogFilter",
        "testWebhook",
        "touchSession",
        "undo",
        "updateSession",
        "updateWebhook",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn openapi_optional_bodies_are_optional_and_never_null() {
    let server = Server::start().await;
    let api = server.api();
    let document = api.get("/openapi.json").await;
    let webhook = api.post("/webhooks", json!({"url": "https://hooks.example/"})).await;
    let webhook_id = webhook["endpoint_id"].as_str().unwrap();
    for (method, path, operation) in operations(&document) {
        let body = &operation["requestBody"];
        if body.is_null() {
            continue;
        }
        let id = api.create(json!({})).await;
        let place = path.replace("{session_id}", &id).replace("{endpoint_id}", webhook_id);
        let place = place.replace("/api/v1", "");
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let (status, answer) = api.call(method.clone(), &place, None).await;
        let is_taken = status != 400;
        assert_eq!(body["required"].as_bool(), Some(!is_taken), "{method} {path}: {answer}");
        assert!(body["content"]["application/json"]["schema"]["$ref"].is_string(), "{path}");
        let (status, answer) = api.call(method.clone(), &place, Some(Value::Null)).await;
        assert_eq!(status, 400, "{method} {path}: {answer}");
    }
}

#[tokio::test]
async fn openapi_has_a_schema_for_each_command() {
    let server = Server::start().await;
    let document = server.api().get("/openapi.json").await;
    let schemas = &document["components"]["schemas"];
    for body in ["CommandBody", "AddressedCommandBody"] {
        let mapping = schemas[body]["discriminator"]["mapping"].as_object().unwrap();
        assert_eq!(mapping.len(), 8, "{body}");
        for (name, target) in mapping {
            let shape = document.pointer(&target.as_str().unwrap()[1..]).unwrap();
            assert_eq!(shape["properties"]["command_type"]["enum"], json!([name]));
            let data = shape["properties"]["data"]["$ref"].as_str().unwrap();
            assert_eq!(data, format!("#/components/schemas/{name}"));
        }
    }
    let properties = &schemas["CreateNode"]["properties"]["properties"];
    assert_eq!(properties["additionalProperties"], true);
}
