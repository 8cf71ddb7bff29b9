//! A client that does not keep up is put out, told why, and slows nobody.

use reqwest::{Method, StatusCode};
use serde_json::json;
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
async fn a_client_that_does_not_read_is_put_out_while_the_others_hear_everything() {
    let server = Server::with(&["--cleanup-interval", "off", "--client-queue", "4"]).await;
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
        assert!(seq < 5_000, "the slow client was never put out");
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
