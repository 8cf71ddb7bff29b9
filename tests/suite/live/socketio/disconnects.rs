//! Every way in which a Socket.IO client can end: it is disconnected once, for the right reason.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::support::socketio::{Packet, Polling, Sio, packet};
use crate::support::{Api, Server, eventually};

/// The reasons of all departures, on all pages of the session's events.
async fn departures(api: &Api, session_id: &str) -> Vec<String> {
    let mut reasons = Vec::new();
    let mut since = json!(0);
    while !since.is_null() {
        let page = api.get(&format!("/sessions/{session_id}/events?since={since}")).await;
        let events = page["events"].as_array().unwrap();
        let departures = events.iter().filter(|event| event["event"] == "session-disconnected");
        reasons.extend(departures.map(|event| event["reason"].as_str().unwrap().to_owned()));
        since = page["next_since"].clone();
    }
    reasons
}

/// Waits until the session is empty, and looks that one client went, once, for this reason.
async fn gone_once(server: &Server, session_id: &str, reason: &str) {
    let api = server.api();
    eventually("the client is disconnected", || async {
        api.active_clients(session_id).await == 0
    })
    .await;
    // A second departure would come right behind.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(departures(&api, session_id).await, [reason]);
}

async fn joined(server: &Server) -> (Sio, String) {
    let id = server.api().create(json!({})).await;
    let mut client = Sio::connect(server.addr).await;
    client.join(&id).await;
    (client, id)
}

#[tokio::test]
async fn disconnect_by_leaving_the_namespace() {
    let server = Server::start().await;
    let (mut client, id) = joined(&server).await;
    client.send(packet("1", "/graph", "")).await;
    gone_once(&server, &id, "disconnected").await;
    drop(client);
    gone_once(&server, &id, "disconnected").await;
}

#[tokio::test]
async fn disconnect_after_leaving_the_session() {
    let server = Server::start().await;
    let (mut client, id) = joined(&server).await;
    client.call("leave_session", json!({"session_id": id})).await;
    client.send(packet("1", "/graph", "")).await;
    drop(client);
    gone_once(&server, &id, "left").await;
}

#[tokio::test]
async fn disconnect_by_closing_the_transport() {
    let server = Server::start().await;
    for how in [Message::text("1"), Message::Close(None)] {
        let (mut client, id) = joined(&server).await;
        client.socket.send(how).await.unwrap();
        gone_once(&server, &id, "disconnected").await;
    }
}

#[tokio::test]
async fn disconnect_by_a_broken_transport() {
    let server = Server::start().await;
    let (client, id) = joined(&server).await;
    drop(client);
    gone_once(&server, &id, "connection_lost").await;
}

#[tokio::test]
async fn disconnect_by_ping_timeout() {
    let server = Server::with(&["--ping-interval", "100ms", "--ping-timeout", "100ms"]).await;
    let (mut client, id) = joined(&server).await;
    client.answers_pings = false;
    while client.next().await.is_some() {}
    gone_once(&server, &id, "ping_timeout").await;
}

#[tokio::test]
async fn silent_client_that_answers_pings_stays_connected() {
    let server = Server::with(&["--ping-interval", "50ms", "--ping-timeout", "2s"]).await;
    let (mut client, id) = joined(&server).await;
    let silence = tokio::time::timeout(Duration::from_millis(600), client.next()).await;
    assert!(silence.is_err(), "{silence:?}");
    assert_eq!(server.api().active_clients(&id).await, 1);
}

