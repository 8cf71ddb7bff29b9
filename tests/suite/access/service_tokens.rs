//! Service tokens over REST: made, listed, used, revoked, expired; those of one project.

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use serde_json::{Value, json};

use super::{ADMIN, Guarded, id_of};
use crate::support::eventually;

#[tokio::test]
async fn token_is_shown_once_and_stored_as_a_hash() {
    let guarded = Guarded::start().await;
    let admin = guarded.admin();
    let request = json!({"name": "backend", "scope": "write", "expires_in": "90d"});
    let made = admin.post("/tokens", request).await;
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("rct_") && token.len() == 56, "{token}");
    assert_eq!(made["id"], id_of(token));
    let listed = admin.get("/tokens").await["tokens"][0].clone();
    let mut expected = made.clone();
    expected.as_object_mut().unwrap().remove("token");
    assert_eq!(listed, expected);
    assert_eq!((&listed["last_used_at"], &listed["revoked_at"]), (&Value::Null, &Value::Null));
    let mut files = Vec::new();
    for end in ["", "-wal"] {
        let path = format!("{}{end}", guarded.server.database().display());
        files.extend(std::fs::read(path).unwrap());
    }
    let secret = token.splitn(3, '_').nth(2).unwrap();
    let has = |text: &str| files.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(has("backend") && !has(secret), "the database has the token itself");
}

#[tokio::test]
async fn missing_and_invalid_tokens_are_challenged() {
    let guarded = Guarded::start().await;
    let token = guarded.token("read").await;
    let wrong_secret = format!("{}A", &token[..token.len() - 1]);
    let url = format!("http://{}/api/v1/sessions", guarded.server.addr);
    let invalid = r#"Bearer realm="rollcall", error="invalid_token""#;
    for (header, challenge) in [
        (None, r#"Bearer realm="rollcall""#),
        (Some("Basic YTpi".to_owned()), invalid),
        (Some("Bearer".to_owned()), invalid),
        (Some("Bearer ".to_owned()), invalid),
        (Some("Bearer x".to_owned()), invalid),
        (Some("Bearer rct_aaaaaaaa_x".to_owned()), invalid),
        (Some(format!("Bearer {token}x")), invalid),
        (Some(format!("Bearer {wrong_secret}")), invalid),
        (Some(format!("Bearer {token} {token}")), invalid),
        (Some(format!("Bearer {}", &ADMIN[1..])), invalid),
        (Some("Bearer a.b.c".to_owned()), invalid),
    ] {
        let mut request = guarded.server.http.get(&url);
        if let Some(header) = &header {
            request = request.header(AUTHORIZATION, header);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401, "{header:?}");
        assert_eq!(response.headers()[WWW_AUTHENTICATE], challenge, "{header:?}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"]["code"], "UNAUTHORIZED");
        assert!(!body.to_string().contains(&token), "{body}");
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let request =
            guarded.server.http.get(&url).header(AUTHORIZATION, format!("{scheme} {token}"));
        assert_eq!(request.send().await.unwrap().status(), 200, "{scheme}");
    }
}

#[tokio::test]
async fn refusal_names_the_scope_that_is_enough() {
    let guarded = Guarded::start().await;
    let reader = guarded.server.api().with_token(&guarded.token("read").await);
    let writer = guarded.server.api().with_token(&guarded.token("write").await);
    let (status, answer) = reader.call(Method::POST, "/sessions", None).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (403, &json!("FORBIDDEN")));
    assert_eq!(answer["error"]["details"], json!({"needs": "write"}));
    writer.create(json!({})).await;
    let (status, answer) = writer.call(Method::POST, "/sessions/cleanup", None).await;
    assert_eq!(status, 403);
    assert_eq!(answer["error"]["details"], json!({"needs": "admin"}));
    guarded.admin().post("/sessions/cleanup", json!({"dry_run": true})).await;
}

