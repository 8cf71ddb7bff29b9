//! A stop with many clients: each learns when to reconnect, and is disconnected in its sessions.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::raw::Raw;
use crate::support::{Binary, Ws, eventually, number, sql};

const CLIENTS: usize = 200;

/// Reads until the connection ends; how long the client is to wait before it comes back.
async fn advice(mut ws: Ws) -> u64 {
    let mut after_ms = None;
    loop {
        match ws.next().await {
            Ok(frame) if frame["type"] == "reconnect" => {
                assert_eq!(frame["reason"], "server_shutdown");
                after_ms = frame["after_ms"].as_u64();
            }
            Ok(frame) => assert_eq!(after_ms, None, "the last frame is the advice: {frame}"),
            Err(close) => {
                assert_eq!(u16::from(close.expect("a close frame").code), 1001);
                return after_ms.expect("advice before the close frame");
            }
        }
    }
}

#[tokio::test]
async fn stop_under_load_says_to_all_clients_when_to_reconnect() {
    let mut server = Binary::start(&["--cleanup-interval", "off"]).await;
    let id = server.api().create(json!({})).await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let mut ws = server.ws().await;
        ws.join(&id).await;
        clients.push(ws);
    }
    let (api, path) = (server.api(), format!("/sessions/{id}/commands"));
    let load = tokio::spawn(async move {
        let create = json!({"command_type": "CreateNode", "data": {"blueprint_type_id": "t"}});
        let url = format!("http://{}/api/v1{path}", api.addr);
        while api.http.post(&url).json(&create).send().await.is_ok() {}
    });
    server.signal("TERM").await;
    let delays = join_all(clients.into_iter().map(advice)).await;
    assert!(server.ended().await.success(), "{}", server.log());
    load.await.unwrap();
    assert!(delays.iter().all(|delay| (500..5_000).contains(delay)), "{delays:?}");
    let different: BTreeSet<u64> = delays.into_iter().collect();
    assert!(different.len() > CLIENTS / 2, "they come back at different times: {different:?}");
    let mut file = sql(server.database()).await;
    assert_eq!(number(&mut file, "select count(*) from clients").await, 0);
    assert_eq!(number(&mut file, "select sum(active_clients) from sessions").await, 0);
}

#[tokio::test]
async fn drain_timeout_ends_a_stop_that_waits_for_a_request() {
    let settings =
        ["--cleanup-interval", "off", "--body-timeout", "1h", "--drain-timeout", "100ms"];
    let mut server = Binary::start(&settings).await;
    let mut client = Raw::connect(server.addr).await;
    let head = "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n";
    client.send(&format!("{head}Expect: 100-continue\r\n\r\n")).await;
    assert_eq!(client.answer().await.status, 100);
    server.signal("TERM").await;
    eventually("it gives up", || async { server.log().contains("did not end in time") }).await;
    assert_eq!(server.ended().await.code(), Some(0));
}
