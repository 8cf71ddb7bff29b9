//! Bodies beyond the limit are refused, and no error message repeats a long input.

use reqwest::Method;
use serde_json::json;

use super::send;
use crate::support::{Server, code};

#[tokio::test]
async fn oversized_body_is_refused_with_any_framing() {
    let server = Server::with(&["--cleanup-interval", "off", "--body-limit", "1000"]).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    for (method, path) in [
        (Method::POST, "/sessions".to_owned()),
        (Method::PATCH, format!("/sessions/{id}")),
        (Method::POST, "/sessions/cleanup".to_owned()),
    ] {
        let body = format!("{{\"name\": \"{}\"}}", "x".repeat(1000));
        let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
            body.as_bytes().chunks(100).map(|piece| Ok(piece.to_vec())).collect();
        let in_pieces = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
        for body in [reqwest::Body::from(body), in_pieces] {
            let (status, answer) = send(&api, method.clone(), &path, body).await;
            assert_eq!((status, code(&answer).as_str()), (413, "PAYLOAD_TOO_LARGE"), "{path}");
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(message.contains("1000") && message.contains("--body-limit"), "{message}");
        }
        let fits = format!("{{{}}}", " ".repeat(998));
        let url = format!("http://{}/api/v1{path}", server.addr);
        let response = server.http.request(method, url).body(fits).send().await.unwrap();
        assert!(response.status().is_success(), "a body of exactly the limit: {path}");
    }
}

#[tokio::test]
async fn client_still_sending_an_oversized_body_receives_the_413() {
    let server = Server::with(&["--cleanup-interval", "off", "--body-limit", "1000"]).await;
    let api = server.api();
    for _ in 0..10 {
        let (status, answer) = send(&api, Method::POST, "/sessions", "x".repeat(8 << 20)).await;
        assert_eq!((status, code(&answer).as_str()), (413, "PAYLOAD_TOO_LARGE"));
    }
}

#[tokio::test]
async fn error_message_quotes_a_bounded_part_of_the_input() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let long = "ü".repeat(20_000);
    let digits = "9".repeat(20_000);
    for (path, body) in [
        ("/sessions", format!(r#"{{"pinned":"{long}"}}"#)),
        ("/sessions", format!(r#"{{"pinned":{digits}}}"#)),
        ("/sessions", format!(r#"{{"attributes":{{"{long}":1e999}}}}"#)),
        ("/sessions/cleanup", format!(r#"{{"{long}":1}}"#)),
        (&*format!("/sessions/{id}/undo"), format!(r#"{{"scope":"{long}"}}"#)),
        (
            &*format!("/sessions/{id}/commands"),
            format!(r#"{{"command_type":"{long}","data":{{}}}}"#),
        ),
        (
            &*format!("/sessions/{id}/commands"),
            format!(r#"{{"command_type":"DeleteNode","data":{{"node_id":"{long}"}}}}"#),
        ),
        (
            &*format!("/sessions/{id}/commands"),
            format!(
                r#"{{"command_type":"CreateNode","data":{{"blueprint_type_id":"t","properties":{{"{long}":{{"{long}":1e999}}}}}}}}"#
            ),
        ),
    ] {
        let url = format!("http://{}/api/v1{path}", api.addr);
        let response = api.http.post(url).body(body.clone()).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        let what: String = body.chars().take(60).collect();
        assert_eq!(status, 400, "{what}: {text}");
        assert!(text.len() < 1_000, "{what}: {} bytes", text.len());
    }
}
