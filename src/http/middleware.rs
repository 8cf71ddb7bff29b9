//! What is done around every request: its id, who may ask, the log, and the end of a panic.
//!
//! One function in place of a layer for each: every layer boxes a future and copies the service
//! below it, with every request.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, ETAG, ORIGIN, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tower_http::cors::CorsLayer;
use tower_layer::Layer;
use tower_service::Service as _;
use tracing::Instrument;
use uuid::Uuid;

use super::request_log::RequestLog;
use super::{REQUEST_ID, error, host, origin};
use crate::state::AppState;

/// A longer id of a caller is not taken.
const MAX_REQUEST_ID_BYTES: usize = 128;

/// What it takes to stand there.
pub struct Middleware {
    state: Arc<AppState>,
    cors: CorsLayer,
}

impl Middleware {
    pub fn new(state: Arc<AppState>) -> Arc<Self> {
        Arc::new(Self { cors: origin::cors(&state), state })
    }

    /// Only a page has an origin, and needs to be told whether it may read the answer.
    async fn answer(&self, request: Request, next: Next) -> Response {
        if !request.headers().contains_key(ORIGIN) {
            return next.run(request).await;
        }
        match self.cors.layer(next).call(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }
}

/// Serves one request.
pub async fn handle(
    State(middleware): State<Arc<Middleware>>,
    request: Request,
    next: Next,
) -> Response {
    let id = request_id(request.headers());
    let request_log = RequestLog::new(&request, id.clone());
    let span = request_log.span();
    let answer = async {
        let refusal = host::reject_unknown_host(&middleware.state.hosts, &request);
        match refusal.or_else(|| origin::reject_cross_origin(&middleware.state, &request)) {
            Some(refusal) => refusal.into_response(),
            None => {
                let answer =
                    AssertUnwindSafe(middleware.answer(request, next)).catch_unwind().await;
                answer.unwrap_or_else(error::from_panic)
            }
        }
    };
    let mut response = if span.is_disabled() {
        answer.await
    } else {
        request_log.traced(answer).instrument(span).await
    };
    request_log.log_failure(&response);
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    // What is kept of an answer without an origin is none for a page.
    headers.entry(VARY).or_insert(HeaderValue::from_static("origin"));
    // What has a tag may be kept, if the service is asked each time whether it still holds.
    let kept = if headers.contains_key(ETAG) { "no-cache" } else { "no-store" };
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static(kept));
    response
}

/// The caller's id for the request, or one that is made for it: an id goes into every line of the log
/// that is about the request, so it is short and one word.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_valid = |id: &&HeaderValue| {
        (1..=MAX_REQUEST_ID_BYTES).contains(&id.len())
            && id.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    // A copy, as with the path that the log names.
    if let Some(id) = headers.get(REQUEST_ID).filter(is_valid)
        && let Ok(id) = HeaderValue::from_bytes(id.as_bytes())
    {
        return id;
    }
    let mut text = Uuid::encode_buffer();
    let text = Uuid::new_v4().as_hyphenated().encode_lower(&mut text);
    // A UUID has nothing that may not stand in a header.
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
