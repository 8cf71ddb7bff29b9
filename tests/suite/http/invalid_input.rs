//! Malformed input over REST gets the documented error and changes nothing.

use reqwest::Method;
use serde_json::{Value, json};

use super::send;
use crate::support::{Server, code};

const UNKNOWN: &str = "0190a1b2-c3d4-7e5f-8a9b-000000000000";

/// It is INVALID_REQUEST with a sentence that has `named` in it.
fn check(what: &str, named: &str, (status, answer): (u16, Value)) {
    assert_eq!((status, code(&answer).as_str()), (400, "INVALID_REQUEST"), "{what}: {answer}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains(named), "{what} does not name {named}: {message}");
}

#[tokio::test]
async fn body_that_is_no_json_object_is_refused_on_every_route() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({"name": "kept"})).await;
    let session = format!("/sessions/{id}");
    for (method, path) in [
        (Method::POST, "/sessions"),
        (Method::PATCH, session.as_str()),
        (Method::POST, "/sessions/cleanup"),
    ] {
        for body in [
            "{",
            "}",
            "nonsense",
            "{\"a\":}",
            "{\"a\":1,}",
            "{} {}",
            "{}x",
            "\"text\"",
            "1",
            "true",
            "null",
            "[]",
            "[1]",
            "[0, false]",
            "[null, null, null, null, false]",
            "{\"a\":NaN}",
            "{\"attributes\":{\"a\":1e999}}",
            "{\"attributes\":{\"a\":\"\\ud800\"}}",
            "{\"a\": 'b'}",
        ] {
            check(
                &format!("{method} {path} {body}"),
                "",
                send(&api, method.clone(), path, body).await,
            );
        }
        let not_text =
            send(&api, method.clone(), path, vec![b'{', b'"', 0xff, b'"', b':', b'1', b'}']);
        check("not UTF-8", "", not_text.await);
        let deep = format!("{{\"attributes\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
        check("a deep one", "", send(&api, method.clone(), path, deep).await);
    }
    assert_eq!(api.get("/sessions").await["total"], 1);
    assert_eq!(api.get(&session).await["name"], "kept");
    assert_eq!(api.get(&session).await["seq"], 0);
}

#[tokio::test]
async fn invalid_field_is_refused_by_name() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({"name": "kept"})).await;
    let long = format!("\"{}\"", "x".repeat(1025));
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(65 * 1024));
    let long_name: (&str, &str) = ("name", &long);
    let metadata = [
        long_name,
        ("project_id", &long),
        ("attributes", &large),
        ("name", "1"),
        ("name", "[\"x\"]"),
        ("project_id", "{}"),
        ("attributes", "[]"),
        ("attributes", "\"x\""),
        ("pinned", "\"yes\""),
        ("pinned", "1"),
        ("idle_timeout_hours", "-1"),
        ("idle_timeout_hours", "-0.0001"),
        ("idle_timeout_hours", "1e300"),
        ("idle_timeout_hours", "876000.1"),
        ("idle_timeout_hours", "\"24\""),
        ("idle_timeout_hours", "true"),
        ("idle_timeout_hours", "1e999"),
        ("idle_timeout_hours", "NaN"),
        ("idle_timeout_hours", "Infinity"),
    ];
    for (field, value) in metadata {
        let body = format!("{{\"{field}\": {value}}}");
        for (method, path) in
            [(Method::POST, "/sessions".to_owned()), (Method::PATCH, format!("/sessions/{id}"))]
        {
            let what = format!("{method} {field} {}", &value[..value.len().min(20)]);
            check(&what, field, send(&api, method, &path, body.clone()).await);
        }
    }
    for value in [
        "1",
        "\"\"",
        "\"nonsense\"",
        "\"0190a1b2c3d47e5f8a9b0c1d2e3f4a5b\"",
        "\"{0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b}\"",
        "\"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5\"",
        "\"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b' or 1=1 --\"",
    ] {
        let body = format!("{{\"session_id\": {value}}}");
        check(value, "session_id", send(&api, Method::POST, "/sessions", body).await);
    }
    for (field, value) in [
        ("max_inactive_hours", "-1"),
        ("max_inactive_hours", "1e300"),
        ("max_inactive_hours", "\"0\""),
        ("max_inactive_hours", "NaN"),
        ("max_inactive_hours", "[]"),
        ("dry_run", "\"true\""),
        ("dry_run", "1"),
        ("dryrun", "true"),
        ("max_inactive_hour", "1"),
    ] {
        let body = format!("{{\"{field}\": {value}}}");
        check(&body, field, send(&api, Method::POST, "/sessions/cleanup", body.clone()).await);
    }
    let twice = "{\"name\": \"a\", \"name\": \"b\"}";
    check(twice, "name", send(&api, Method::POST, "/sessions", twice).await);
    assert_eq!(api.get("/sessions").await["total"], 1);
    let session = api.get(&format!("/sessions/{id}")).await;
    assert_eq!((&session["name"], &session["seq"]), (&json!("kept"), &json!(0)));
}

