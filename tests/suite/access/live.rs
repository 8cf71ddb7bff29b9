//! Tokens of live connections: how they come, what they allow, and their end.

use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use super::join_tokens::{JOIN_KEY, claims, in_seconds, signed};
use super::{ADMIN, Guarded, secret_file};
use crate::support::{Server, Ws};

/// A WebSocket whose handshake has this header; or the status of the refusal.
async fn connect(server: &Server, name: &'static str, value: &str) -> Result<(Ws, String), u16> {
    let url = format!("ws://{}/api/v1/ws", server.addr);
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, response)) => {
            let chosen = response.headers().get("sec-websocket-protocol");
            let chosen = chosen.map_or("", |value| value.to_str().unwrap()).to_owned();
            Ok((Ws { socket, events: Vec::new() }, chosen))
        }
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

/// A WebSocket with this token.
async fn with_token(guarded: &Guarded, token: &str) -> Ws {
    connect(&guarded.server, "authorization", &format!("Bearer {token}")).await.unwrap().0
}

async fn guarded_with_join_key() -> Guarded {
    let folder = tempfile::TempDir::new().unwrap();
    let key = secret_file(&folder, "key", JOIN_KEY).display().to_string();
    Guarded::with(&["--join-key-file", &key]).await
}

/// The code of the response to a request, or the name of the response that is no error.
async fn outcome(ws: &mut Ws, request: Value) -> String {
    let answer = ws.ask(request).await;
    answer.get("code").unwrap_or(&answer["type"]).as_str().unwrap().to_owned()
}

fn join(id: &str) -> Value {
    json!({"type": "join_session", "session_id": id})
}

fn watch(id: &str) -> Value {
    json!({"type": "watch_session", "session_id": id})
}

fn execute(id: &str) -> Value {
    json!({"type": "execute", "session_id": id, "command_type": "CreateNode",
        "data": {"blueprint_type_id": "x"}})
}

#[tokio::test]
async fn websocket_takes_a_token_from_header_subprotocol_or_first_frame() {
    let guarded = guarded_with_join_key().await;
    let server = &guarded.server;
    let id = guarded.admin().create(json!({})).await;
    let token = signed(JOIN_KEY, &claims(&id, "editor"));
    let (mut by_header, chosen) =
        connect(server, "authorization", &format!("Bearer {token}")).await.unwrap();
    assert_eq!(chosen, "");
    by_header.join(&id).await;
    let offer = format!("rollcall.v1, rollcall.token.{token}");
    let (mut by_protocol, chosen) =
        connect(server, "sec-websocket-protocol", &offer).await.unwrap();
    assert_eq!(chosen, "rollcall.v1", "the token must not come back");
    by_protocol.join(&id).await;
    let mut by_frame = server.ws().await;
    assert_eq!(outcome(&mut by_frame, join(&id)).await, "UNAUTHORIZED");
    let answer = by_frame.ask(json!({"type": "auth", "token": token, "ref": 1})).await;
    assert_eq!((&answer["type"], &answer["ref"]), (&json!("authenticated"), &json!(1)));
    assert!(answer["expires_at"].is_string(), "{answer}");
    by_frame.join(&id).await;
    assert_eq!(guarded.admin().active_clients(&id).await, 3);
}

#[tokio::test]
async fn invalid_token_of_a_handshake_is_refused_before_the_upgrade() {
    let guarded = guarded_with_join_key().await;
    let server = &guarded.server;
    for (name, value) in [
        ("authorization", "Bearer rct_aaaaaaaa_x"),
        ("authorization", "Basic YTpi"),
        ("sec-websocket-protocol", "rollcall.v1, rollcall.token.a.b.c"),
    ] {
        assert_eq!(connect(server, name, value).await.err(), Some(401), "{name}: {value}");
    }
    let mut ws = server.ws().await;
    let answer = ws.ask(json!({"type": "auth", "token": "a.b.c"})).await;
    assert_eq!(answer["code"], "UNAUTHORIZED");
    // The connection goes on, and may try another token.
    let answer = ws.ask(json!({"type": "auth", "token": ADMIN})).await;
    assert_eq!((&answer["type"], &answer["expires_at"]), (&json!("authenticated"), &Value::Null));
}

