//! Socket.IO over long-polling, and the upgrade to WebSocket.

use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::support::Server;
use crate::support::socketio::{HANDSHAKE, Packet, Polling, Sio, packet};

#[tokio::test]
async fn polling_client_joins_and_receives_events() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut client = Polling::connect(server.addr).await;
    let request = json!(["join_session", {"session_id": id, "since": 0}]);
    assert_eq!(client.post(packet("2", "/graph", &format!("5{request}"))).await, StatusCode::OK);
    let Packet::Event(name, joined) = client.next().await else { panic!("no event") };
    assert_eq!((name.as_str(), &joined["client_id"]), ("joined", &json!(client.id)));
    assert_eq!(client.next().await, Packet::Ack(5, joined));
    let Packet::Event(name, event) = client.next().await else { panic!("no event") };
    assert_eq!((name.as_str(), &event["seq"]), ("session-connected", &json!(1)));
    for number in 0..300 {
        let change = json!({"name": format!("n{number}")});
        api.call(Method::PATCH, &format!("/sessions/{id}"), Some(change)).await;
    }
    for seq in 2..=301 {
        assert_eq!(client.event_named("session-updated").await["seq"], seq);
    }
    // Several packets in one body are taken in their order.
    let leave = packet("2", "/graph", &json!(["leave_session", {"session_id": id}]).to_string());
    let ping = packet("2", "/graph", r#"["ping"]"#);
    client.post(format!("{leave}\u{1e}{ping}")).await;
    assert_eq!(client.event_named("left").await["active_clients"], 0);
    assert_eq!(client.event_named("pong").await, json!({}));
}

#[tokio::test]
async fn upgrade_is_neither_a_leave_nor_a_join() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut client = Polling::connect(server.addr).await;
    client.emit("join_session", json!({"session_id": id})).await;
    client.event_named("joined").await;

    let url = format!("ws://{}/{HANDSHAKE}=websocket&sid={}", server.addr, client.sid);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    socket.send(Message::text("2probe")).await.unwrap();
    // What happens during the upgrade is not lost.
    api.call(Method::PATCH, &format!("/sessions/{id}"), Some(json!({"name": "probing"}))).await;
    assert_eq!(client.poll().await, StatusCode::OK);
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("3probe"));
    socket.send(Message::text("5")).await.unwrap();
    let mut upgraded = Sio::over(socket);
    let mut events: Vec<_> = client
        .waiting
        .drain(..)
        .filter_map(|text| {
            text.strip_prefix('4').map(|text| crate::support::socketio::parse(text).1)
        })
        .filter_map(|packet| match packet {
            Packet::Event(_, data) => Some(data["seq"].clone()),
            _ => None,
        })
        .collect();
    api.call(Method::PATCH, &format!("/sessions/{id}"), Some(json!({"name": "upgraded"}))).await;
    while events.last() != Some(&json!(3)) {
        events.push(upgraded.event_named("session-updated").await["seq"].clone());
    }
    assert_eq!(events, [json!(2), json!(3)]);
    let left = upgraded.call("leave_session", json!({"session_id": id})).await;
    assert_eq!(left["client_id"], client.id);

    let history = api.get(&format!("/sessions/{id}/events")).await;
    let names: Vec<_> = history["events"].as_array().unwrap().iter().map(|e| &e["event"]).collect();
    assert_eq!(
        names,
        ["session-connected", "session-updated", "session-updated", "session-disconnected"]
    );
    assert_eq!(client.poll().await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn invalid_polling_body_is_refused() {
    let server = Server::with(&["--body-limit", "1000"]).await;
    let id = server.api().create(json!({})).await;
    let mut witness = server.ws().await;
    witness.join(&id).await;
    for body in ["", "9", "x", "4", "47", "42", "42[", "bnot base64", "4\u{1e}4", "4é"] {
        let client = Polling::connect(server.addr).await;
        let status = client.post(body.to_owned()).await;
        assert!(!status.is_server_error(), "{body}: {status}");
    }
    let client = Polling::connect(server.addr).await;
    let large = packet("2", "/graph", &json!(["ping", {"ref": "x".repeat(1000)}]).to_string());
    assert_eq!(client.post(large).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(client.post("3".to_owned()).await, StatusCode::BAD_REQUEST);

    for query in
        ["", "?EIO=4", "?EIO=3&transport=polling", "?EIO=4&transport=x", "?transport=polling"]
    {
        let url = format!("http://{}/socket.io/{query}", server.addr);
        assert_eq!(server.http.get(&url).send().await.unwrap().status(), 400, "{query}");
    }
    let url = format!("http://{}/{HANDSHAKE}=polling&sid=AAAAAAAAAAAAAAHs", server.addr);
    assert_eq!(server.http.get(&url).send().await.unwrap().status(), 400);
    assert_eq!(server.http.put(&url).send().await.unwrap().status(), 400);
    assert_eq!(server.api().active_clients(&id).await, 1);
}
