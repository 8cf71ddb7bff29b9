//! Addresses that are not public are not called.

use reqwest::Method;
use serde_json::json;

use super::receiver::Receiver;
use super::{FAST, call, create, deliveries};
use crate::support::{Server, eventually, number};

#[tokio::test]
async fn private_address_in_a_url_is_refused() {
    let server = Server::start().await;
    let api = server.api();
    for host in [
        "127.0.0.1:5000",
        "10.0.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "[fd00::1]",
        "2130706433",
        "0x7f.1",
        "127.1",
    ] {
        let body = json!({"url": format!("http://{host}/hook")});
        let (status, answer) = api.call(Method::POST, "/webhooks", Some(body)).await;
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(status, 400, "{host}: {answer}");
        assert!(message.starts_with("url: ") && message.contains("is not public"), "{message}");
    }
}

#[tokio::test]
async fn name_of_a_private_address_is_not_dialled() {
    let server = Server::with_webhooks(&["--cleanup-interval", "off"], FAST).await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    let url = format!("http://localhost:{}/hook", receiver.addr.port());
    let (endpoint, _) = create(&api, json!({"url": url})).await;
    call(&api, &endpoint, "/test").await;
    let is_refused = async || {
        let found = deliveries(&api, &endpoint, "").await;
        found[0]["last_error"].as_str().is_some_and(|text| text.contains("is not public"))
    };
    eventually("an error", is_refused).await;
    assert_eq!(receiver.seen().len(), 0);
}

#[tokio::test]
async fn url_that_was_allowed_by_another_server_is_checked_again() {
    let server = Server::with_webhooks(&["--cleanup-interval", "off"], FAST).await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    let (endpoint, _) = create(&api, json!({"url": "https://hooks.example/"})).await;
    let mut sql = server.sql().await;
    sqlx::query("update webhook_endpoints set url = ?")
        .bind(receiver.url())
        .execute(&mut sql)
        .await
        .unwrap();
    call(&api, &endpoint, "/test").await;
    let failed = "select count(*) from delivery_overview where last_error like '%is not public%'";
    eventually("an error", async || number(&mut server.sql().await, failed).await == 1).await;
    assert_eq!(receiver.seen().len(), 0);
}
