//! Join tokens over REST: made by the server or signed by an application; what each role may do.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Guarded, secret_file};
use crate::support::{Api, Server};

pub const JOIN_KEY: &str = "the-join-key-of-the-tests-0123456789";

/// The seconds since the Unix epoch in so many seconds.
pub fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(now.as_secs()).unwrap() + seconds
}

/// A token of HS256 with these claims.
pub fn signed(key: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(key.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
}

/// Claims for one session, for an hour.
pub fn claims(session_id: &str, role: &str) -> Value {
    json!({"aud": "rollcall", "exp": in_seconds(3600),
        "rollcall": {"sessions": [session_id], "role": role}})
}

fn create_node() -> Option<Value> {
    Some(json!({"command_type": "CreateNode", "data": {"blueprint_type_id": "x"}}))
}

/// What REST answers to a read and to a change of the session's content.
async fn statuses(api: &Api, id: &str) -> (u16, u16) {
    let (read, _) = api.call(Method::GET, &format!("/sessions/{id}/graph"), None).await;
    let path = format!("/sessions/{id}/commands");
    let (change, _) = api.call(Method::POST, &path, create_node()).await;
    (read.as_u16(), change.as_u16())
}

#[tokio::test]
async fn join_token_of_the_server_is_for_its_session_and_role() {
    let guarded = Guarded::start().await;
    let admin = guarded.admin();
    let (id, other) = (admin.create(json!({})).await, admin.create(json!({})).await);
    let make = async |role: &str| {
        let made = admin.post(&format!("/sessions/{id}/tokens"), json!({"role": role})).await;
        assert!(made["expires_at"].is_string());
        guarded.anonymous().with_token(made["token"].as_str().unwrap())
    };
    let (viewer, editor) = (make("viewer").await, make("editor").await);
    assert_eq!(statuses(&viewer, &id).await, (200, 403));
    assert_eq!(statuses(&editor, &id).await, (200, 200));
    for api in [&viewer, &editor] {
        assert_eq!(statuses(api, &other).await.0, 403);
        for (method, path) in [
            (Method::GET, "/sessions".to_owned()),
            (Method::POST, "/sessions".to_owned()),
            (Method::DELETE, format!("/sessions/{id}")),
            (Method::POST, format!("/sessions/{id}/tokens")),
            (Method::GET, "/tokens".to_owned()),
            (Method::POST, "/sessions/cleanup".to_owned()),
        ] {
            let refusal = api.refusal(method, &path, None).await;
            assert_eq!(refusal, (403, "FORBIDDEN".to_owned()), "{path}");
        }
    }
    // By the id in the body as well.
    let mut command = create_node().unwrap();
    command["session_id"] = json!(other);
    let refusal = editor.refusal(Method::POST, "/commands/execute", Some(command)).await;
    assert_eq!(refusal.0, 403);
}

#[tokio::test]
async fn join_token_of_the_server_survives_a_restart() {
    let mut server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let path = format!("/sessions/{id}/tokens");
    let made = server.api().post(&path, json!({"role": "viewer", "ttl": "2h"})).await;
    let token = made["token"].as_str().unwrap().to_owned();
    server.restart().await;
    server.api().post("/tokens", json!({"name": "first", "scope": "admin"})).await;
    assert_eq!(statuses(&server.api().with_token(&token), &id).await, (200, 403));
}

#[tokio::test]
async fn join_token_request_is_checked() {
    let guarded = Guarded::start().await;
    let admin = guarded.admin();
    let path = format!("/sessions/{}/tokens", admin.create(json!({})).await);
    for (request, named) in [
        (json!({}), "role"),
        (json!({"role": "owner"}), "role"),
        (json!({"role": "viewer", "ttl": "31d"}), "ttl"),
        (json!({"role": "viewer", "ttl": "0s"}), "ttl"),
        (json!({"role": "viewer", "user": "x".repeat(5000)}), "user"),
        (json!({"role": "viewer", "scope": "admin"}), "scope"),
    ] {
        let (status, answer) = admin.call(Method::POST, &path, Some(request)).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(named), "{answer}");
    }
    let nowhere = "/sessions/0190a1b2-c3d4-7e5f-8a9b-000000000000/tokens";
    let request = Some(json!({"role": "viewer"}));
    assert_eq!(admin.refusal(Method::POST, nowhere, request).await.0, 404);
}

