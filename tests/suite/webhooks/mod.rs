//! Webhooks: endpoints, what they are sent, and what becomes of messages when receivers fail.

use std::time::Duration;

use reqwest::Method;
use rollcall::model::webhook::Schedule;
use serde_json::{Value, json};

use crate::support::{Api, Server};

mod endpoints;
mod failures;
mod messages;
mod no_certificates;
mod outbox;
mod property;
pub mod receiver;
mod sending;
mod targets;

/// A schedule without long waits: an attempt that hangs ends after a second.
const FAST: Schedule = Schedule {
    retry_delays: &[Duration::from_millis(20); 200],
    timeout: Duration::from_secs(1),
    max_failing: Duration::from_secs(600),
    content_interval: Duration::from_millis(300),
};

/// A server that may send to this machine, on the fast schedule.
async fn server() -> Server {
    with_schedule(FAST).await
}

async fn with_schedule(schedule: Schedule) -> Server {
    Server::with_webhooks(&["--cleanup-interval", "off", "--webhook-allow-private"], schedule).await
}

/// A new endpoint: its id and its secret.
async fn create(api: &Api, body: Value) -> (String, String) {
    let endpoint = api.post("/webhooks", body).await;
    let text = |name: &str| endpoint[name].as_str().unwrap().to_owned();
    (text("endpoint_id"), text("secret"))
}

/// The path of an endpoint.
fn path(endpoint_id: &str, rest: &str) -> String {
    format!("/webhooks/{endpoint_id}{rest}")
}

/// The messages of an endpoint, the newest first.
async fn deliveries(api: &Api, endpoint_id: &str, query: &str) -> Vec<Value> {
    let page = api.get(&path(endpoint_id, &format!("/deliveries{query}"))).await;
    page["deliveries"].as_array().unwrap().clone()
}

/// Calls a route without a body; the status and the answer.
async fn call(api: &Api, endpoint_id: &str, rest: &str) -> (u16, Value) {
    let (status, answer) = api.call(Method::POST, &path(endpoint_id, rest), None).await;
    (status.as_u16(), answer)
}

/// Renames a session, which makes one message.
async fn rename(api: &Api, session_id: &str, name: &str) {
    let path = format!("/sessions/{session_id}");
    let (status, answer) = api.call(Method::PATCH, &path, Some(json!({"name": name}))).await;
    assert_eq!(status, 200, "{answer}");
}
