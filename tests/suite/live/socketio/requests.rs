//! Socket.IO over WebSocket: requests, responses, events.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::socketio::{Packet, Sio, packet};
use crate::support::{Server, Ws};

#[tokio::test]
async fn requests_are_answered_by_event_and_acknowledgement() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    for namespace in ["/graph", "/"] {
        let mut client = Sio::connect_to(server.addr, namespace).await;
        let joined = client.join(&id).await;
        assert_eq!(joined["client_id"], client.id);
        assert_eq!(joined["active_clients"], 1);
        assert_eq!(joined["clients"][0]["transport"], "socket.io");
        assert_eq!(joined.get("ref"), None);

        let joined_again =
            client.call("join_session", json!({"session_id": id, "ref": [1, "a"]})).await;
        assert_eq!(joined_again["active_clients"], 1);
        assert_eq!(joined_again["ref"], json!([1, "a"]));
        assert_eq!(client.event().await, ("joined".to_owned(), joined_again));

        assert_eq!(client.call("ping", json!({"ref": 7})).await, json!({"ref": 7}));
        assert_eq!(client.event().await, ("pong".to_owned(), json!({"ref": 7})));

        let left = client.call("leave_session", json!({"session_id": id})).await;
        assert_eq!(left, json!({"session_id": id, "client_id": client.id, "active_clients": 0}));
        assert_eq!(client.event().await, ("left".to_owned(), left));
    }
}

#[tokio::test]
async fn errors_are_sent_as_event_and_acknowledgement() {
    let server = Server::start().await;
    let mut client = Sio::connect(server.addr).await;
    let id = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    let answer = client.call("join_session", json!({"session_id": id, "ref": "r"})).await;
    assert_eq!(answer["error"]["code"], "SESSION_NOT_FOUND");
    assert!(answer["error"]["message"].as_str().unwrap().contains(id));
    assert_eq!(answer["ref"], "r");
    let error = client.event_named("error").await;
    assert_eq!(error["code"], "SESSION_NOT_FOUND");
    assert_eq!(error["message"], answer["error"]["message"]);
    assert_eq!(error["ref"], "r");

    let id = server.api().create(json!({})).await;
    server.api().call(Method::DELETE, &format!("/sessions/{id}"), None).await;
    let answer = client.call("join_session", json!({"session_id": id})).await;
    assert_eq!(answer["error"]["code"], "SESSION_REMOVED");
    assert_eq!(answer["error"]["details"]["reason"], "deleted");
}

#[tokio::test]
async fn both_transports_send_the_same_events_in_the_same_order() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut plain = server.ws().await;
    plain.join(&id).await;
    let mut sio = Sio::connect(server.addr).await;
    let mut root = Sio::connect_to(server.addr, "/").await;
    assert_eq!(sio.join(&id).await["seq"], 2);
    assert_eq!(root.join(&id).await["seq"], 3);
    for number in 0..50 {
        let path = format!("/sessions/{id}");
        api.call(Method::PATCH, &path, Some(json!({"name": format!("n{number}")}))).await;
    }
    api.call(Method::DELETE, &format!("/sessions/{id}"), None).await;

    async fn plain_events(client: &mut Ws, from: i64) -> Vec<Value> {
        let mut events = Vec::new();
        while events.last().is_none_or(|last: &Value| last["type"] != "session-removed") {
            let event = client.event().await;
            if event["seq"].as_i64().unwrap() > from {
                events.push(event);
            }
        }
        events
    }
    let plain = plain_events(&mut plain, 3).await;
    for client in [&mut sio, &mut root] {
        let mut events = Vec::new();
        while events.last().is_none_or(|last: &Value| last["type"] != "session-removed") {
            let (name, mut data) = client.event().await;
            assert!(data.get("type").is_none() && data.get("event").is_none(), "{data}");
            data["type"] = name.into();
            if data["seq"].as_i64().unwrap() > 3 {
                events.push(data);
            }
        }
        assert_eq!(events, plain);
    }
    let seqs: Vec<i64> = plain.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (4..=54).collect::<Vec<_>>());
}

