//! Endpoints are created, changed and deleted.

use reqwest::Method;
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{call, create, path, server};
use crate::support::{Server, code, number};

const URL: &str = "https://hooks.example/rollcall";

#[tokio::test]
async fn webhook_is_created_with_a_secret_that_is_shown_once() {
    let server = Server::start().await;
    let api = server.api();
    let (status, created) = api.call(Method::POST, "/webhooks", Some(json!({"url": URL}))).await;
    assert_eq!(status, 201);
    assert!(created["secret"].as_str().unwrap().starts_with("whsec_"));
    let id = created["endpoint_id"].as_str().unwrap();
    let expected = json!({
        "endpoint_id": id, "url": URL, "types": null, "project_id": null, "enabled": true,
        "created_at": created["created_at"], "disabled_at": null, "disabled_reason": null,
        "failing_since": null, "pending": 0
    });
    assert_eq!(api.get(&path(id, "")).await, expected);
    assert_eq!(api.get("/webhooks").await, json!({"webhooks": [expected]}));
    let mut sql = server.sql().await;
    assert_eq!(number(&mut sql, "select count(*) from webhook_endpoints").await, 1);
}

#[tokio::test]
async fn webhook_is_changed_and_deleted() {
    let server = Server::start().await;
    let api = server.api();
    let (id, _) = create(&api, json!({"url": URL, "types": ["session.removed"]})).await;
    let patch = async |body: Value| {
        let (status, answer) = api.call(Method::PATCH, &path(&id, ""), Some(body)).await;
        assert_eq!(status, 200, "{answer}");
        answer
    };
    let changed =
        patch(json!({"project_id": "p", "types": null, "url": "https://a.example/"})).await;
    assert_eq!(
        (&changed["project_id"], &changed["types"], &changed["url"]),
        (&json!("p"), &Value::Null, &json!("https://a.example/"))
    );
    let off = patch(json!({"enabled": false})).await;
    assert_eq!((&off["enabled"], &off["disabled_reason"]), (&json!(false), &json!("request")));
    assert_eq!(off["project_id"], "p");
    let (status, on) = call(&api, &id, "/enable").await;
    assert_eq!((status, &on["enabled"], &on["disabled_at"]), (200, &json!(true), &Value::Null));

    assert_eq!(api.call(Method::DELETE, &path(&id, ""), None).await.0, 204);
    let gone = api.refusal(Method::GET, &path(&id, ""), None).await;
    assert_eq!(gone, (404, "WEBHOOK_NOT_FOUND".to_owned()));
    assert_eq!(api.get("/webhooks").await, json!({"webhooks": []}));
}

#[tokio::test]
async fn unknown_webhook_is_404_on_every_route() {
    let server = Server::start().await;
    let api = server.api();
    let span = json!({"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"});
    for id in ["nonsense", "0190a1b2-c3d4-7e5f-8a9b-000000000000"] {
        for (method, rest, body) in [
            (Method::GET, "", None),
            (Method::PATCH, "", Some(json!({"enabled": true}))),
            (Method::DELETE, "", None),
            (Method::POST, "/test", None),
            (Method::POST, "/rotate", None),
            (Method::POST, "/enable", None),
            (Method::GET, "/deliveries", None),
            (Method::GET, "/deliveries/msg_1", None),
            (Method::POST, "/deliveries/msg_1/retry", None),
            (Method::POST, "/replay", Some(span.clone())),
        ] {
            let refusal = api.refusal(method, &path(id, rest), body).await;
            assert_eq!(refusal, (404, "WEBHOOK_NOT_FOUND".to_owned()), "{rest}");
        }
    }
    let (id, _) = create(&api, json!({"url": URL})).await;
    for (method, rest) in
        [(Method::GET, "/deliveries/msg_1"), (Method::POST, "/deliveries/msg_1/retry")]
    {
        let refusal = api.refusal(method, &path(&id, rest), None).await;
        assert_eq!(refusal, (404, "DELIVERY_NOT_FOUND".to_owned()), "{rest}");
    }
}

#[tokio::test]
async fn invalid_webhook_is_refused_with_the_name_of_the_field() {
    let server = Server::start().await;
    let api = server.api();
    let (id, _) = create(&api, json!({"url": URL})).await;
    for (body, field) in [
        (json!({}), "url"),
        (json!({"url": 3}), "url"),
        (json!({"url": "hooks.example"}), "url"),
        (json!({"url": "ftp://hooks.example"}), "url"),
        (json!({"url": "https://ada:pw@hooks.example"}), "url"),
        (json!({"url": "https://hooks.example/#a"}), "url"),
        (json!({"url": format!("{URL}?{}", "x".repeat(2048))}), "url"),
        (json!({"url": URL, "types": []}), "types"),
        (json!({"url": URL, "types": ["session.exploded"]}), "types"),
        (json!({"url": URL, "project_id": "x".repeat(1025)}), "project_id"),
        (json!({"url": URL, "secret": "mine"}), "secret"),
    ] {
        let (status, answer) = api.call(Method::POST, "/webhooks", Some(body.clone())).await;
        assert_eq!((status.as_u16(), code(&answer).as_str()), (400, "INVALID_REQUEST"), "{body}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(field), "{answer}");
        if body.get("url").is_some() {
            let patch = Some(body);
            let refusal = api.refusal(Method::PATCH, &path(&id, ""), patch).await;
            assert_eq!(refusal, (400, "INVALID_REQUEST".to_owned()));
        }
    }
}

#[tokio::test]
async fn webhooks_are_limited() {
    let server = Server::start().await;
    let api = server.api();
    for _ in 0..100 {
        create(&api, json!({"url": URL})).await;
    }
    let refusal = api.refusal(Method::POST, "/webhooks", Some(json!({"url": URL}))).await;
    assert_eq!(refusal, (422, "INVALID_COMMAND".to_owned()));
}

#[tokio::test]
async fn messages_of_a_deleted_webhook_are_removed() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    let (id, _) = create(&api, json!({"url": receiver.url()})).await;
    call(&api, &id, "/test").await;
    receiver.receive(1).await;
    assert_eq!(api.call(Method::DELETE, &path(&id, ""), None).await.0, 204);
    let mut server = server;
    // Retention runs at the start.
    server.restart().await;
    let mut sql = server.sql().await;
    crate::support::eventually("no rows", async || {
        let mut sql = server.sql().await;
        number(&mut sql, "select count(*) from webhook_deliveries").await == 0
    })
    .await;
    assert_eq!(number(&mut sql, "select count(*) from webhook_endpoints").await, 0);
}
