//! The host names that the service accepts, which protects against DNS rebinding.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::Server;
use crate::support::raw::{Answer, Raw};
use crate::support::socketio::HANDSHAKE;

/// The answer to this request line with these headers.
async fn ask(server: &Server, line: &str, headers: &[&str]) -> Answer {
    let mut client = Raw::connect(server.addr).await;
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    client.send(&format!("{line}\r\n{headers}\r\n")).await;
    client.answer().await
}

const WEBSOCKET: [&str; 4] = [
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/// Whether a page of this host gets in by each way there is.
async fn gets_in(server: &Server, host: &str) -> bool {
    let host_header = format!("Host: {host}");
    let origin = format!("Origin: http://{host}");
    let page = [host_header.as_str(), origin.as_str()];
    let socket = [&page[..], &WEBSOCKET[..]].concat();
    let post = [&page[..], &["Content-Length: 0"]].concat();
    let polling = format!("GET /{HANDSHAKE}=polling HTTP/1.1");
    let socketio = format!("GET /{HANDSHAKE}=websocket HTTP/1.1");
    let mut statuses = Vec::new();
    for (line, headers, expected) in [
        ("GET /api/v1/sessions HTTP/1.1", &page[..], 200),
        ("GET /api/v1/sessions HTTP/1.1", &page[..1], 200),
        ("GET /nowhere HTTP/1.1", &page[..], 404),
        ("POST /api/v1/sessions HTTP/1.1", &post[..], 201),
        ("GET /api/v1/ws HTTP/1.1", &socket[..], 101),
        (&polling, &page[..], 200),
        (&socketio, &socket[..], 101),
    ] {
        let answer = ask(server, line, headers).await;
        if answer.status == 403 {
            let error = &answer.json()["error"];
            assert_eq!(error["code"], "FORBIDDEN");
            assert!(error["message"].as_str().unwrap().contains("--allowed-hosts"), "{error}");
        }
        statuses.push((answer.status, expected));
    }
    if statuses.iter().all(|(status, _)| *status == 403) {
        return false;
    }
    assert!(statuses.iter().all(|(status, expected)| status == expected), "{host}: {statuses:?}");
    true
}

#[tokio::test]
async fn loopback_listener_accepts_only_local_host_names() {
    let server = Server::start().await;
    let own = server.addr.to_string();
    for host in ["localhost", "LOCALHOST:5000", "127.0.0.1:1", "[::1]:5000", own.as_str()] {
        assert!(gets_in(&server, host).await, "{host}");
    }
    for host in
        ["attacker.example", "attacker.example:5000", "localhost.attacker.example", "0.0.0.0"]
    {
        assert!(!gets_in(&server, host).await, "{host}");
    }
    assert_eq!(server.api().get("/sessions").await["total"], 5);
}

#[tokio::test]
async fn allowed_hosts_are_accepted_beside_local_names() {
    let list = "board.example.org,other.example";
    let server = Server::with(&["--cleanup-interval", "off", "--allowed-hosts", list]).await;
    for host in ["board.example.org", "Board.Example.org:8443", "other.example.", "localhost"] {
        assert!(gets_in(&server, host).await, "{host}");
    }
    assert!(!gets_in(&server, "attacker.example").await);
    let server = Server::with(&["--cleanup-interval", "off", "--allowed-hosts", "*"]).await;
    assert!(gets_in(&server, "whatever.example").await);
}

#[tokio::test]
async fn public_listener_accepts_any_host_unless_allowed_hosts_is_set() {
    let everywhere = ["--cleanup-interval", "off", "--listen", "0.0.0.0:0", "--insecure-no-auth"];
    let server = Server::with(&everywhere).await;
    assert!(gets_in(&server, "whatever.example").await);
    let settings = [&everywhere[..], &["--allowed-hosts", "board.example"]].concat();
    let server = Server::with(&settings).await;
    assert!(gets_in(&server, "board.example").await);
    assert!(gets_in(&server, "192.0.2.1:5000").await, "an address can't be made to point here");
    assert!(!gets_in(&server, "whatever.example").await);
}

#[tokio::test]
async fn missing_repeated_or_malformed_host_is_refused() {
    let server = Server::start().await;
    let get = "GET /api/v1/sessions HTTP/1.1";
    for headers in [
        &[][..],
        &["Host: localhost", "Host: localhost"],
        &["Host: localhost", "Host: attacker.example"],
        &["Host: local host"],
        &["Host: user@localhost"],
        &["Host: http://localhost"],
        &["Host: localhost:port"],
        &["Host: localhost/path"],
        &["Host: [::1"],
        &["Host: \u{e9}"],
    ] {
        let answer = ask(&server, get, headers).await;
        assert_eq!(answer.status, 400, "{headers:?}: {answer:?}");
        assert_eq!(answer.json()["error"]["code"], "INVALID_REQUEST");
    }
    // HTTP/1.0 has no Host, and no browser speaks it.
    assert_eq!(ask(&server, "GET /api/v1/sessions HTTP/1.0", &[]).await.status, 200);
}

#[tokio::test]
async fn host_in_the_request_target_overrides_the_header() {
    let server = Server::start().await;
    for (line, host, expected) in [
        ("GET http://attacker.example/api/v1/health HTTP/1.1", "localhost", 403),
        ("GET http://localhost:5000/api/v1/health HTTP/1.1", "attacker.example", 200),
        ("GET http://user@localhost/api/v1/health HTTP/1.1", "localhost", 400),
        ("GET http://attacker.example/api/v1/health HTTP/1.0", "localhost", 403),
        ("CONNECT attacker.example:443 HTTP/1.1", "localhost", 403),
    ] {
        let answer = ask(&server, line, &[&format!("Host: {host}")]).await;
        assert_eq!(answer.status, expected, "{line}: {answer:?}");
    }
}

#[tokio::test]
async fn local_origin_is_accepted_only_with_a_local_host() {
    let server =
        Server::with(&["--cleanup-interval", "off", "--allowed-hosts", "board.example"]).await;
    let post = async |host: &str, origin: &str| {
        let headers = [format!("Host: {host}"), format!("Origin: {origin}")];
        let headers = [&headers[0], &headers[1], "Content-Length: 0"];
        ask(&server, "POST /api/v1/sessions HTTP/1.1", &headers).await
    };
    let answer = post("localhost:5000", "http://localhost:3000").await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("access-control-allow-origin"), Some("http://localhost:3000"));
    assert_eq!(answer.header("access-control-allow-credentials"), None, "nobody has named it");
    let answer = post("board.example", "http://localhost:3000").await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (403, &json!("FORBIDDEN")));
    assert_eq!(post("board.example", "https://board.example").await.status, 201);
}
