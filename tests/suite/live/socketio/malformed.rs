//! Malformed Socket.IO input is refused and affects no other client.

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::Server;
use crate::support::socketio::{Packet, Sio, packet};

#[tokio::test]
async fn malformed_payload_is_refused_with_the_reason() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut client = Sio::connect(server.addr).await;
    let deep = format!(r#"["join_session",{}{}]"#, "[".repeat(5000), "]".repeat(5000));
    let deep_user = format!(
        r#"["join_session",{{"session_id":"{id}","user":{}{}}}]"#,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let uuid_list = format!(r#"["join_session",["{id}"]]"#);
    let two = format!(r#"["join_session",{{"session_id":"{id}"}},1]"#);
    let cases: [(&str, &str); 20] = [
        (r#"["join_session"]"#, "session_id"),
        (r#"["join_session",null]"#, "join_session: the payload is null"),
        (r#"["join_session",7]"#, "join_session: the payload is a number"),
        (r#"["join_session",-1e400]"#, "join_session: the payload is a number"),
        (r#"["join_session",true]"#, "join_session: the payload is a boolean"),
        (r#"["join_session","x"]"#, "join_session: the payload is a string"),
        (r#"["join_session",[]]"#, "join_session: the payload is a list"),
        (&uuid_list, "join_session: the payload is a list"),
        (&deep, "join_session: the payload is a list"),
        (&deep_user, "user"),
        (&two, "join_session: 2 values"),
        (r#"["join_session",{}]"#, "session_id"),
        (r#"["join_session",{"session_id":null}]"#, "session_id"),
        (r#"["join_session",{"session_id":"x"}]"#, "session_id"),
        (r#"["join_session",{"session_id":{"a":1}}]"#, "session_id"),
        (r#"["join_session",{"session_id":"x","session_id":"y"}]"#, "session_id"),
        (r#"["leave_session",null]"#, "leave_session: the payload is null"),
        (r#"["ping",[]]"#, "ping: the payload is a list"),
        (r#"["no_such_event",{}]"#, "no_such_event"),
        (r#"["",{}]"#, "''"),
    ];
    for (text, expected) in cases {
        client.send(packet("2", "/graph", text)).await;
        let (name, error) = client.event().await;
        assert_eq!(name, "error", "{text}");
        assert_eq!(error["code"], "INVALID_REQUEST", "{text}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(expected), "{text}: {message}");
        assert!(message.len() < 500, "{message}");
    }
    // An acknowledgement that was asked for comes, whatever was sent.
    client.send(packet("2", "/graph", r#"9["join_session",null]"#)).await;
    assert_eq!(client.event().await.0, "error");
    let Some((_, Packet::Ack(9, answer))) = client.next().await else { panic!("no answer") };
    assert_eq!(answer["error"]["code"], "INVALID_REQUEST");
    assert_eq!(client.join(&id).await["active_clients"], 1);
}

#[tokio::test]
async fn binary_payload_is_refused() {
    let server = Server::start().await;
    let mut client = Sio::connect(server.addr).await;
    client
        .send(
            r#"451-/graph,["join_session",{"session_id":{"_placeholder":true,"num":0}}]"#
                .to_owned(),
        )
        .await;
    client.socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    let error = client.event_named("error").await;
    assert_eq!(error["code"], "INVALID_REQUEST");
    assert!(error["message"].as_str().unwrap().contains("binary"), "{error}");
}

#[tokio::test]
async fn broken_packet_ends_only_its_own_connection() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut witness = server.ws().await;
    witness.join(&id).await;
    let deep = format!("42/graph,{}", "[".repeat(100_000));
    let long_id = format!("42/graph,{}[\"ping\"]", "9".repeat(100));
    let packets: [&str; 32] = [
        "",
        "0",
        "4",
        "40",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "47",
        "5",
        "6",
        "2probe",
        "b",
        "é",
        "42/graph,",
        "42/graph,[]",
        "42/graph,{}",
        "42/graph,null",
        "42/graph,[1]",
        "42/graph,[null,{}]",
        r#"42/graph,["\u0070ing"]"#,
        "42/graph,[\"ping\"",
        "43/graph,[]",
        "43/graph,1",
        "44/graph,{}",
        "45-[]",
        "451-/graph,[\"ping\",{\"_placeholder\":true}]",
        "40/nowhere,",
        &deep,
        &long_id,
    ];
    for text in packets {
        let mut client = Sio::connect(server.addr).await;
        // After some of these the server reads no more.
        let _ = client.socket.send(Message::text(text)).await;
        let _ = client.socket.send(Message::text("42/graph,[\"ping\",{}]")).await;
        let _ = client.socket.send(Message::text("1")).await;
        while client.next().await.is_some() {}
    }
    let mut client = Sio::connect(server.addr).await;
    client.socket.send(Message::binary(vec![0; 10])).await.unwrap();
    while client.next().await.is_some() {}

    let mut nowhere = Sio::open(server.addr).await;
    nowhere.send("40/nowhere,".to_owned()).await;
    let Some((_, Packet::ConnectError(error))) = nowhere.next().await else { panic!("no error") };
    assert_eq!(error, json!({"message": "Invalid namespace"}));

    assert_eq!(server.api().active_clients(&id).await, 1);
    let pong = witness.ask(json!({"type": "ping", "ref": 1})).await;
    assert_eq!(pong, json!({"type": "pong", "ref": 1}));
    assert_eq!(witness.events, Vec::<Value>::new());
}
