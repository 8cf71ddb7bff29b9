//! SIGHUP takes over tokens and keys from files that have changed.

use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

use super::join_tokens::{JOIN_KEY, claims, signed};
use super::{ADMIN, secret_file};
use crate::support::{Binary, eventually};

const NEXT_ADMIN: &str = "the-next-admin-token-of-the-tests-0123456789";
const NEXT_KEY: &str = "the-next-join-key-of-the-tests-0123456789";

/// Sends SIGHUP, and waits until the log has one more line with this text.
async fn reload(server: &Binary, answer: &str) {
    let seen = server.log().matches(answer).count();
    server.signal("HUP").await;
    eventually("it has reloaded", || async { server.log().matches(answer).count() > seen }).await;
}

#[tokio::test]
async fn sighup_takes_over_a_new_admin_token_and_ends_the_old_one() {
    let folder = TempDir::new().unwrap();
    let file = secret_file(&folder, "admin", ADMIN);
    let server = Binary::start(&["--admin-token-file", file.to_str().unwrap()]).await;
    let status = async |token: &str| {
        server.api().with_token(token).call(Method::GET, "/tokens", None).await.0.as_u16()
    };
    let mut old = server.ws().await;
    old.ask(json!({"type": "auth", "token": ADMIN})).await;
    // A reload without a change leaves its connections alone.
    reload(&server, "settings reloaded").await;
    assert_eq!(old.ask(json!({"type": "ping"})).await["type"], "pong");
    secret_file(&folder, "admin", NEXT_ADMIN);
    reload(&server, "settings reloaded").await;
    assert_eq!((status(ADMIN).await, status(NEXT_ADMIN).await), (401, 200));
    assert_eq!(old.closed().await, 4401);
}

#[tokio::test]
async fn sighup_rotates_the_key_of_join_tokens() {
    let folder = TempDir::new().unwrap();
    let admin = secret_file(&folder, "admin", ADMIN);
    let key = secret_file(&folder, "key", JOIN_KEY);
    let previous = secret_file(&folder, "previous", JOIN_KEY);
    let files = [&admin, &key, &previous].map(|file| file.to_str().unwrap());
    let server = Binary::start(&[
        "--admin-token-file",
        files[0],
        "--join-key-file",
        files[1],
        "--join-key-previous-file",
        files[2],
    ])
    .await;
    let id = server.api().with_token(ADMIN).create(json!({})).await;
    let status = async |key: &str| {
        let api = server.api().with_token(&signed(key, &claims(&id, "viewer")));
        api.call(Method::GET, &format!("/sessions/{id}"), None).await.0.as_u16()
    };
    assert_eq!((status(JOIN_KEY).await, status(NEXT_KEY).await), (200, 401));
    secret_file(&folder, "key", NEXT_KEY);
    reload(&server, "settings reloaded").await;
    assert_eq!((status(JOIN_KEY).await, status(NEXT_KEY).await), (200, 200));
    secret_file(&folder, "previous", NEXT_KEY);
    reload(&server, "settings reloaded").await;
    assert_eq!((status(JOIN_KEY).await, status(NEXT_KEY).await), (401, 200));
    // A key that is too short changes nothing.
    secret_file(&folder, "key", "short");
    reload(&server, "settings not reloaded").await;
    assert_eq!(status(NEXT_KEY).await, 200);
}

#[tokio::test]
async fn sighup_does_not_open_the_server_to_everybody() {
    let folder = TempDir::new().unwrap();
    let admin = secret_file(&folder, "admin", ADMIN);
    let settings = folder.path().join("rollcall.toml");
    std::fs::write(&settings, format!("admin_token_file = '{}'", admin.display())).unwrap();
    let server = Binary::start(&["--config", settings.to_str().unwrap()]).await;
    std::fs::write(&settings, "").unwrap();
    reload(&server, "everybody could do everything").await;
    let anonymous = server.api().call(Method::GET, "/sessions", None).await.0;
    let admin = server.api().with_token(ADMIN).call(Method::GET, "/sessions", None).await.0;
    assert_eq!((anonymous.as_u16(), admin.as_u16()), (401, 200));
}
