//! Tokens of Socket.IO clients, in the packet that connects to a namespace.

use serde_json::{Value, json};

use super::{ADMIN, Guarded};
use crate::support::socketio::{Packet, Sio, packet};

/// What the server answers to a client that connects to `/graph` with this payload.
async fn connect(guarded: &Guarded, payload: &str) -> (Sio, Packet) {
    let mut client = Sio::open(guarded.server.addr).await;
    client.send(packet("0", "/graph", payload)).await;
    let (namespace, answer) = client.next().await.unwrap();
    assert_eq!(namespace, "/graph");
    (client, answer)
}

/// The data of a refusal, after a look at its message.
fn refusal(answer: Packet) -> Value {
    let Packet::ConnectError(refusal) = answer else { panic!("not refused: {answer:?}") };
    assert!(refusal["message"].as_str().is_some_and(|text| text.contains("token")), "{refusal}");
    refusal["data"].clone()
}

#[tokio::test]
async fn socketio_client_without_a_valid_token_is_not_connected() {
    let guarded = Guarded::start().await;
    for payload in ["", "{}", r#"{"token":""}"#, r#"{"token":"a.b.c"}"#, r#"{"token":1}"#] {
        let (_, answer) = connect(&guarded, payload).await;
        assert_eq!(refusal(answer)["code"], "UNAUTHORIZED", "{payload}");
    }
    // The same connection may try again.
    let (mut client, answer) = connect(&guarded, "").await;
    refusal(answer);
    client.send(packet("0", "/graph", &json!({"token": ADMIN}).to_string())).await;
    assert!(matches!(client.next().await, Some((_, Packet::Connect(_)))));
}

#[tokio::test]
async fn socketio_requests_are_checked_against_the_token() {
    let guarded = Guarded::start().await;
    let admin = guarded.admin();
    let id = admin.create(json!({})).await;
    let path = format!("/sessions/{id}/tokens");
    let made = admin.post(&path, json!({"role": "viewer", "user": {"name": "Ada"}})).await;
    let payload = json!({"token": made["token"]}).to_string();
    let (mut client, answer) = connect(&guarded, &payload).await;
    assert!(matches!(answer, Packet::Connect(_)), "{answer:?}");
    let request = json!({"session_id": id, "user": {"name": "Eve"}});
    client.emit("join_session", request).await;
    let joined = client.event_named("joined").await;
    assert_eq!(joined["clients"][0]["user"], json!({"name": "Ada"}));
    let command = json!({"session_id": id, "command_type": "CreateNode",
        "data": {"blueprint_type_id": "x"}});
    let answer = client.call("execute", command.clone()).await;
    assert_eq!(answer["error"]["code"], "FORBIDDEN", "{answer}");
    assert_eq!(answer["error"]["details"], json!({"needs": "editor"}));
    let made = admin.post(&path, json!({"role": "editor"})).await;
    let answer = client.call("auth", json!({"token": made["token"]})).await;
    assert!(answer["expires_at"].is_string(), "{answer}");
    assert_eq!(client.call("execute", command).await["success"], true);
}

#[tokio::test]
async fn revoked_token_ends_a_socketio_connection() {
    let guarded = Guarded::start().await;
    let id = guarded.admin().create(json!({})).await;
    let token = guarded.token("write").await;
    let (mut client, _) = connect(&guarded, &json!({"token": token}).to_string()).await;
    client.join(&id).await;
    guarded.revoke(&token).await;
    while client.raw().await.is_some() {}
    assert_eq!(guarded.admin().active_clients(&id).await, 0);
}