#[tokio::test]
async fn disconnect_of_a_polling_client_that_stops_polling() {
    let server = Server::with(&["--ping-interval", "100ms", "--ping-timeout", "100ms"]).await;
    let id = server.api().create(json!({})).await;
    let mut client = Polling::connect(server.addr).await;
    client.emit("join_session", json!({"session_id": id})).await;
    client.event_named("joined").await;
    assert_eq!(server.api().active_clients(&id).await, 1);
    gone_once(&server, &id, "ping_timeout").await;
    assert_eq!(client.poll().await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn disconnect_of_a_polling_client_by_close_packet() {
    let server = Server::start().await;
    for (packet, reason) in [("1", "disconnected"), ("41/graph,", "disconnected")] {
        let id = server.api().create(json!({})).await;
        let mut client = Polling::connect(server.addr).await;
        client.emit("join_session", json!({"session_id": id})).await;
        client.event_named("joined").await;
        client.post(packet.to_owned()).await;
        gone_once(&server, &id, reason).await;
    }
}

#[tokio::test]
async fn disconnect_by_two_concurrent_polls() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut client = Polling::connect(server.addr).await;
    client.emit("join_session", json!({"session_id": id})).await;
    client.event_named("joined").await;
    client.post("3".to_owned()).await;
    let poll = || client.http.get(&client.url).send();
    let (one, other) = tokio::join!(poll(), poll());
    assert!(one.unwrap().status() == 400 || other.unwrap().status() == 400);
    gone_once(&server, &id, "connection_lost").await;
}

#[tokio::test]
async fn disconnect_by_an_unreadable_packet() {
    let server = Server::start().await;
    let (mut client, id) = joined(&server).await;
    client.send("42/graph,not json".to_owned()).await;
    while client.next().await.is_some() {}
    gone_once(&server, &id, "connection_lost").await;
}

#[tokio::test]
async fn disconnect_by_server_shutdown() {
    let mut server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut client = Sio::connect(server.addr).await;
    client.join(&id).await;
    let mut polling = Polling::connect(server.addr).await;
    polling.emit("join_session", json!({"session_id": id})).await;
    polling.event_named("joined").await;
    let poll = tokio::spawn(async move { polling.event_named("reconnect").await });
    // One that is in no namespace must not hold the end up either.
    let idle = Sio::open(server.addr).await;

    let begun = std::time::Instant::now();
    server.restart().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let advice = client.event_named("reconnect").await;
    assert_eq!(advice["reason"], "server_shutdown");
    assert!((500..5_000).contains(&advice["after_ms"].as_u64().unwrap()), "{advice}");
    let last = loop {
        match client.next().await {
            Some((_, Packet::Event(..))) => {}
            other => break other,
        }
    };
    assert_eq!(last, None, "the transport is closed; the library reconnects automatically");
    assert_eq!(poll.await.unwrap()["reason"], "server_shutdown");
    drop(idle);
    let events = server.api().get(&format!("/sessions/{id}/events")).await;
    let reasons: Vec<_> = events["events"].as_array().unwrap()[2..]
        .iter()
        .map(|event| (event["event"].as_str().unwrap(), event["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(reasons, [("session-disconnected", "server_shutdown"); 2]);
}

#[tokio::test]
async fn disconnect_of_a_client_that_does_not_read() {
    let server = Server::with(&["--client-queue-size", "8"]).await;
    let api = server.api();
    let (client, id) = joined(&server).await;
    let mut witness = server.ws().await;
    witness.join(&id).await;
    let path = format!("/sessions/{id}");
    let text = "x".repeat(60_000);
    let mut changes = 0;
    while api.active_clients(&id).await == 2 {
        let change = json!({"attributes": {"text": text, "change": changes}});
        api.call(Method::PATCH, &path, Some(change)).await;
        changes += 1;
        assert!(changes < 500, "still in after {changes} large events");
        while let Ok(event) = tokio::time::timeout(Duration::from_millis(1), witness.event()).await
        {
            if event["type"] == "session-disconnected" {
                assert_eq!(event["reason"], "slow_consumer");
                assert_eq!(event["client_id"], client.id);
            }
        }
    }
    witness.close().await;
    eventually("the witness is out", || async { api.active_clients(&id).await == 0 }).await;
    assert_eq!(departures(&api, &id).await, ["slow_consumer", "disconnected"]);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Server::with(&["--client-queue-size", "16"]).await;
    let (mut client, _) = joined(&server).await;
    for number in 0..2000 {
        client.emit("ping", json!({"ref": number})).await;
    }
    for number in 0..2000 {
        assert_eq!(client.event_named("pong").await, json!({"ref": number}));
    }
}

#[tokio::test]
async fn disconnect_of_a_client_that_does_not_read_a_quiet_session() {
    let settings = ["--ping-interval", "4s", "--ping-timeout", "500ms"];
    let server = Server::with(&settings).await;
    let api = server.api();
    let (client, id) = joined(&server).await;
    // 6 MB: more than the network takes, less than the client's queue.
    let text = "x".repeat(60_000);
    let changes = (0..100).map(|number| {
        let change = json!({"attributes": {"text": text, "number": number}});
        let (api, path) = (api.clone(), format!("/sessions/{id}"));
        async move { api.call(Method::PATCH, &path, Some(change)).await }
    });
    futures_util::stream::iter(changes).buffer_unordered(32).collect::<Vec<_>>().await;
    gone_once(&server, &id, "ping_timeout").await;
    drop(client);
}
