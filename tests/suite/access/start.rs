//! Where a server may listen without tokens, and how secrets get to it.

use std::process::Stdio;

use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::{ADMIN, secret_file};
use crate::support::socketio::{Packet, Sio, packet};
use crate::support::{Binary, PATIENCE, Server, eventually, rollcall};

const EVERYWHERE: [&str; 4] = ["--cleanup-interval", "off", "--listen", "0.0.0.0:0"];

/// The status and what it says when it does not start.
async fn refusal(command: &mut Command) -> String {
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output();
    let output = tokio::time::timeout(PATIENCE, output).await.expect("it does not start").unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    text
}

#[tokio::test]
async fn public_listener_without_tokens_does_not_start() {
    let folder = TempDir::new().unwrap();
    let mut command = rollcall();
    command.args(EVERYWHERE).arg("--database").arg(folder.path().join("test.db"));
    let text = refusal(&mut command).await;
    for part in ["0.0.0.0", "--listen", "rollcall token create", "--insecure-no-auth"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn public_listener_starts_with_a_token_and_warns_of_nothing() {
    let mut command = rollcall();
    command.env("ROLLCALL_ADMIN_TOKEN", ADMIN);
    let mut server = Binary::launch(command, TempDir::new().unwrap(), &EVERYWHERE).await;
    assert_eq!(server.api().refusal(Method::GET, "/sessions", None).await.0, 401);
    server.api().with_token(ADMIN).get("/sessions").await;
    server.terminate().await;
    let log = server.log();
    assert!(!log.contains("no tokens") && !log.contains(ADMIN), "{log}");
}

#[tokio::test]
async fn server_behind_a_proxy_without_tokens_is_warned_about_in_the_log() {
    for (token, warns) in [(None, true), (Some(ADMIN), false)] {
        let mut command = rollcall();
        command.envs(token.map(|token| ("ROLLCALL_ADMIN_TOKEN", token)));
        let settings = ["--cleanup-interval", "off", "--public-url", "https://rollcall.example"];
        let mut server = Binary::launch(command, TempDir::new().unwrap(), &settings).await;
        server.terminate().await;
        assert_eq!(server.log().contains("(--public-url), and there are no tokens"), warns);
    }
}

#[tokio::test]
async fn first_token_closes_a_server_that_was_open() {
    let server = Server::start().await;
    let api = server.api();
    api.create(json!({})).await;
    let made = api.post("/tokens", json!({"name": "first", "scope": "admin"})).await;
    assert_eq!(api.refusal(Method::GET, "/sessions", None).await.0, 401);
    let admin = api.with_token(made["token"].as_str().unwrap());
    // Not even the revocation of the last token opens it again.
    let path = format!("/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(admin.call(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(api.refusal(Method::GET, "/sessions", None).await.0, 401);
    assert_eq!(admin.refusal(Method::GET, "/sessions", None).await.0, 401);
}

#[tokio::test]
async fn open_server_ignores_a_token_that_is_not_its_own() {
    let server = Server::start().await;
    server.api().with_token("a-token-that-a-proxy-has-checked").get("/sessions").await;
    let url = format!("http://{}/api/v1/sessions", server.addr);
    let request = server.http.get(url).basic_auth("ada", Some("password"));
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn invalid_secret_is_a_start_error_that_does_not_show_it() {
    let folder = TempDir::new().unwrap();
    let short = secret_file(&folder, "short", "hunter2").display().to_string();
    for (arguments, variable, named) in [
        (vec!["--admin-token-file", short.as_str()], None, "--admin-token-file"),
        (vec!["--join-key-file", &short], None, "--join-key-file"),
        (vec!["--join-key-previous-file", &short], None, "--join-key-previous-file"),
        (vec!["--join-public-keys", &short], None, "--join-public-keys"),
        (vec![], Some(("ROLLCALL_ADMIN_TOKEN", "hunter2")), "ROLLCALL_ADMIN_TOKEN"),
        (vec![], Some(("ROLLCALL_JOIN_KEY", "hunter2")), "ROLLCALL_JOIN_KEY"),
        (
            vec!["--admin-token-file", &short],
            Some(("ROLLCALL_ADMIN_TOKEN", "hunter2")),
            "both --admin-token-file and ROLLCALL_ADMIN_TOKEN",
        ),
    ] {
        let mut command = rollcall();
        command.args(arguments).arg("--database").arg(folder.path().join("test.db"));
        command.envs(variable);
        let text = refusal(&mut command).await;
        assert!(text.contains(named) && !text.contains("hunter2"), "{named}: {text}");
    }
}

#[tokio::test]
async fn no_token_is_in_the_log() {
    let mut command = rollcall();
    command.env("ROLLCALL_ADMIN_TOKEN", ADMIN);
    let settings = ["--cleanup-interval", "off", "--log-filter", "trace"];
    let mut server = Binary::launch(command, TempDir::new().unwrap(), &settings).await;
    let admin = server.api().with_token(ADMIN);
    let made = admin.post("/tokens", json!({"name": "x", "scope": "read"})).await;
    let token = made["token"].as_str().unwrap().to_owned();
    server.api().with_token(&token).get("/sessions").await;
    server.api().with_token(&format!("{token}x")).refusal(Method::GET, "/sessions", None).await;
    // The same token in the frames and the handshakes of live connections.
    let mut ws = server.ws().await;
    let answer = ws.ask(json!({"type": "auth", "token": token})).await;
    assert_eq!(answer["type"], "authenticated");
    let url = format!("ws://{}/api/v1/ws", server.addr);
    let mut request = url.into_client_request().unwrap();
    let offer = format!("rollcall.v1, rollcall.token.{token}");
    request.headers_mut().insert("sec-websocket-protocol", offer.parse().unwrap());
    tokio_tungstenite::connect_async(request).await.unwrap();
    let mut sio = Sio::open(server.addr).await;
    sio.send(packet("0", "/graph", &json!({"token": token}).to_string())).await;
    assert!(matches!(sio.next().await, Some((_, Packet::Connect(_)))));
    server.terminate().await;
    let log = server.log();
    let secret = token.splitn(3, '_').nth(2).unwrap();
    assert!(log.contains("/api/v1/sessions"), "{log}");
    assert!(!log.contains(secret) && !log.contains(ADMIN), "{log}");
}

#[tokio::test]
async fn use_of_a_token_is_recorded() {
    let guarded = super::Guarded::start().await;
    let token = guarded.token("read").await;
    guarded.server.api().with_token(&token).get("/sessions").await;
    let last_used = async || {
        let listed = guarded.admin().get("/tokens").await;
        listed["tokens"][0]["last_used_at"].is_string()
    };
    eventually("the use is listed", last_used).await;
}
