//! The number of connections is limited, in total and for each address; refused ones get a reason.

use futures_util::future::join_all;
use tokio_tungstenite::tungstenite::Error;

use crate::support::raw::Raw;
use crate::support::{Binary, Server, eventually};

/// So many connections that are served and stay open.
async fn open(server: &Server, count: usize) -> Vec<Raw> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = Raw::connect(server.addr).await;
        assert_eq!(client.get("/api/v1/health").await.status, 200);
        clients.push(client);
    }
    clients
}

/// One more is refused with this status and code, and closed.
async fn check_refusal(server: &Server, status: u16, code: &str, setting: &str) {
    let mut client = Raw::connect(server.addr).await;
    let answer = client.get("/api/v1/health").await;
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(answer.header("retry-after"), Some("1"));
    let error = &answer.json()["error"];
    assert_eq!(error["code"], code);
    assert!(error["message"].as_str().unwrap().contains(setting), "{error}");
    client.closed().await;
}

/// Whether a connection is served.
async fn is_served(server: &Server) -> bool {
    Raw::connect(server.addr).await.get("/api/v1/health").await.status == 200
}

#[tokio::test]
async fn connection_beyond_the_limit_is_refused_until_one_closes() {
    let server = Server::with(&["--cleanup-interval", "off", "--max-connections", "3"]).await;
    let mut clients = open(&server, 3).await;
    check_refusal(&server, 503, "UNAVAILABLE", "--max-connections").await;
    // Those that are in are served as before.
    assert_eq!(clients[0].get("/api/v1/health").await.status, 200);
    clients.pop();
    eventually("there is room again", || is_served(&server)).await;
}

#[tokio::test]
async fn connection_beyond_the_limit_of_its_address_is_refused() {
    let setting = "--max-connections-per-address";
    let server = Server::with(&["--cleanup-interval", "off", setting, "2"]).await;
    let mut clients = open(&server, 2).await;
    check_refusal(&server, 429, "RATE_LIMITED", setting).await;
    clients.pop();
    eventually("there is room again", || is_served(&server)).await;
}

#[tokio::test]
async fn websocket_counts_as_a_connection_until_it_closes() {
    let server = Server::with(&["--cleanup-interval", "off", "--max-connections", "2"]).await;
    let first = server.ws().await;
    let _second = server.ws().await;
    check_refusal(&server, 503, "UNAVAILABLE", "--max-connections").await;
    let url = format!("ws://{}/api/v1/ws", server.addr);
    match tokio_tungstenite::connect_async(url).await {
        Err(Error::Http(answer)) => assert_eq!(answer.status(), 503),
        other => panic!("{other:?}"),
    }
    first.close().await;
    eventually("there is room again", || is_served(&server)).await;
}

#[tokio::test]
async fn silent_refused_connections_do_not_delay_other_refusals() {
    let server = Server::with(&["--cleanup-interval", "off", "--max-connections", "1"]).await;
    let _client = open(&server, 1).await;
    let silent = join_all((0..200).map(|_| Raw::connect(server.addr))).await;
    for mut client in silent {
        client.closed().await;
    }
    check_refusal(&server, 503, "UNAVAILABLE", "--max-connections").await;
}

#[tokio::test]
async fn connection_limit_is_reduced_to_the_open_file_limit_with_a_warning() {
    let server = Binary::start_after("ulimit -n 140", &[]).await;
    let mut clients = Vec::new();
    let refused = loop {
        let mut client = Raw::connect(server.addr).await;
        let answer = client.get("/api/v1/health").await;
        match answer.status {
            200 => clients.push(client),
            _ => break answer,
        }
    };
    assert_eq!((refused.status, clients.len()), (503, 12));
    let log = server.log();
    assert!(log.contains("--max-connections") && log.contains("140"), "{log}");
    let refusals = "connection rejected";
    eventually("the log names refusals", || async { server.log().contains(refusals) }).await;
}
