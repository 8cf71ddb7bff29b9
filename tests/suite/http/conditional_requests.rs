//! Conditional requests (RFC 9110, section 13) and caching of responses (RFC 9111).

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::board::{Board, command, new_node, node_id};
use crate::support::{Server, code};

/// A session whose content is at revision 3.
async fn board() -> (Server, Board) {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    for number in 1..=3 {
        board.create(number, None).await;
    }
    (server, board)
}

/// The status, headers and body of a request below the session, with some header lines.
async fn sent(
    board: &Board,
    method: Method,
    path: &str,
    lines: &[(&str, &str)],
    body: Option<Value>,
) -> (StatusCode, HeaderMap, String) {
    let Board { api, id } = board;
    let url = format!("http://{}/api/v1/sessions/{id}{path}", api.addr);
    let mut request = api.http.request(method, url);
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    if let Some(body) = body {
        request = request.body(body.to_string());
    }
    let response = request.send().await.unwrap();
    (response.status(), response.headers().clone(), response.text().await.unwrap())
}

#[tokio::test]
async fn if_none_match_with_the_current_etag_gets_304() {
    let (_server, board) = board().await;
    for path in ["/graph", "/graph/tree"] {
        let cases: [(&[&str], u16); 12] = [
            // RFC 9110, 13.1.2: the weak comparison, a list, any.
            (&["\"3\""], 304),
            (&["W/\"3\""], 304),
            (&["*"], 304),
            (&["\"1\", \"3\""], 304),
            (&["\"1\",,W/\"3\" ,"], 304),
            (&["\"1\"", "\"3\""], 304),
            (&["3"], 304),
            (&["\"2\""], 200),
            (&["\"xyzzy\", W/\"r2d2xxxx\", \"\""], 200),
            (&["\"03\""], 200),
            (&["\"3"], 400),
            (&["\"3\" \"4\""], 400),
        ];
        for (tags, expected) in cases {
            let lines: Vec<_> = tags.iter().map(|tag| ("If-None-Match", *tag)).collect();
            for method in [Method::GET, Method::HEAD] {
                let (status, headers, body) =
                    sent(&board, method.clone(), path, &lines, None).await;
                assert_eq!(status, expected, "{method} {path} {tags:?}: {body}");
                if expected == 400 {
                    continue;
                }
                // RFC 9110, 15.4.5: what a 200 would say of the tag and of keeping, a 304 says too.
                assert_eq!(headers["etag"], "\"3\"", "{tags:?}");
                assert_eq!(headers["cache-control"], "no-cache", "{tags:?}");
                assert!(headers.contains_key("vary"));
                assert_eq!(body.is_empty(), expected == 304 || method == Method::HEAD);
            }
        }
        // If-Match counts first (RFC 9110, 13.2.2).
        let lines = [("If-Match", "\"2\""), ("If-None-Match", "\"3\"")];
        assert_eq!(sent(&board, Method::GET, path, &lines, None).await.0, 412);
        let lines = [("If-Match", "\"3\""), ("If-None-Match", "\"2\"")];
        assert_eq!(sent(&board, Method::GET, path, &lines, None).await.0, 200);
    }
    board.create(4, None).await;
    let known = [("If-None-Match", "\"3\"")];
    assert_eq!(sent(&board, Method::GET, "/graph/tree", &known, None).await.0, 200);
}

