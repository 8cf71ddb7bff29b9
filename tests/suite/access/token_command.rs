//! `rollcall token`, with and without a running server.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use super::id_of;
use crate::support::{Binary, Server, eventually, rollcall};

async fn token(arguments: &[&str], database: &Path) -> Output {
    rollcall().arg("token").args(arguments).arg("--database").arg(database).output().await.unwrap()
}

/// The token that is made with these arguments.
async fn create(arguments: &[&str], database: &Path) -> String {
    let output = token(&[&["create"], arguments].concat(), database).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    text.trim().to_owned()
}

#[tokio::test]
async fn token_made_before_the_first_start_is_accepted() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("test.db");
    let token = create(&["ops", "--scope", "admin"], &database).await;
    assert_eq!(std::fs::metadata(&database).unwrap().permissions().mode() & 0o777, 0o600);
    let settings = ["--cleanup-interval", "off", "--listen", "0.0.0.0:0"];
    let server = Binary::start_in(folder, &settings).await;
    assert_eq!(server.api().refusal(Method::GET, "/tokens", None).await.0, 401);
    let listed = server.api().with_token(&token).get("/tokens").await;
    assert_eq!(listed["tokens"][0]["name"], "ops");
}

#[tokio::test]
async fn running_server_notices_tokens_that_are_made_and_revoked() {
    let server = Server::start().await;
    let database = server.database();
    let made = create(&["ci", "--scope", "read", "--project", "p", "--expires", "90d"], &database);
    let made = made.await;
    let api = server.api();
    eventually("the server needs a token", async || {
        api.call(Method::GET, "/sessions", None).await.0 == 401
    })
    .await;
    let with_token = api.with_token(&made);
    with_token.get("/sessions").await;
    let listed = token(&["list", "--json"], &database).await;
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["tokens"][0]["id"], id_of(&made));
    assert_eq!(listed["tokens"][0]["project_id"], "p");
    assert!(listed["tokens"][0]["expires_at"].is_string());
    assert!(token(&["revoke", id_of(&made)], &database).await.status.success());
    eventually("the token is refused", async || {
        with_token.call(Method::GET, "/sessions", None).await.0 == 401
    })
    .await;
    let table = String::from_utf8(token(&["list"], &database).await.stdout).unwrap();
    assert!(table.contains("revoked") && table.contains("ci"), "{table}");
}

#[tokio::test]
async fn invalid_token_commands_say_what_is_wrong() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("test.db");
    for (arguments, status, named) in [
        (vec!["create", "x"], 2, "--scope"),
        (vec!["create", "x", "--scope", "root"], 2, "root"),
        (vec!["create", "x", "--scope", "read", "--expires", "soon"], 2, "soon"),
        (vec!["create", "", "--scope", "read"], 1, "name"),
        (vec!["revoke", "aaaaaaaa"], 3, "aaaaaaaa"),
    ] {
        let output = token(&arguments, &database).await;
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(text.contains(named), "{arguments:?}: {text}");
    }
}
