//! The middleware of every request: its id, the checks of host and origin, CORS, the log, and the response to
//! a panic of its handler.
//!
//! It is one function rather than a stack of layers: each layer boxes a future and clones the service below
//! it, for every request.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, ETAG, ORIGIN, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tower_http::cors::CorsLayer;
use tower_layer::Layer;
use tower_service::Service;
use tracing::Instrument;
use uuid::Uuid;

use super::error::ApiError;
use super::request_id::REQUEST_ID;
use super::request_log::{self, RequestLog};
use super::{access, error, host, origin};
use crate::access::Grant;
use crate::state::AppState;

/// The maximum size of an `X-Request-Id` that is taken over from the caller.
const MAX_REQUEST_ID_BYTES: usize = 128;

/// The route of a request whose path no route has, for the metrics.
const NO_ROUTE: &str = "none";

/// What the middleware needs for each request.
pub struct Middleware {
    state: Arc<AppState>,
    cors: CorsLayer,
}

impl Middleware {
    pub fn new(state: Arc<AppState>) -> Arc<Self> {
        Arc::new(Self { cors: origin::cors(&state), state })
    }

    /// Runs the handler. CORS applies only to requests with an `Origin` header, which browsers send.
    async fn run(&self, request: Request, next: Next) -> Response {
        let authorized = Authorized { state: self.state.clone(), next };
        if !request.headers().contains_key(ORIGIN) {
            return authorized.run(request).await;
        }
        match self.cors.layer(authorized).call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// The handler behind the check of what the caller may do. CORS stands around both: a page may read why it was
/// refused, and a preflight request has no token.
#[derive(Clone)]
struct Authorized {
    state: Arc<AppState>,
    next: Next,
}

impl Authorized {
    async fn run(self, request: Request) -> Response {
        match access::authorize(&self.state, request).await {
            Ok(request) => {
                let is_logged = request_log::is_enabled(self.state.access_log);
                let grant = request.extensions().get::<Grant>().filter(|_| is_logged).cloned();
                let mut response = self.next.run(request).await;
                if let Some(grant) = grant {
                    response.extensions_mut().insert(grant);
                }
                response
            }
            Err(failure) => {
                self.state.metrics.http.observe_refusal(failure.code(), "requests");
                ApiError(failure).into_response()
            }
        }
    }
}

impl Service<Request> for Authorized {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let authorized = self.clone();
        Box::pin(async move { Ok(authorized.run(request).await) })
    }
}

/// Handles one request.
pub async fn handle(
    State(middleware): State<Arc<Middleware>>,
    request: Request,
    next: Next,
) -> Response {
    let id = request_id(request.headers());
    let request_log = RequestLog::new(&request, id.clone(), middleware.state.access_log);
    // None where no route has the path of the request.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let span = request_log.span();
    let metrics = &middleware.state.metrics.http;
    let rejection = host::reject_unknown_host(&middleware.state.hosts, &request)
        .map(|rejection| ("host", rejection))
        .or_else(|| {
            let rejection = origin::reject_cross_origin(&middleware.state, &request);
            rejection.map(|rejection| ("origin", rejection))
        });
    let response = async {
        match rejection {
            Some((kind, rejection)) => {
                metrics.origin_refused_total.with([kind]).inc();
                rejection.into_response()
            }
            None => {
                let response = AssertUnwindSafe(middleware.run(request, next)).catch_unwind().await;
                response.unwrap_or_else(error::from_panic)
            }
        }
    };
    let mut response =
        if span.is_disabled() { response.await } else { response.instrument(span).await };
    request_log.log_failure(&response);
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let (method, duration) = (request_log.method().as_str(), request_log.start().elapsed());
    metrics.observe(method, route, response.status().as_u16(), duration);
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    // A cached response without CORS headers must not be served to a page.
    headers.entry(VARY).or_insert(HeaderValue::from_static("origin"));
    // A response with an entity tag may be cached, if the cache revalidates it before each use.
    let caching = if headers.contains_key(ETAG) { "no-cache" } else { "no-store" };
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static(caching));
    request_log.finish(route, response)
}

/// The `X-Request-Id` of the caller, or a new UUID. The id is written into every log line about the request,
/// so one that is long or not a single word of visible ASCII is not taken over.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_valid = |id: &&HeaderValue| {
        (1..=MAX_REQUEST_ID_BYTES).contains(&id.len())
            && id.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    // A copy: the caller's value is a part of the buffer with the request's whole head, and would keep that
    // buffer alive as long as the request.
    if let Some(id) = headers.get(REQUEST_ID).filter(is_valid)
        && let Ok(id) = HeaderValue::from_bytes(id.as_bytes())
    {
        return id;
    }
    let mut text = Uuid::encode_buffer();
    let text = Uuid::new_v4().as_hyphenated().encode_lower(&mut text);
    // A UUID has only characters that are allowed in a header.
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