#[tokio::test]
async fn every_content_change_honours_if_match() {
    let (_server, board) = board().await;
    let create = || command("CreateNode", json!({"blueprint_type_id": "t"}));
    let addressed = || {
        let mut body = create();
        body["session_id"] = json!(board.id);
        body
    };
    let changes = [
        (Method::POST, "/commands", Some(create())),
        (Method::POST, "/../../commands/execute", Some(addressed())),
        (Method::POST, "/undo", None),
        (Method::POST, "/redo", None),
        (Method::PUT, "/graph", Some(json!({"nodes": []}))),
        (Method::DELETE, "", None),
    ];
    for (method, path, body) in changes {
        let revision = board.get("").await["revision"].as_i64().unwrap();
        let now = format!("\"{revision}\"");
        let weak = format!("W/{now}");
        let before = board.snapshot().await;
        let cases: [(&str, &str, u16); 14] = [
            // RFC 9110, 13.1.1: the strong comparison, by which a weak tag never matches.
            ("If-Match", "\"1000\"", 412),
            ("If-Match", &weak, 412),
            ("If-Match", "\"xyzzy\"", 412),
            ("If-Match", "\"1000\", \"1001\"", 412),
            // RFC 9110, 13.1.2: any and the weak comparison.
            ("If-None-Match", "*", 412),
            ("If-None-Match", &now, 412),
            ("If-None-Match", &weak, 412),
            ("If-Match", "", 400),
            ("If-Match", ",", 400),
            ("If-Match", "\"", 400),
            ("If-Match", "w/\"1\"", 400),
            ("If-Match", "-1", 400),
            ("If-Match", "*, \"1\"", 400),
            ("If-None-Match", "next", 400),
        ];
        for (name, value, expected) in cases {
            let what = format!("{method} {path} {name}: {value}");
            let (status, _, answer) =
                sent(&board, method.clone(), path, &[(name, value)], body.clone()).await;
            assert_eq!(status, expected, "{what}: {answer}");
            let answer: Value = serde_json::from_str(&answer).unwrap();
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(message.contains(name), "{what}: {message}");
            if expected == 412 {
                assert_eq!(code(&answer), "REVISION_MISMATCH", "{what}");
                assert_eq!(answer["error"]["details"], json!({"revision": revision}), "{what}");
            }
        }
        assert_eq!(board.snapshot().await, before, "{method} {path}");
        let list = format!("\"1000\" , {now}");
        let lines = [("If-Match", list.as_str()), ("If-None-Match", "\"1000\"")];
        let (status, _, answer) = sent(&board, method.clone(), path, &lines, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
    }
}

#[tokio::test]
async fn stale_if_match_on_a_session_is_412() {
    let (_server, board) = board().await;
    let patch = || Some(json!({"name": "new"}));
    let stale = [("If-Match", "\"3\"")];
    let (status, _, answer) = sent(&board, Method::PATCH, "", &stale, patch()).await;
    assert_eq!(status, 412, "{answer}");
    assert_eq!(board.get("").await["name"], Value::Null);
    let any = [("If-Match", "*")];
    assert_eq!(sent(&board, Method::PATCH, "", &any, patch()).await.0, 200);
    // A condition counts only where the request would be done without it (RFC 9110, 13.2.1).
    board.call(Method::DELETE, "", Value::Null).await;
    assert_eq!(sent(&board, Method::PATCH, "", &stale, patch()).await.0, 410);
    assert_eq!(sent(&board, Method::DELETE, "", &stale, None).await.0, 410);
}

#[tokio::test]
async fn weak_etag_in_if_match_is_named_as_the_reason() {
    let (_server, board) = board().await;
    let line = [("If-Match", "W/\"3\"")];
    let (_, _, answer) = sent(&board, Method::POST, "/undo", &line, None).await;
    assert!(answer.contains("weak"), "{answer}");
}

#[tokio::test]
async fn staged_change_honours_if_match() {
    let server = Server::with(&["--cleanup-interval", "off", "--staging-threshold", "20"]).await;
    let board = Board::new(server.api()).await;
    let nodes = |first: u32| -> Vec<Value> {
        let node = |n| json!({"id": node_id(n), "blueprint_type_id": "t", "name": "n"});
        (first..first + 50).map(node).collect()
    };
    let put = |tag: &'static str, first| {
        let body = Some(json!({"nodes": nodes(first)}));
        let board = board.clone();
        async move { sent(&board, Method::PUT, "/graph", &[("If-Match", tag)], body).await.0 }
    };
    assert_eq!(put("\"0\"", 1).await, 200);
    assert_eq!(put("\"0\"", 100).await, 412);
    assert_eq!(put("\"7\", \"1\"", 200).await, 200);
    assert_eq!(board.get("").await["revision"], 2);
}

#[tokio::test]
async fn only_responses_with_an_etag_are_cacheable() {
    let (server, board) = board().await;
    for (path, kept) in [
        ("", "no-store"),
        ("/info", "no-store"),
        ("/clients", "no-store"),
        ("/cleanup", "no-store"),
        ("/commands", "no-store"),
        ("/events", "no-store"),
        ("/nothing", "no-store"),
        (&*format!("/graph/nodes/{}", node_id(1)), "no-store"),
        ("/graph", "no-cache"),
        ("/graph/tree", "no-cache"),
    ] {
        let (_, headers, _) = sent(&board, Method::GET, path, &[], None).await;
        assert_eq!(headers["cache-control"], kept, "{path}");
        assert_eq!(headers.contains_key("etag"), kept == "no-cache", "{path}");
    }
    let body = Some(command("CreateNode", new_node(9, None)));
    let (_, headers, _) = sent(&board, Method::POST, "/commands", &[], body).await;
    assert_eq!(headers["cache-control"], "no-store");
    let url = format!("http://{}/api/v1/health", server.addr);
    let health = server.http.get(url).send().await.unwrap();
    assert_eq!(health.headers()["cache-control"], "no-store");
}
