//! A client that does not read is evicted with a reason and delays nobody.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::{Server, Ws};

/// A client with a small window, so that little is on its way to it.
async fn narrow(server: &Server) -> Ws {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = MaybeTlsStream::Plain(socket.connect(server.addr).await.unwrap());
    let url = format!("ws://{}/api/v1/ws", server.addr);
    let (socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    Ws { socket, events: Vec::new() }
}

#[tokio::test]
async fn slow_consumer_is_evicted_while_others_get_every_event() {
    let server = Server::with(&["--cleanup-interval", "off", "--client-queue-size", "4"]).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let path = format!("/sessions/{id}");
    let mut reader = server.ws().await;
    reader.join(&id).await;
    let mut slow = narrow(&server).await;
    let slow_id = slow.join(&id).await["client_id"].clone();
    assert_eq!(reader.event().await["seq"], 2);

    // Each event is read by one of the two before the next is made; the other reads nothing.
    let filler = "x".repeat(60_000);
    let mut seq = 2;
    let gone = loop {
        assert!(seq < 5_000, "the slow client was never evicted");
        let patch = json!({"attributes": {"filler": filler, "turn": seq}});
        let (status, _) = api.call(Method::PATCH, &path, Some(patch)).await;
        assert_eq!(status, StatusCode::OK);
        seq += 1;
        let event = reader.event().await;
        assert_eq!(event["seq"], seq, "nothing is missed and nothing comes twice");
        match event["type"].as_str() {
            Some("session-disconnected") => break event,
            Some("session-updated") => {}
            other => panic!("unexpected: {other:?}"),
        }
    };
    assert_eq!(gone["client_id"], slow_id);
    assert_eq!(gone["reason"], "slow_consumer");
    assert_eq!(gone["active_clients"], 1);

    // Now it reads: what was on its way, then why there is no more.
    let mut last = 2;
    let close = loop {
        match slow.next().await {
            Ok(frame) if frame["type"] == "reconnect" => {
                assert_eq!(frame["reason"], "slow_consumer");
            }
            Ok(event) => {
                last += 1;
                assert_eq!(event["seq"], last);
            }
            Err(close) => break close.expect("a close frame"),
        }
    };
    assert_eq!(close.code, CloseCode::Again);
    assert_eq!(u16::from(close.code), 1013);
    assert!(close.reason.starts_with("slow consumer"), "{}", close.reason);
    assert_eq!(api.active_clients(&id).await, 1);
    let clients = api.get(&format!("{path}/clients")).await;
    assert_eq!(clients["clients"].as_array().unwrap().len(), 1);
    assert_ne!(clients["clients"][0]["client_id"], slow_id);
}

/// Presence is never a reason to disconnect anybody, and the last of it arrives when there is room.
#[tokio::test]
async fn late_reader_gets_the_last_presence_of_each_client() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut late = narrow(&server).await;
    late.join(&id).await;
    let (mut ada, mut bob) = (server.ws().await, server.ws().await);
    let adas_id = ada.join(&id).await["client_id"].clone();
    let bobs_id = bob.join(&id).await["client_id"].clone();
    let filler = "x".repeat(4_000);
    let presence = |data: Value| json!({"type": "presence", "session_id": id, "data": data});
    // More than the network and the queue hold together.
    for turn in 0..4_000 {
        ada.send(presence(json!([turn, filler]))).await;
        if turn % 100 == 0 {
            bob.send(presence(json!(turn))).await;
            assert_eq!(ada.ask(json!({"type": "ping"})).await["type"], "pong");
            ada.events.clear();
        }
    }
    ada.send(presence(json!("the last"))).await;
    bob.send(presence(json!(null))).await;
    for ws in [&mut ada, &mut bob] {
        assert_eq!(ws.ask(json!({"type": "ping"})).await["type"], "pong");
    }
    let (mut ada_is_done, mut bob_is_done) = (false, false);
    while !(ada_is_done && bob_is_done) {
        let event = late.event().await;
        if event["client_id"] == adas_id && event["type"] == "presence" {
            ada_is_done = event["data"] == "the last";
        } else if event["client_id"] == bobs_id && event["type"] == "presence" {
            bob_is_done = event["data"].is_null();
        }
    }
}

#[tokio::test]
async fn client_that_takes_no_bytes_is_evicted() {
    // A queue that never overflows.
    let settings = [
        "--cleanup-interval",
        "off",
        "--ping-interval",
        "1s",
        "--ping-timeout",
        "1s",
        "--client-queue-size",
        "100000",
        "--client-queue-bytes",
        "1000000000",
    ];
    let server = Server::with(&settings).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let path = format!("/sessions/{id}");
    let mut reader = server.ws().await;
    reader.join(&id).await;
    let filler = "x".repeat(60_000);
    for _ in 0..3 {
        let mut slow = narrow(&server).await;
        let slow_id = slow.join(&id).await["client_id"].clone();
        assert_eq!(reader.event().await["type"], "session-connected");
        let gone = loop {
            let patch = json!({"attributes": {"filler": filler}, "name": slow_id});
            let (status, _) = api.call(Method::PATCH, &path, Some(patch)).await;
            assert_eq!(status, StatusCode::OK);
            let (status, _) =
                api.call(Method::PATCH, &path, Some(json!({"attributes": {"filler": null}}))).await;
            assert_eq!(status, StatusCode::OK);
            let events = [reader.event().await, reader.event().await];
            if let Some(gone) = events.into_iter().find(|e| e["type"] == "session-disconnected") {
                break gone;
            }
        };
        assert_eq!(gone["client_id"], slow_id);
        assert_eq!(gone["reason"], "ping_timeout");
        // What is left of the two changes that the end fell between.
        let seq = api.get(&path).await["seq"].clone();
        while reader.event().await["seq"] != seq {}
    }
}