#[tokio::test]
async fn invalid_query_parameter_is_refused_by_name() {
    let server = Server::start().await;
    let api = server.api();
    for (field, value) in [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "10001"),
        ("limit", "1.5"),
        ("limit", "1e5"),
        ("limit", "1e-1"),
        ("limit", "ten"),
        ("limit", ""),
        ("limit", "99999999999999999999"),
        ("limit", "NaN"),
        ("active", "maybe"),
        ("active", "1"),
        ("active", ""),
        ("idle_hours", "-1"),
        ("idle_hours", "NaN"),
        ("idle_hours", "inf"),
        ("idle_hours", "1e300"),
        ("idle_hours", "day"),
        ("idle_hours", ""),
        ("order", "name"),
        ("order", "--created_at"),
        ("order", "created_at desc"),
        ("order", ""),
        ("cursor", "nonsense"),
        ("cursor", ""),
        ("cursor", "1"),
        ("cursor", "1.2.3"),
        ("cursor", "1.x"),
        ("cursor", "99999999999999999999.1"),
        ("cursor", "9223372036854775807.1"),
        ("cursor", "-9223372036854775808.1"),
    ] {
        let path = format!("/sessions?{field}={}", value.replace(' ', "%20"));
        check(&path, field, send(&api, Method::GET, &path, "").await);
    }
    check("twice", "limit", send(&api, Method::GET, "/sessions?limit=1&limit=2", "").await);
}

#[tokio::test]
async fn malformed_or_unknown_session_id_in_the_path_is_404() {
    let server = Server::start().await;
    let api = server.api();
    for (method, suffix) in [
        (Method::GET, ""),
        (Method::PATCH, ""),
        (Method::DELETE, ""),
        (Method::GET, "/info"),
        (Method::GET, "/clients"),
        (Method::GET, "/cleanup"),
        (Method::POST, "/touch"),
    ] {
        for id in [
            "1",
            "nonsense",
            "%00",
            "%ff",
            "0190a1b2-c3d4-7e5f-8a9b-00000000000g",
            "'--",
            "0190a1b2c3d47e5f8a9b000000000000",
            &"x".repeat(5000),
        ] {
            let path = format!("/sessions/{id}{suffix}");
            let (status, answer) = send(&api, method.clone(), &path, "").await;
            assert!(answer.to_string().len() < 1000, "an answer does not repeat so much");
            let expected =
                if id == "%ff" { (400, "INVALID_REQUEST") } else { (404, "SESSION_NOT_FOUND") };
            assert_eq!((status, code(&answer).as_str()), expected, "{path}");
        }
        let path = format!("/sessions/{UNKNOWN}{suffix}");
        let (status, answer) = send(&api, method, &path, "").await;
        assert_eq!((status, code(&answer).as_str()), (404, "SESSION_NOT_FOUND"), "{path}");
    }
}

#[tokio::test]
async fn unknown_route_is_404_and_wrong_method_is_405() {
    let server = Server::start().await;
    let api = server.api();
    for path in [
        "",
        "/",
        "/nothing",
        "/sessions/",
        "/session",
        "/sessions/a/b/c",
        "/ws/x",
        "/sessions/0190a1b2-c3d4-7e5f-8a9b-000000000000/nothing",
        "/../x",
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let (status, answer) = send(&api, method, path, "{").await;
            assert_eq!((status, code(&answer).as_str()), (404, "NOT_FOUND"), "{path}");
        }
    }
    for (method, path, allowed) in [
        (Method::PUT, "/sessions", "GET"),
        (Method::DELETE, "/sessions", "POST"),
        (Method::POST, "/health", "GET"),
        (Method::DELETE, "/sessions/cleanup", "POST"),
        (Method::PUT, "/sessions/0190a1b2-c3d4-7e5f-8a9b-000000000000", "PATCH"),
        (Method::GET, "/sessions/0190a1b2-c3d4-7e5f-8a9b-000000000000/touch", "POST"),
        (Method::POST, "/ws", "GET"),
        (Method::POST, "/openapi.json", "GET"),
    ] {
        let url = format!("http://{}/api/v1{path}", server.addr);
        let response = server.http.request(method.clone(), url).send().await.unwrap();
        assert_eq!(response.status(), 405, "{method} {path}");
        let allow = response.headers()["allow"].to_str().unwrap().to_owned();
        assert!(allow.split(',').any(|word| word == allowed), "{method} {path}: {allow}");
        assert_eq!(code(&response.json().await.unwrap()), "METHOD_NOT_ALLOWED");
    }
    let plain = send(&api, Method::GET, "/ws", "").await;
    check("no upgrade", "WebSocket", plain);
}
