//! A receiver of webhooks in the test's own process.

use std::collections::HashMap;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::eventually;

/// A message as it has arrived.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: HashMap<String, String>,
    pub text: String,
    pub body: Value,
}

impl Received {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap()
    }
}

/// How the receiver answers.
#[derive(Clone, Debug)]
pub enum Reply {
    Status(u16),
    /// With a header.
    Header(u16, &'static str, String),
    /// With so many bytes.
    Long(usize),
    /// Never.
    Hang,
}

type Decide = Arc<dyn Fn(&Received) -> Reply + Send + Sync>;

#[derive(Clone)]
struct Shared {
    seen: Arc<Mutex<Vec<Received>>>,
    decide: Arc<Mutex<Decide>>,
}

/// A receiver on a port of its own. It ends when it is dropped.
pub struct Receiver {
    pub addr: SocketAddr,
    shared: Shared,
    running: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Receiver {
    /// One that answers 204.
    pub async fn start() -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into()).await
    }

    pub async fn start_at(addr: SocketAddr) -> Self {
        let listener = TcpListener::bind(addr).await.unwrap();
        let shared = Shared {
            seen: Arc::default(),
            decide: Arc::new(Mutex::new(Arc::new(|_| Reply::Status(204)))),
        };
        let addr = listener.local_addr().unwrap();
        let router = Router::new().fallback(receive).with_state(shared.clone());
        let running = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { addr, shared, running }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.addr)
    }

    /// Changes how it answers from now on.
    pub fn answer(&self, decide: impl Fn(&Received) -> Reply + Send + Sync + 'static) {
        *self.shared.decide.lock().unwrap() = Arc::new(decide);
    }

    /// Everything that has arrived, in order.
    pub fn seen(&self) -> Vec<Received> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// The types of what has arrived.
    pub fn kinds(&self) -> Vec<String> {
        self.seen().iter().map(|received| received.kind().to_owned()).collect()
    }

    /// Waits until so many messages have arrived; returns them.
    pub async fn receive(&self, count: usize) -> Vec<Received> {
        eventually(&format!("{count} messages"), async || {
            self.shared.seen.lock().unwrap().len() >= count
        })
        .await;
        self.seen()
    }
}

async fn receive(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
    let received = Received {
        headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        text: String::from_utf8(body.to_vec()).unwrap(),
        body: serde_json::from_slice(&body).unwrap(),
    };
    shared.seen.lock().unwrap().push(received.clone());
    let decide = shared.decide.lock().unwrap().clone();
    match decide(&received) {
        Reply::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Reply::Header(status, name, value) => {
            let name = HeaderName::from_static(name);
            (StatusCode::from_u16(status).unwrap(), [(name, value)]).into_response()
        }
        Reply::Long(bytes) => "x".repeat(bytes).into_response(),
        Reply::Hang => pending().await,
    }
}
