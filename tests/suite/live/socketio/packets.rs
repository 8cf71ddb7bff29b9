//! Socket.IO 5 packets: recoverable errors are answered, protocol violations end the connection.

use std::collections::HashSet;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::support::socketio::{Packet, Polling, Sio, packet};
use crate::support::{Binary, PATIENCE, Server, eventually};

#[tokio::test]
async fn unreadable_event_is_answered_with_an_error() {
    let server = Server::start().await;
    let mut client = Sio::connect(server.addr).await;
    let deep = "[".repeat(100_000);
    for payload in [r#"["ping",{"x":NaN}]"#, r#"["ping""#, "[", "[]", "[1]", r#"[{"a":1}]"#, &deep]
    {
        client.send(packet("2", "/graph", &format!("7{payload}"))).await;
        let error = client.event_named("error").await;
        assert_eq!(error["code"], "INVALID_REQUEST", "{payload}");
        let Some(Packet::Ack(7, answer)) = client.next_but_events().await else {
            panic!("no acknowledgement of {payload}");
        };
        assert_eq!(answer["error"], error);
    }
    assert_eq!(client.call("ping", json!({})).await, json!({}));

    let mut client = Polling::connect(server.addr).await;
    client.post(packet("2", "/graph", r#"["ping",{"x":NaN}]"#)).await;
    assert_eq!(client.event_named("error").await["code"], "INVALID_REQUEST");
}

#[tokio::test]
async fn packet_that_is_too_large_ends_the_connection_with_a_code() {
    let server = Server::with(&["--body-limit", "1000"]).await;
    let mut client = Sio::connect(server.addr).await;
    client.emit("ping", json!({"text": "x".repeat(1000)})).await;
    let end = tokio::time::timeout(PATIENCE, client.socket.next()).await.unwrap();
    let Some(Ok(Message::Close(Some(frame)))) = end else { panic!("{end:?}") };
    assert_eq!(u16::from(frame.code), 1009);
}

#[tokio::test]
async fn binary_event_is_refused_after_its_attachments() {
    let server = Server::start().await;
    let mut client = Sio::connect(server.addr).await;
    let event = r#"["ping",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
    client.send(format!("452-/graph,8{event}")).await;
    client.socket.send(Message::binary(vec![1, 2])).await.unwrap();
    client.socket.send(Message::binary(vec![3, 4])).await.unwrap();
    let Some(Packet::Ack(8, answer)) = client.next_but_events().await else { panic!("no answer") };
    assert_eq!(answer["error"]["code"], "INVALID_REQUEST");
    client.send(format!("450-/graph,9{}", r#"["ping",{}]"#)).await;
    let Some(Packet::Ack(9, pong)) = client.next_but_events().await else { panic!("no answer") };
    assert_eq!(pong, json!({}));

    let mut client = Polling::connect(server.addr).await;
    client.post(format!("452-/graph,{event}\u{1e}bAQI=\u{1e}bAwQ=")).await;
    assert_eq!(client.event_named("error").await["code"], "INVALID_REQUEST");
}

#[tokio::test]
async fn packet_that_breaks_the_protocol_ends_the_connection_and_is_logged_once() {
    let server = Binary::start(&["--log-filter", "info"]).await;
    let broken = [
        "4",
        "4abc",
        "47",
        "42{}",
        "42",
        r#"42abc["ping",{}]"#,
        "42/graph,not json",
        "42/graph,{}",
        r#"42/other,["ping",{}]"#,
        "40/graph,",
        "41/graph,[]",
        "40/other,[1]",
        "44/graph,{}",
        "43/graph,1",
        "4511-/graph,[]",
        "45x-/graph,[]",
        "451/graph,[]",
        r#"42/graph,99999999999999999999["ping",{}]"#,
    ];
    for text in broken {
        let mut client = Sio::connect(server.addr).await;
        client.send(text.to_owned()).await;
        assert_eq!(client.raw().await, None, "{text}");
    }
    let mut client = Sio::connect(server.addr).await;
    client.socket.send(Message::binary(vec![1, 2])).await.unwrap();
    assert_eq!(client.raw().await, None);
    let mut client = Sio::connect(server.addr).await;
    client.send("451-/graph,[\"ping\"]".to_owned()).await;
    client.send("42/graph,[\"ping\"]".to_owned()).await;
    assert_eq!(client.raw().await, None);
    let lines = || server.log().lines().filter(|line| line.contains("can't be read")).count();
    eventually("all of them are logged", || async { lines() == broken.len() + 2 }).await;
}

#[tokio::test]
async fn namespaces_have_socket_ids_of_their_own() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut client = Sio::connect(server.addr).await;
    let first = client.id.clone();
    client.send(r#"40{"token":"abc"}"#.to_owned()).await;
    let Some((namespace, Packet::Connect(connected))) = client.next().await else {
        panic!("not connected");
    };
    assert_eq!(namespace, "/");
    let second = connected["sid"].as_str().unwrap().to_owned();
    assert_ne!(second, first);
    assert_eq!(client.join(&id).await["client_id"], first);
    client.namespace = "/".to_owned();
    let joined = client.call("join_session", json!({"session_id": id})).await;
    assert_eq!(joined["client_id"], second);
    let clients = joined["clients"].as_array().unwrap();
    let ids: HashSet<_> = clients.iter().map(|client| &client["client_id"]).collect();
    assert_eq!(ids, HashSet::from([&json!(first), &json!(second)]));
}

#[tokio::test]
async fn unknown_namespace_is_refused() {
    let server = Server::start().await;
    let mut client = Sio::open(server.addr).await;
    client.send("40/random".to_owned()).await;
    let refusal = client.raw().await.unwrap();
    assert_eq!(refusal, r#"44/random,{"message":"Invalid namespace"}"#);
    client.send("40/graph".to_owned()).await;
    assert!(client.raw().await.unwrap().starts_with(r#"40/graph,{"sid":"#));
}

#[tokio::test]
async fn requests_before_a_disconnect_packet_are_executed() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut client = Sio::connect(server.addr).await;
    client.emit("join_session", json!({"session_id": id})).await;
    let create = json!({
        "session_id": id, "command_type": "CreateNode", "data": {"blueprint_type_id": "task"}
    });
    for _ in 0..20 {
        client.emit("execute", create.clone()).await;
    }
    client.send(packet("1", "/graph", "")).await;
    client.send("1".to_owned()).await;
    assert!(client.raw().await.is_some());
    while client.raw().await.is_some() {}
    let session = server.api().get(&format!("/sessions/{id}")).await;
    assert_eq!((&session["node_count"], &session["active_clients"]), (&json!(20), &json!(0)));
}