#[tokio::test]
async fn application_signs_with_the_present_or_the_previous_key() {
    let folder = tempfile::TempDir::new().unwrap();
    let key = secret_file(&folder, "key", JOIN_KEY).display().to_string();
    let old = "the-join-key-before-that-0123456789";
    let previous = secret_file(&folder, "previous", old).display().to_string();
    let settings = ["--join-key-file", &key, "--join-key-previous-file", &previous];
    let guarded = Guarded::with(&settings).await;
    let id = guarded.admin().create(json!({"project_id": "p"})).await;
    let claims = claims(&id, "editor");
    let api = guarded.anonymous();
    assert_eq!(statuses(&api.with_token(&signed(JOIN_KEY, &claims)), &id).await, (200, 200));
    assert_eq!(statuses(&api.with_token(&signed(old, &claims)), &id).await, (200, 200));
    let foreign = signed("another-key-of-at-least-32-characters", &claims);
    assert_eq!(statuses(&api.with_token(&foreign), &id).await, (401, 401));
    let mut expired = claims.clone();
    expired["exp"] = json!(in_seconds(-60));
    assert_eq!(statuses(&api.with_token(&signed(JOIN_KEY, &expired)), &id).await, (401, 401));
    let mut of_project = claims.clone();
    of_project["rollcall"] = json!({"projects": ["p"], "role": "viewer"});
    let viewer = api.with_token(&signed(JOIN_KEY, &of_project));
    assert_eq!(statuses(&viewer, &id).await, (200, 403));
    let other = guarded.admin().create(json!({"project_id": "q"})).await;
    assert_eq!(statuses(&viewer, &other).await.0, 404);
    assert_eq!(viewer.get("/sessions?project_id=p").await["total"], 1);
    assert_eq!(viewer.refusal(Method::GET, "/sessions", None).await.0, 403);
}

#[tokio::test]
async fn application_signs_with_a_private_key_whose_public_key_the_server_has() {
    let folder = tempfile::TempDir::new().unwrap();
    let ed = EncodingKey::from_ed_pem(include_bytes!("keys/ed-private.pem")).unwrap();
    let ec = EncodingKey::from_ec_pem(include_bytes!("keys/ec-private.pem")).unwrap();
    let pem = [include_str!("keys/ed-public.pem"), include_str!("keys/ec-public.pem")].concat();
    // The same keys, and one of an algorithm that the server does not take.
    let set = json!({"keys": [
        {"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": "Sq2My_xMz4bd4NdDDngHbRRYAlI1iAAX7EUGnaDV0lo"},
        {"kty": "EC", "crv": "P-256", "x": "H0Swy0iXR7BnO1dcEhJfJr6Y1f1B15cAzpvCsk2zy8c",
         "y": "8EyJKIjsW9irzZFU5aVcCncGdEB4G_XgCrBxpSMYuD8"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
    ]});
    for (name, keys) in [("pem", pem.clone()), ("jwks", set.to_string())] {
        let file = secret_file(&folder, name, &keys).display().to_string();
        let guarded = Guarded::with(&["--join-public-keys", &file]).await;
        let id = guarded.admin().create(json!({})).await;
        let claims = claims(&id, "editor");
        for (algorithm, key) in [(Algorithm::EdDSA, &ed), (Algorithm::ES256, &ec)] {
            let token = jsonwebtoken::encode(&Header::new(algorithm), &claims, key).unwrap();
            let api = guarded.anonymous().with_token(&token);
            assert_eq!(statuses(&api, &id).await, (200, 200), "{name} {algorithm:?}");
        }
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some("two".to_owned());
        let token = jsonwebtoken::encode(&header, &claims, &ed).unwrap();
        let expected = if name == "jwks" { (401, 401) } else { (200, 200) };
        assert_eq!(statuses(&guarded.anonymous().with_token(&token), &id).await, expected);
        // A public key is no secret: it must not count as a key of HS256.
        let confused = signed(keys.trim(), &claims);
        assert_eq!(statuses(&guarded.anonymous().with_token(&confused), &id).await, (401, 401));
    }
}