#[tokio::test]
async fn revoked_token_is_refused_at_once_and_stays_listed() {
    let guarded = Guarded::start().await;
    let token = guarded.token("read").await;
    let api = guarded.server.api().with_token(&token);
    api.get("/sessions").await;
    guarded.revoke(&token).await;
    assert_eq!(api.refusal(Method::GET, "/sessions", None).await.0, 401);
    let listed = guarded.admin().get("/tokens").await;
    assert!(listed["tokens"][0]["revoked_at"].is_string(), "{listed}");
    // Revoking again changes nothing.
    guarded.revoke(&token).await;
    assert_eq!(guarded.admin().get("/tokens").await, listed);
    // A query string is refused as on every route that changes something.
    let query = guarded.admin().refusal(Method::DELETE, "/tokens/aaaaaaaa?now", None).await;
    assert_eq!(query, (400, "INVALID_REQUEST".to_owned()));
    let unknown = guarded.admin().refusal(Method::DELETE, "/tokens/aaaaaaaa", None).await;
    assert_eq!(unknown, (404, "TOKEN_NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn expired_token_is_refused() {
    let guarded = Guarded::start().await;
    let token = guarded.token_of(json!({"name": "x", "scope": "read", "expires_in": "1s"})).await;
    let api = guarded.server.api().with_token(&token);
    eventually("the token has expired", async || {
        let (status, _) = api.call(Method::GET, "/sessions", None).await;
        status == 401
    })
    .await;
}

#[tokio::test]
async fn invalid_token_request_is_refused_with_the_field() {
    let guarded = Guarded::start().await;
    for (request, named) in [
        (json!({}), "name"),
        (json!({"name": "x"}), "scope"),
        (json!({"name": "", "scope": "read"}), "name"),
        (json!({"name": "a\u{7}b", "scope": "read"}), "name"),
        (json!({"name": "x".repeat(201), "scope": "read"}), "name"),
        (json!({"name": "x", "scope": "root"}), "scope"),
        (json!({"name": "x", "scope": "read", "expires_in": "soon"}), "expires_in"),
        (json!({"name": "x", "scope": "read", "expires_in": "0s"}), "expires_in"),
        (json!({"name": "x", "scope": "read", "expires": "1d"}), "expires"),
    ] {
        let (status, answer) = guarded.admin().call(Method::POST, "/tokens", Some(request)).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(named), "{named}: {answer}");
    }
    assert_eq!(guarded.admin().get("/tokens").await["tokens"], json!([]));
}

#[tokio::test]
async fn project_token_sees_and_makes_only_sessions_of_its_project() {
    let guarded = Guarded::start().await;
    let admin = guarded.admin();
    let api = guarded.server.api().with_token(&guarded.project_token("write", "mine").await);
    let foreign = admin.create(json!({"project_id": "theirs"})).await;
    let without = admin.create(json!({})).await;
    let mine = api.create(json!({})).await;
    assert_eq!(api.get(&format!("/sessions/{mine}")).await["project_id"], "mine");
    let list = api.get("/sessions").await;
    assert_eq!((&list["total"], &list["sessions"][0]["session_id"]), (&json!(1), &json!(mine)));
    assert_eq!(api.get("/sessions?project_id=mine").await, list);
    // To the token, sessions of others do not exist, whether they do or not.
    let nowhere = "0190a1b2-c3d4-7e5f-8a9b-000000000000".to_owned();
    for id in [&foreign, &without, &nowhere] {
        for (method, path) in [
            (Method::GET, format!("/sessions/{id}")),
            (Method::DELETE, format!("/sessions/{id}")),
            (Method::POST, format!("/sessions/{id}/undo")),
            (Method::GET, format!("/sessions/{id}/graph")),
        ] {
            let refusal = api.refusal(method, &path, None).await;
            assert_eq!(refusal, (404, "SESSION_NOT_FOUND".to_owned()), "{path}");
        }
        let command = json!({"session_id": id, "command_type": "CreateNode",
            "data": {"blueprint_type_id": "x"}});
        let refusal = api.refusal(Method::POST, "/commands/execute", Some(command)).await;
        assert_eq!(refusal.0, 404);
    }
    // Nor does it reach beyond its project in another way.
    for (method, path, body) in [
        (Method::POST, "/sessions".to_owned(), json!({"project_id": "theirs"})),
        (Method::GET, "/sessions?project_id=theirs".to_owned(), json!({})),
        (Method::PATCH, format!("/sessions/{mine}"), json!({"project_id": "theirs"})),
        (Method::PATCH, format!("/sessions/{mine}"), json!({"project_id": null})),
    ] {
        let refusal = api.refusal(method, &path, Some(body)).await;
        assert_eq!(refusal, (403, "FORBIDDEN".to_owned()), "{path}");
    }
    let project_admin =
        guarded.server.api().with_token(&guarded.project_token("admin", "mine").await);
    for (method, path) in [(Method::POST, "/sessions/cleanup"), (Method::GET, "/tokens")] {
        let refusal = project_admin.refusal(method, path, None).await;
        assert_eq!(refusal, (403, "FORBIDDEN".to_owned()), "{path}");
    }
    assert_eq!(admin.get("/sessions").await["total"], 3);
}
