//! What a request needs to become a WebSocket, for both transports.

use crate::support::Server;
use crate::support::raw::{Answer, Raw};

async fn upgrade(server: &Server, path: &str, headers: &[&str]) -> Answer {
    let mut client = Raw::connect(server.addr).await;
    let headers = headers.join("\r\n");
    client.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n")).await;
    client.answer().await
}

#[tokio::test]
async fn upgrade_with_another_websocket_version_is_426() {
    let server = Server::start().await;
    for path in ["/api/v1/ws", "/socket.io/?EIO=4&transport=websocket"] {
        let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
        let begin = ["Upgrade: websocket", "Connection: Upgrade", key];
        for version in ["8", "14", "13, 8", "x", ""] {
            let version = format!("Sec-WebSocket-Version: {version}");
            let headers = [&begin[..], &[&version]].concat();
            let answer = upgrade(&server, path, &headers).await;
            assert_eq!(answer.status, 426, "{path} {version}: {answer:?}");
            assert_eq!(answer.header("sec-websocket-version"), Some("13"));
            assert_eq!(answer.header("upgrade"), Some("websocket"));
            assert_eq!(answer.json()["error"]["code"], "INVALID_REQUEST");
        }
        let headers = [&begin[..], &["Sec-WebSocket-Version: 13"]].concat();
        assert_eq!(upgrade(&server, path, &headers).await.status, 101, "{path}");
    }
}

#[tokio::test]
async fn request_without_upgrade_headers_is_refused() {
    let server = Server::start().await;
    for headers in [
        &[][..],
        &["Upgrade: websocket", "Connection: Upgrade"],
        &["Upgrade: h2c", "Connection: Upgrade", "Sec-WebSocket-Version: 13"],
        &["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"],
        &[
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: short",
        ],
    ] {
        let answer = upgrade(&server, "/api/v1/ws", headers).await;
        assert_eq!(answer.status, 400, "{headers:?}: {answer:?}");
        assert_eq!(answer.json()["error"]["code"], "INVALID_REQUEST");
    }
}
