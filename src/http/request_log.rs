//! Log lines about HTTP requests.

use std::net::SocketAddr;
use std::time::Instant;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use tracing::{Level, Span};

use super::counted_body::CountedBody;
use crate::access::Grant;
use crate::error::Error;
use crate::model::excerpt;
use crate::net::PeerClosed;

/// Whether a line is written at the end of each request. It then says the name of the token, if the extensions
/// of the response have the [`Grant`].
pub fn is_enabled(is_access_log: bool) -> bool {
    is_access_log || tracing::enabled!(Level::DEBUG)
}

/// What the log says of a request: its method, its path and its id.
pub struct RequestLog {
    method: Method,
    /// A copy: the request's own path is a part of the buffer with its whole head, and a long poll would
    /// keep that buffer alive while it waits.
    path: String,
    id: HeaderValue,
    start: Instant,
    /// Of the line at the end; None if no such line is written.
    details: Option<Details>,
}

/// What only the line at the end of a request says.
struct Details {
    /// Whether the line is written at the level info, and not debug.
    is_access_log: bool,
    remote: Option<SocketAddr>,
    user_agent: String,
}

/// The line at the end of a request.
struct EndLine {
    request: RequestLog,
    details: Details,
    route: String,
    status: u16,
    grant: Option<Grant>,
}

impl RequestLog {
    /// Begins the log of a request. The line at its end is written at the level info with the access log, else
    /// at debug.
    pub fn new(request: &Request, id: HeaderValue, is_access_log: bool) -> Self {
        let details = is_enabled(is_access_log).then(|| Details {
            is_access_log,
            remote: PeerClosed::address_of(request.extensions()),
            user_agent: user_agent(request),
        });
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            id,
            start: Instant::now(),
            details,
        }
    }

    /// The method of the request.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// When the request began.
    pub fn start(&self) -> Instant {
        self.start
    }

    /// The span of the request. It is enabled only at the level debug.
    pub fn span(&self) -> Span {
        tracing::debug_span!("request", method = %self.method, path = self.path.as_str(), id = self.id())
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

    /// Writes the line at the end of the request, which may be the end of a body that is streamed.
    pub fn finish(mut self, route: &str, mut response: Response) -> Response {
        let Some(details) = self.details.take() else { return response };
        let line = EndLine {
            details,
            route: route.to_owned(),
            status: response.status().as_u16(),
            grant: response.extensions_mut().remove(),
            request: self,
        };
        match response.body().size_hint().exact() {
            Some(bytes) => {
                line.write(bytes);
                response
            }
            None => response
                .map(|body| Body::new(CountedBody::new(body, move |bytes| line.write(bytes)))),
        }
    }

    /// The request's id; empty if it is not text.
    fn id(&self) -> &str {
        self.id.to_str().unwrap_or("")
    }
}

impl EndLine {
    /// Writes the line, once the body is sent or given up; `bytes` of it were sent.
    fn write(&self, bytes: u64) {
        let Self { request, details, route, status, grant } = self;
        let remote = details.remote.map(|address| address.to_string());
        // A span would repeat the fields. The name of the token is there only if the request had one.
        macro_rules! line {
            ($level:expr) => {
                tracing::event!(
                    parent: None,
                    $level,
                    method = %request.method,
                    route,
                    path = request.path,
                    status,
                    duration_seconds = request.start.elapsed().as_secs_f64(),
                    bytes,
                    remote,
                    user_agent = details.user_agent,
                    token = grant.as_ref().and_then(Grant::token_name),
                    id = request.id(),
                    "request finished"
                )
            };
        }
        if details.is_access_log { line!(Level::INFO) } else { line!(Level::DEBUG) }
    }
}

/// What the client calls itself, shortened.
fn user_agent(request: &Request) -> String {
    let value = request.headers().get(USER_AGENT);
    excerpt(value.and_then(|value| value.to_str().ok()).unwrap_or_default())
}
