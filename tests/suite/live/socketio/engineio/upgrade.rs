//! The upgrade from polling to WebSocket, and probes that fail.

use super::{SILENT, departure, is_closed, joined, next_text, poll, upgrade, waiting_poll};

use futures_util::SinkExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::Server;

#[tokio::test]
async fn upgrade_releases_the_poll_once_and_leaves_requests_to_the_websocket() {
    let server = Server::with(&SILENT).await;
    let (client, id) = joined(&server).await;
    let mut socket = upgrade(&client, server.addr).await;
    socket.send(Message::text("2probe")).await.unwrap();
    assert_eq!(next_text(&mut socket).await, "3probe");
    assert_eq!(poll(&client).await, "6");

    // Another WebSocket may neither take part nor disturb.
    let mut other = upgrade(&client, server.addr).await;
    assert!(is_closed(&mut other).await);
    // A client that upgrades does not poll; to break off is no end.
    drop(waiting_poll(&client, server.addr).await);
    socket.send(Message::text("5")).await.unwrap();
    socket.send(Message::text(r#"42/graph,["ping",{}]"#)).await.unwrap();
    assert_eq!(next_text(&mut socket).await, r#"42/graph,["pong",{}]"#);

    let again = client.http.get(&client.url).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
    assert_eq!(client.post("3".to_owned()).await, StatusCode::BAD_REQUEST);
    let mut other = upgrade(&client, server.addr).await;
    assert!(is_closed(&mut other).await);
    socket.send(Message::text(r#"42/graph,["ping",{}]"#)).await.unwrap();
    assert_eq!(next_text(&mut socket).await, r#"42/graph,["pong",{}]"#);
    assert_eq!(server.api().active_clients(&id).await, 1);
    socket.send(Message::text("1")).await.unwrap();
    assert!(is_closed(&mut socket).await);
    assert_eq!(departure(&server, &id).await, "disconnected");
}

#[tokio::test]
async fn probe_that_fails_ends_its_websocket_and_nothing_else() {
    let server = Server::with(&SILENT).await;
    let (mut client, id) = joined(&server).await;
    for wrong in ["5", "abc", "2", "4"] {
        let mut socket = upgrade(&client, server.addr).await;
        socket.send(Message::text(wrong)).await.unwrap();
        assert!(is_closed(&mut socket).await, "{wrong}");
    }
    let mut socket = upgrade(&client, server.addr).await;
    socket.send(Message::text("2probe")).await.unwrap();
    assert_eq!(next_text(&mut socket).await, "3probe");
    drop(socket);
    let path = format!("/sessions/{id}");
    server.api().call(Method::PATCH, &path, Some(json!({"name": "still here"}))).await;
    assert_eq!(client.event_named("session-updated").await["seq"], 2);
    assert_eq!(server.api().active_clients(&id).await, 1);
}

#[tokio::test]
async fn uncompleted_probe_lets_messages_flow_and_times_out() {
    let server = Server::with(&SILENT).await;
    let (client, id) = joined(&server).await;
    let mut socket = upgrade(&client, server.addr).await;
    socket.send(Message::text("2probe")).await.unwrap();
    assert_eq!(next_text(&mut socket).await, "3probe");
    let (api, path) = (server.api(), format!("/sessions/{id}"));
    let (mut noops, mut seqs) = (0, Vec::new());
    let mut end = std::pin::pin!(is_closed(&mut socket));
    loop {
        tokio::select! {
            is_closed = &mut end => {
                assert!(is_closed);
                break;
            }
            answer = poll(&client) => {
                for packet in answer.split('\u{1e}') {
                    if packet == "6" {
                        noops += 1;
                        api.call(Method::PATCH, &path, Some(json!({"name": noops.to_string()}))).await;
                    } else {
                        let event: Value =
                            serde_json::from_str(packet.strip_prefix("42/graph,").unwrap()).unwrap();
                        seqs.push(event[1]["seq"].as_i64().unwrap());
                    }
                }
            }
        }
    }
    assert!((1..=10).contains(&noops), "{noops} polls were released for nothing");
    assert_eq!(seqs, (2..2 + seqs.len() as i64).collect::<Vec<_>>());
    assert!(seqs.len() as i32 >= noops - 1, "{noops}: {seqs:?}");
}
