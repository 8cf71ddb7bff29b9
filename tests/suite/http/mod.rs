//! What every HTTP request and response must be.

use reqwest::Method;
use serde_json::Value;

use crate::support::Api;

mod conditional_requests;
mod hosts;
mod invalid_input;
mod openapi;
mod origins;
mod oversized_bodies;
mod page;
mod page_bytes;
mod public_url;
mod request_shape;

/// Sends the text as it is; answers status and error.
async fn send(
    api: &Api,
    method: Method,
    path: &str,
    body: impl Into<reqwest::Body>,
) -> (u16, Value) {
    let url = format!("http://{}/api/v1{path}", api.addr);
    let response = api.http.request(method, url).body(body).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json", "{path}");
    (response.status().as_u16(), response.json().await.unwrap())
}
