//! Requests from web pages: the allowed origins, preflights and CORS headers.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, http};

use crate::support::Server;
use crate::support::socketio::HANDSHAKE;

async fn call(server: &Server, method: Method, path: &str, origin: &str) -> reqwest::Response {
    let url = format!("http://{}{path}", server.addr);
    server.http.request(method, url).header("origin", origin).send().await.unwrap()
}

/// The status of the handshake.
async fn websocket(server: &Server, path: &str, origin: &str) -> (u16, Value) {
    let mut request = format!("ws://{}{path}", server.addr).into_client_request().unwrap();
    request.headers_mut().insert("origin", origin.parse().unwrap());
    match tokio_tungstenite::connect_async(request).await {
        Ok((_, response)) => (response.status().as_u16(), Value::Null),
        Err(Error::Http(response)) => {
            let response: http::Response<Option<Vec<u8>>> = *response;
            let (parts, body) = response.into_parts();
            let body = body.map(|body| serde_json::from_slice(&body).unwrap_or_default());
            (parts.status.as_u16(), body.unwrap_or_default())
        }
        Err(other) => panic!("{other}"),
    }
}

/// Whether a page of that origin gets in over each transport.
async fn gets_in(server: &Server, origin: &str) -> bool {
    let polling = format!("/{HANDSHAKE}=polling");
    let by_socketio = call(server, Method::GET, &polling, origin).await;
    let allowed = by_socketio.headers().get("access-control-allow-origin").cloned();
    let created = call(server, Method::POST, "/api/v1/sessions", origin).await;
    let (plain, _) = websocket(server, "/api/v1/ws", origin).await;
    let (upgrade, refusal) = websocket(server, &format!("/{HANDSHAKE}=websocket"), origin).await;
    let statuses = [by_socketio.status().as_u16(), created.status().as_u16(), plain, upgrade];
    match statuses {
        [200, 201, 101, 101] => {
            assert_eq!(allowed.unwrap(), origin);
            true
        }
        [403, 403, 403, 403] => {
            assert_eq!(allowed, None);
            let refusals =
                [refusal, by_socketio.json().await.unwrap(), created.json().await.unwrap()];
            for body in refusals {
                assert_eq!(body["error"]["code"], "FORBIDDEN", "{body}");
                assert!(body["error"]["message"].as_str().unwrap().contains(origin), "{body}");
            }
            false
        }
        other => panic!("{origin}: {other:?}"),
    }
}

#[tokio::test]
async fn local_and_own_origins_are_allowed_by_default() {
    let server = Server::start().await;
    for origin in ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:8080"] {
        assert!(gets_in(&server, origin).await, "{origin}");
    }
    assert!(gets_in(&server, &format!("http://{}", server.addr)).await);
    for origin in ["https://example.org", "null", "http://localhost.example.org"] {
        assert!(!gets_in(&server, origin).await, "{origin}");
    }
}

#[tokio::test]
async fn allowed_origins_setting_names_the_allowed_pages() {
    let list = "https://example.org:443,http://other.example:81";
    let server = Server::with(&["--cleanup-interval", "off", "--allowed-origins", list]).await;
    assert!(gets_in(&server, "https://example.org").await);
    assert!(gets_in(&server, "http://other.example:81").await);
    let answer = call(&server, Method::GET, "/api/v1/health", "https://example.org").await;
    assert_eq!(answer.headers()["access-control-allow-credentials"], "true");
    assert!(!gets_in(&server, "http://localhost:3000").await);

    let server = Server::with(&["--cleanup-interval", "off", "--allowed-origins", "*"]).await;
    assert!(gets_in(&server, "https://anywhere.example").await);
    let answer = call(&server, Method::GET, "/api/v1/health", "https://anywhere.example").await;
    assert_eq!(answer.headers().get("access-control-allow-credentials"), None);
}

#[tokio::test]
async fn preflight_names_allowed_methods_and_headers() {
    let server = Server::start().await;
    let path = "/api/v1/sessions/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    let ask = async |origin: &str| {
        let url = format!("http://{}{path}", server.addr);
        let request = server.http.request(Method::OPTIONS, url).header("origin", origin);
        let request = request
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", "content-type,if-match");
        request.send().await.unwrap()
    };
    let answer = ask("http://localhost:3000").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let headers = answer.headers();
    assert_eq!(headers["access-control-allow-origin"], "http://localhost:3000");
    assert_eq!(headers.get("access-control-allow-credentials"), None, "nobody has named it");
    assert_eq!(headers["access-control-allow-headers"], "content-type,if-match");
    assert!(headers["access-control-allow-methods"].to_str().unwrap().contains("PATCH"));
    let refusal = ask("https://example.org").await;
    assert_eq!(refusal.headers().get("access-control-allow-origin"), None);
}

#[tokio::test]
async fn reads_from_any_origin_are_answered_without_cors_headers() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let path = format!("/api/v1/sessions/{id}");
    let answer = call(&server, Method::GET, &path, "https://example.org").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers().get("access-control-allow-origin"), None);
    assert!(answer.headers()["vary"].to_str().unwrap().contains("origin"));
    // A cache must not give a page what was answered to somebody else, or the other way round.
    let url = format!("http://{}{path}", server.addr);
    let plain = server.http.get(url).send().await.unwrap();
    assert_eq!(plain.headers()["vary"], "origin");
    let refused = call(&server, Method::DELETE, &path, "https://example.org").await;
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["vary"]),
        (403, &"origin".parse().unwrap())
    );
}
