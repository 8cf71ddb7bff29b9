//! Every route of the OpenAPI document with every kind of token.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::join_tokens::{JOIN_KEY, claims, in_seconds, signed};
use super::{Guarded, secret_file};

/// The routes of the document: method, path, and the scope that each needs by its description; None for those
/// that need no token.
fn routes(document: &Value) -> Vec<(Method, String, Option<String>)> {
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let needs_token = operation["security"] != json!([]);
            let text = operation["description"].as_str().unwrap_or_default();
            let scope = text.split("service token with the scope `").nth(1);
            let scope = scope.map(|rest| rest.split('`').next().unwrap().to_owned());
            assert_eq!(needs_token, scope.is_some(), "{method} {path}");
            assert!(!needs_token || operation["responses"]["401"].is_object(), "{method} {path}");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            routes.push((method, path.clone(), scope));
        }
    }
    routes
}

#[tokio::test]
async fn every_route_refuses_every_token_that_does_not_do() {
    let folder = TempDir::new().unwrap();
    let key = secret_file(&folder, "key", JOIN_KEY).display().to_string();
    let guarded = Guarded::with(&["--join-key-file", &key]).await;
    let admin = guarded.admin();
    let id = admin.create(json!({})).await;
    let other = admin.create(json!({})).await;
    let mut expired = claims(&id, "editor");
    expired["exp"] = json!(in_seconds(-3600));
    let join = |claims: &Value| guarded.anonymous().with_token(&signed(JOIN_KEY, claims));
    let revoked = guarded.token("admin").await;
    guarded.revoke(&revoked).await;
    let callers = BTreeMap::from([
        ("none", guarded.anonymous()),
        ("malformed", guarded.anonymous().with_token("rct_x")),
        ("revoked", guarded.anonymous().with_token(&revoked)),
        ("read", guarded.anonymous().with_token(&guarded.token("read").await)),
        ("write", guarded.anonymous().with_token(&guarded.token("write").await)),
        ("expired", join(&expired)),
        ("viewer", join(&claims(&id, "viewer"))),
        ("editor", join(&claims(&id, "editor"))),
        ("viewer of another", join(&claims(&other, "viewer"))),
        ("foreign", guarded.anonymous().with_token(&guarded.project_token("admin", "p").await)),
    ]);
    let document = admin.get("/openapi.json").await;
    let before = guarded.dump().await;
    for (method, path, scope) in routes(&document) {
        let text = document["paths"][&path][method.as_str().to_lowercase()]["description"].as_str();
        let allows = |role: &str| text.unwrap_or_default().contains(role);
        let (viewer, editor) = (allows("or any join token"), allows("with the role `editor`"));
        let is_login = path == "/api/v1/login";
        let place = path.replace("{session_id}", &id).replace("{token_id}", "aaaaaaaa");
        let place = place.replace("{node_id}", &id).replace("/api/v1", "");
        for (name, api) in &callers {
            let expected = match (*name, scope.as_deref()) {
                (_, None) => None,
                ("none" | "malformed" | "revoked" | "expired", _) => Some(401),
                // A login needs a service token.
                ("viewer" | "editor" | "viewer of another", _) if is_login => Some(401),
                ("viewer" | "editor", _) if path.contains("{session_id}") && viewer => None,
                ("editor", _) if editor => None,
                ("viewer" | "editor" | "viewer of another", _) => Some(403),
                ("read", Some("read")) | ("write", Some("read" | "write")) => None,
                ("read" | "write", _) => Some(403),
                // The session is of no project. Lists are filtered, all else is about the whole server.
                _ if path.contains("{session_id}") => Some(404),
                _ if path == "/api/v1/sessions" || path.ends_with("/execute") => None,
                _ if is_login => None,
                _ => Some(403),
            };
            // What is allowed is not called here: it would change what the next ones find.
            let Some(expected) = expected else { continue };
            let (status, answer) = api.call(method.clone(), &place, None).await;
            assert_eq!(status, expected, "{name}: {method} {path}: {answer}");
        }
    }
    assert_eq!(guarded.dump().await, before, "a refused call has changed something");
}

#[tokio::test]
async fn routes_without_token_are_those_that_show_nothing() {
    let guarded = Guarded::start().await;
    let document = guarded.anonymous().get("/openapi.json").await;
    let open: Vec<String> = routes(&document)
        .into_iter()
        .filter(|(_, _, scope)| scope.is_none())
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    // What is sent over a WebSocket is checked message by message.
    assert_eq!(
        open,
        [
            "GET /api/v1/health",
            "POST /api/v1/logout",
            "GET /api/v1/openapi.json",
            "GET /api/v1/ready",
            "GET /api/v1/ws"
        ]
    );
    assert_eq!(guarded.anonymous().get("/health").await, json!({"status": "ok"}));
    let unknown = guarded.anonymous().refusal(Method::GET, "/nothing", None).await;
    assert_eq!(unknown, (404, "NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn encoded_session_id_in_the_path_is_checked_like_a_plain_one() {
    let guarded = Guarded::start().await;
    let foreign = guarded.admin().create(json!({"project_id": "theirs"})).await;
    let api = guarded.anonymous().with_token(&guarded.project_token("write", "mine").await);
    let encoded = format!("%{:02x}{}", foreign.as_bytes()[0], &foreign[1..]);
    for id in [encoded, foreign.to_uppercase(), foreign] {
        let refusal = api.refusal(Method::GET, &format!("/sessions/{id}"), None).await;
        assert_eq!(refusal, (404, "SESSION_NOT_FOUND".to_owned()), "{id}");
    }
}

#[tokio::test]
async fn preflight_needs_no_token_and_a_refusal_is_readable_for_the_page() {
    let guarded = Guarded::start().await;
    let url = format!("http://{}/api/v1/sessions", guarded.server.addr);
    let http = &guarded.server.http;
    let preflight = http
        .request(Method::OPTIONS, &url)
        .header("Origin", "http://localhost:3000")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization");
    let response = preflight.send().await.unwrap();
    assert!(response.status().is_success());
    assert_eq!(response.headers()["access-control-allow-headers"], "authorization");
    let response = http.post(&url).header("Origin", "http://localhost:3000").send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["access-control-allow-origin"], "http://localhost:3000");
}
