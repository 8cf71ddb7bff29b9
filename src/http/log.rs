//! What the log has of requests.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tower_http::request_id::RequestId;
use tracing::Span;

use crate::error::Error;

/// The span of a request, for those who log every one of them.
pub fn span(request: &Request) -> Span {
    let id = request.extensions().get::<RequestId>().map(text);
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path(), id)
}

/// Logs the server's own failures, each with the request that it failed. A span that is always on
/// would be written out for every request, and few fail.
pub async fn failures(request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;
    if let Some(failure) = response.extensions().get::<Error>() {
        let id = id.as_ref().map(text);
        // Not within the span of the request, where that is on: it says the same.
        tracing::error_span!(parent: None, "request", %method, path = uri.path(), id)
            .in_scope(|| failure.log());
    }
    response
}

/// An id that a caller sent may be no text.
fn text(id: &RequestId) -> &str {
    id.header_value().to_str().unwrap_or("")
}