#[tokio::test]
async fn join_with_since_over_socketio_replays_missed_events_first() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let path = format!("/sessions/{id}");
    // More than one page, and more than the library's buffer takes.
    const MISSED: i64 = 1200;
    for number in 1..=MISSED {
        api.call(Method::PATCH, &path, Some(json!({"name": format!("n{number}")}))).await;
    }
    let mut client = Sio::connect(server.addr).await;
    let joined = client.call("join_session", json!({"session_id": id, "since": 10})).await;
    assert_eq!(joined["seq"], MISSED + 1);
    assert_eq!(client.event().await.0, "joined");
    api.call(Method::PATCH, &path, Some(json!({"name": "live"}))).await;
    for seq in 11..=MISSED + 2 {
        let (name, event) = client.event().await;
        assert_eq!(event["seq"], seq);
        let expected = if seq == MISSED + 1 { "session-connected" } else { "session-updated" };
        assert_eq!(name, expected);
    }

    let mut ahead = Sio::connect(server.addr).await;
    ahead.emit("join_session", json!({"session_id": id, "since": 99_999})).await;
    assert_eq!(ahead.event().await.0, "joined");
    assert_eq!(ahead.event().await, ("gap".to_owned(), json!({"session_id": id})));
}

#[tokio::test]
async fn requests_of_one_socket_are_answered_in_order() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut client = Sio::connect(server.addr).await;
    for number in 0..200 {
        let name = if number % 2 == 0 { "join_session" } else { "leave_session" };
        client.emit(name, json!({"session_id": id, "ref": number})).await;
    }
    let mut answered = 0;
    while answered < 200 {
        let (name, answer) = client.event().await;
        if let Some(reference) = answer.get("ref") {
            assert_eq!(reference, answered);
            assert_eq!(name, if answered % 2 == 0 { "joined" } else { "left" });
            answered += 1;
        }
    }
    assert_eq!(server.api().active_clients(&id).await, 0);
}

#[tokio::test]
async fn two_namespaces_of_one_connection_are_two_clients() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut client = Sio::connect(server.addr).await;
    let first = client.join(&id).await["client_id"].clone();
    assert_eq!(first, client.id);

    client.send("40".to_owned()).await;
    assert!(matches!(client.next().await, Some((_, Packet::Connect(_)))));
    client.namespace = "/".to_owned();
    let second = client.call("join_session", json!({"session_id": id})).await;
    assert_eq!(second["active_clients"], 2);
    assert_ne!(second["client_id"], first);

    client.send("41".to_owned()).await;
    client.namespace = "/graph".to_owned();
    client.events.clear();
    let event = client.event_named("session-disconnected").await;
    assert_eq!(event["client_id"], second["client_id"]);
    assert_eq!(api.active_clients(&id).await, 1);

    // Out of the namespace and in again, without waiting: a new client, whatever it is called.
    for _ in 0..20 {
        client.send(packet("1", "/graph", "")).await;
        client.send(packet("0", "/graph", "")).await;
        assert!(matches!(client.next_but_events().await, Some(Packet::Connect(_))));
        let joined = client.call("join_session", json!({"session_id": id})).await;
        assert_eq!(joined.get("error"), None, "{joined}");
    }
    crate::support::eventually("only the last one is in", || async {
        api.active_clients(&id).await == 1
    })
    .await;
    let clients = api.get(&format!("/sessions/{id}/clients")).await;
    let names: HashSet<_> = clients["clients"].as_array().unwrap().iter().collect();
    assert_eq!(names.len(), 1);
}

#[tokio::test]
async fn commands_and_presence_work_over_socketio() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut one = Sio::connect(server.addr).await;
    let mut other = Sio::connect_to(server.addr, "/").await;
    one.join(&id).await;
    other.join(&id).await;
    assert_eq!(one.event_named("session-connected").await["seq"], 2);

    let create = json!({
        "session_id": id, "command_type": "CreateNode", "data": {"blueprint_type_id": "task"}
    });
    let executed = one.call("execute", create).await;
    assert_eq!(executed["success"], true);
    let undone = one.call("undo", json!({"session_id": id, "ref": 1})).await;
    assert_eq!(undone["ref"], 1);
    let again = one.call("undo", json!({"session_id": id})).await;
    assert_eq!(again["error"]["code"], "NOTHING_TO_UNDO");
    for (seq, expected) in (3..).zip(["node-created", "command-executed", "node-deleted", "undo"]) {
        for client in [&mut one, &mut other] {
            let event = client.event_named(expected).await;
            assert_eq!(event["seq"], seq, "{expected}");
        }
    }

    let presence = json!({"session_id": id, "data": {"cursor": [1, 2]}, "ref": 2});
    // There is no answer; an acknowledgement that was asked for says that it was taken.
    assert_eq!(one.call("presence", presence).await, json!({"ref": 2}));
    let expected = json!({"session_id": id, "client_id": one.id, "data": {"cursor": [1, 2]}});
    assert_eq!(other.event_named("presence").await, expected);
    assert_eq!(one.call("ping", json!({})).await, json!({}));
    assert!(one.events.iter().all(|(name, _)| name != "presence"), "{:?}", one.events);
}
