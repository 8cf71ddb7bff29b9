//! Log lines about HTTP requests.

use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use tracing::Span;

use crate::error::Error;

/// What the log says of a request: its method, its path and its id.
pub struct RequestLog {
    method: Method,
    /// A copy: the request's own path is a part of the buffer with its whole head, and a long poll would
    /// keep that buffer alive while it waits.
    path: String,
    id: HeaderValue,
}

impl RequestLog {
    pub fn new(request: &Request, id: HeaderValue) -> Self {
        Self { method: request.method().clone(), path: request.uri().path().to_owned(), id }
    }

    /// The span of the request. It is enabled only at the level debug.
    pub fn span(&self) -> Span {
        tracing::debug_span!("request", method = %self.method, path = self.path.as_str(), id = self.id())
    }

    /// Logs the start of the request, and its status and latency at the end.
    pub async fn traced(&self, response: impl Future<Output = Response>) -> Response {
        let start = Instant::now();
        tracing::debug!("started processing request");
        let response = response.await;
        let (status, latency) = (response.status().as_u16(), start.elapsed());
        tracing::debug!(status, ?latency, "finished processing request");
        response
    }

    /// Logs the error of a response if the server is at fault, in a span that names the request. The span is
    /// made for failures only, since a span that is always enabled costs time in every request.
    pub fn log_failure(&self, response: &Response) {
        if let Some(failure) = response.extensions().get::<Error>() {
            // Without a parent: the span of the request, where it is enabled, has the same fields.
            tracing::error_span!(
                parent: None, "request", method = %self.method, path = self.path.as_str(), id = self.id()
            )
            .in_scope(|| failure.log());
        }
    }

    /// The request's id; empty if it is not text.
    fn id(&self) -> &str {
        self.id.to_str().unwrap_or("")
    }
}
