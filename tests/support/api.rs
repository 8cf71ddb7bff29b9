//! A client of the REST interface.

use std::net::SocketAddr;

use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::PATIENCE;

/// A client of REST that waits for no answer longer than anything takes.
pub fn http() -> reqwest::Client {
    // The client asks for it although it never uses TLS; another one is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(PATIENCE).build().unwrap()
}

/// A client that sends this token with each request.
pub fn http_with_token(token: &str) -> reqwest::Client {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    reqwest::Client::builder().timeout(PATIENCE).default_headers(headers).build().unwrap()
}

/// REST under /api/v1.
#[derive(Clone)]
pub struct Api {
    pub addr: SocketAddr,
    pub http: reqwest::Client,
}

impl Api {
    /// The same with this token in each request.
    pub fn with_token(&self, token: &str) -> Self {
        Self { addr: self.addr, http: http_with_token(token) }
    }

    /// The status and the JSON body (null where there is none).
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = self.http.request(method, format!("http://{}/api/v1{path}", self.addr));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
    }

    /// The status and the code of a request that is refused.
    pub async fn refusal(&self, method: Method, path: &str, body: Option<Value>) -> (u16, String) {
        let (status, answer) = self.call(method, path, body).await;
        (status.as_u16(), code(&answer))
    }

    /// The body of a GET that succeeds.
    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await;
        assert!(status.is_success(), "GET {path}: {status} {body}");
        body
    }

    /// The body of a POST that succeeds.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(Method::POST, path, Some(body)).await;
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }

    /// The id of a new session.
    pub async fn create(&self, body: Value) -> String {
        self.post("/sessions", body).await["session_id"].as_str().unwrap().to_owned()
    }

    /// How many clients REST says that the session has.
    pub async fn active_clients(&self, session_id: &str) -> i64 {
        self.get(&format!("/sessions/{session_id}")).await["active_clients"].as_i64().unwrap()
    }
}

/// The code of an error, after a look at its shape.
pub fn code(answer: &Value) -> String {
    let error = answer["error"].as_object().unwrap_or_else(|| panic!("not an error: {answer}"));
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{answer}");
    error["code"].as_str().unwrap().to_owned()
}