#[tokio::test]
async fn every_live_message_is_checked_against_the_token() {
    let guarded = guarded_with_join_key().await;
    let admin = guarded.admin();
    let id = admin.create(json!({"project_id": "p"})).await;
    let other = admin.create(json!({"project_id": "q"})).await;
    let of_project = |role: &str| {
        let mut claims = claims(&id, role);
        claims["rollcall"] = json!({"projects": ["p"], "role": role});
        signed(JOIN_KEY, &claims)
    };
    let revoked = guarded.token("admin").await;
    let mut after_revocation = with_token(&guarded, &revoked).await;
    for (name, token, joins, changes, reaches_other) in [
        ("viewer", signed(JOIN_KEY, &claims(&id, "viewer")), true, false, "FORBIDDEN"),
        ("editor", signed(JOIN_KEY, &claims(&id, "editor")), true, true, "FORBIDDEN"),
        ("viewer of the project", of_project("viewer"), true, false, "SESSION_NOT_FOUND"),
        ("editor of the project", of_project("editor"), true, true, "SESSION_NOT_FOUND"),
        ("read", guarded.token("read").await, false, false, "FORBIDDEN"),
        ("write", guarded.token("write").await, true, true, "joined"),
        ("project", guarded.project_token("write", "p").await, true, true, "SESSION_NOT_FOUND"),
    ] {
        let mut ws = with_token(&guarded, &token).await;
        let expect = |allowed: bool, answer: &str| match allowed {
            true => answer.to_owned(),
            false => "FORBIDDEN".to_owned(),
        };
        assert_eq!(outcome(&mut ws, join(&id)).await, expect(joins, "joined"), "{name}");
        assert_eq!(outcome(&mut ws, execute(&id)).await, expect(changes, "executed"), "{name}");
        for kind in ["undo", "redo"] {
            let request = json!({"type": kind, "session_id": id});
            assert_eq!(outcome(&mut ws, request).await, expect(changes, "executed"), "{name}");
        }
        ws.send(json!({"type": "presence", "session_id": id, "data": 1})).await;
        if !joins {
            assert_eq!(ws.answer().await["code"], "FORBIDDEN", "{name}");
        }
        assert_eq!(outcome(&mut ws, join(&other)).await, reaches_other, "{name}");
        // A reader may watch, but nobody watches the session of another.
        let mut watcher = with_token(&guarded, &token).await;
        assert_eq!(outcome(&mut watcher, watch(&id)).await, "watching", "{name}");
        let reaches_other = match name {
            "read" | "write" => "watching",
            _ => reaches_other,
        };
        assert_eq!(outcome(&mut watcher, watch(&other)).await, reaches_other, "{name}");
        // All sessions are for those who may see all of them.
        let all = match name {
            "read" | "write" => "watching_sessions",
            _ => "FORBIDDEN",
        };
        let watched = outcome(&mut watcher, json!({"type": "watch_sessions"})).await;
        assert_eq!(watched == "FORBIDDEN", all == "FORBIDDEN", "{name}: {watched}");
        watcher.close().await;
        assert_eq!(outcome(&mut ws, json!({"type": "ping"})).await, "pong", "{name}");
        ws.close().await;
    }
    // Without a token, nothing is returned, not even how many clients there are.
    let before = guarded.dump().await;
    let mut nobody = guarded.server.ws().await;
    let leave = json!({"type": "leave_session", "session_id": id});
    let undo = json!({"type": "undo", "session_id": id});
    let presence = json!({"type": "presence", "session_id": id, "data": 1});
    let unwatch = json!({"type": "unwatch_session", "session_id": id});
    let watch_all = json!({"type": "watch_sessions"});
    for request in [join(&id), watch(&id), watch_all, unwatch, execute(&id), undo, leave, presence]
    {
        assert_eq!(outcome(&mut nobody, request.clone()).await, "UNAUTHORIZED", "{request}");
    }
    assert_eq!(outcome(&mut nobody, json!({"type": "ping"})).await, "pong");
    assert_eq!(guarded.dump().await, before);
    guarded.revoke(&revoked).await;
    let close = after_revocation.next().await.unwrap_err().unwrap();
    assert_eq!(u16::from(close.code), 4401);
}

#[tokio::test]
async fn user_of_the_token_replaces_what_the_client_says() {
    let guarded = guarded_with_join_key().await;
    let id = guarded.admin().create(json!({})).await;
    let mut claims = claims(&id, "viewer");
    claims["rollcall"]["user"] = json!({"name": "Ada"});
    let mut ws = with_token(&guarded, &signed(JOIN_KEY, &claims)).await;
    let request = json!({"type": "join_session", "session_id": id, "user": {"name": "Eve"}});
    let joined = ws.ask(request).await;
    assert_eq!(joined["clients"][0]["user"], json!({"name": "Ada"}), "{joined}");
}

