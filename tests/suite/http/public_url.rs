//! The URL by which clients reach the service through a proxy.

use crate::support::Server;
use crate::support::raw::Raw;

/// Where a session is that was created by a request for this host.
async fn location(server: &Server, host: &str) -> (u16, Option<String>) {
    let mut client = Raw::connect(server.addr).await;
    client
        .send(&format!(
            "POST /api/v1/sessions HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"
        ))
        .await;
    let answer = client.answer().await;
    (answer.status, answer.header("location").map(str::to_owned))
}

#[tokio::test]
async fn location_begins_with_the_public_url() {
    let server = Server::with(&["--public-url", "https://board.example/rc/"]).await;
    for host in ["board.example", "localhost"] {
        let (status, location) = location(&server, host).await;
        assert_eq!(status, 201);
        let location = location.unwrap();
        assert!(location.starts_with("https://board.example/rc/api/v1/sessions/"), "{location}");
    }
    assert_eq!(location(&server, "other.example").await.0, 403);
}

#[tokio::test]
async fn location_is_a_path_without_a_public_url() {
    let server = Server::start().await;
    let (_, location) = location(&server, "localhost").await;
    assert!(location.unwrap().starts_with("/api/v1/sessions/"));
}
