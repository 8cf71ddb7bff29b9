//! What the log has of requests.

use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use tracing::Span;

use crate::error::Error;

/// What was asked for, as the log names it.
pub struct RequestLog {
    method: Method,
    /// A copy: the request's own is a part of the buffer into which its head was read, and a poll that
    /// waits would hold all of that.
    path: String,
    id: HeaderValue,
}

impl RequestLog {
    pub fn new(request: &Request, id: HeaderValue) -> Self {
        Self { method: request.method().clone(), path: request.uri().path().to_owned(), id }
    }

    /// The span of the request, for those who log every one of them.
    pub fn span(&self) -> Span {
        tracing::debug_span!("request", method = %self.method, path = self.path.as_str(), id = self.id())
    }

    /// Says when the request came and what became of it.
    pub async fn traced(&self, answer: impl Future<Output = Response>) -> Response {
        let start = Instant::now();
        tracing::debug!("started processing request");
        let response = answer.await;
        let (status, latency) = (response.status().as_u16(), start.elapsed());
        tracing::debug!(status, ?latency, "finished processing request");
        response
    }

    /// Logs a failure of the server's own, with the request that it failed. A span that is always
    /// on would be written out for every request, and few fail.
    pub fn log_failure(&self, response: &Response) {
        if let Some(failure) = response.extensions().get::<Error>() {
            // Not within the span of the request, where that is on: it says the same.
            tracing::error_span!(
                parent: None, "request", method = %self.method, path = self.path.as_str(), id = self.id()
            )
            .in_scope(|| failure.log());
        }
    }

    /// An id that a caller sent may be no text.
    fn id(&self) -> &str {
        self.id.to_str().unwrap_or("")
    }
}