#[tokio::test]
async fn short_token_is_not_announced_as_expiring_at_once() {
    let guarded = guarded_with_join_key().await;
    let id = guarded.admin().create(json!({})).await;
    let mut claims = claims(&id, "editor");
    claims["exp"] = json!(in_seconds(50));
    let mut ws = with_token(&guarded, &signed(JOIN_KEY, &claims)).await;
    ws.ask(json!({"type": "ping"})).await;
    assert_eq!(ws.events, Vec::<Value>::new());
}

#[tokio::test]
async fn expiring_token_is_announced_and_a_fresh_one_goes_on() {
    let guarded = guarded_with_join_key().await;
    let id = guarded.admin().create(json!({})).await;
    let mut claims = claims(&id, "editor");
    claims["exp"] = json!(in_seconds(4));
    let token = signed(JOIN_KEY, &claims);
    let mut stays = with_token(&guarded, &token).await;
    let mut goes = with_token(&guarded, &token).await;
    for ws in [&mut stays, &mut goes] {
        ws.join(&id).await;
        ws.events.retain(|event| event["type"] == "token-expiring");
        while ws.events.is_empty() {
            let event = ws.next().await.unwrap();
            ws.events.extend(Some(event).filter(|event| event["type"] == "token-expiring"));
        }
        assert!(ws.events[0]["expires_at"].is_string());
    }
    // One for another session is no replacement.
    let other = guarded.admin().create(json!({})).await;
    let foreign = signed(JOIN_KEY, &super::join_tokens::claims(&other, "editor"));
    let request = json!({"type": "auth", "token": foreign});
    assert_eq!(outcome(&mut stays, request).await, "FORBIDDEN");
    claims["exp"] = json!(in_seconds(3600));
    let request = json!({"type": "auth", "token": signed(JOIN_KEY, &claims)});
    assert_eq!(outcome(&mut stays, request).await, "authenticated");
    assert_eq!(goes.closed().await, 4401);
    let left = loop {
        let event = stays.next().await.unwrap();
        if event["type"] == "session-disconnected" {
            break event;
        }
    };
    assert_eq!(left["reason"], "token_ended");
    assert_eq!(outcome(&mut stays, execute(&id)).await, "executed");
}

#[tokio::test]
async fn revoked_service_token_ends_its_connections() {
    let guarded = Guarded::start().await;
    let id = guarded.admin().create(json!({})).await;
    let token = guarded.token("write").await;
    let mut ws = with_token(&guarded, &token).await;
    ws.join(&id).await;
    guarded.revoke(&token).await;
    assert_eq!(ws.closed().await, 4401);
    assert_eq!(guarded.admin().active_clients(&id).await, 0);
}

#[tokio::test]
async fn connection_without_token_is_closed_after_a_while() {
    let guarded = Guarded::start().await;
    let mut ws = guarded.server.ws().await;
    let close = ws.next().await.unwrap_err().unwrap();
    assert_eq!(u16::from(close.code), 4401);
}

#[tokio::test]
async fn first_token_ends_those_who_follow_without_one() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let (mut idle, mut client) = (server.ws().await, server.ws().await);
    let (mut watcher, mut lobby) = (server.ws().await, server.ws().await);
    let stream = format!("http://{}/api/v1/sessions/{id}/events", server.addr);
    let stream = server.http.get(stream).header("accept", "text/event-stream");
    let stream = stream.send().await.unwrap();
    client.join(&id).await;
    assert_eq!(outcome(&mut watcher, watch(&id)).await, "watching");
    assert_eq!(outcome(&mut lobby, json!({"type": "watch_sessions"})).await, "watching");
    let made = server.api().post("/tokens", json!({"name": "x", "scope": "write"})).await;
    for ws in [&mut client, &mut watcher, &mut lobby] {
        assert_eq!(ws.closed().await, 4401);
    }
    // The stream ends.
    stream.bytes().await.unwrap();
    // One that follows nothing only has to send a token.
    let request = json!({"type": "join_session", "session_id": id});
    assert_eq!(outcome(&mut idle, request).await, "UNAUTHORIZED");
    let request = json!({"type": "auth", "token": made["token"]});
    assert_eq!(outcome(&mut idle, request).await, "authenticated");
    idle.join(&id).await;
    assert_eq!(outcome(&mut idle, execute(&id)).await, "executed");
    assert_eq!(server.api().refusal(Method::GET, "/sessions", None).await.0, 401);
}
