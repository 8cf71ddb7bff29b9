//! What stands around every request: its id, who may ask, the log, and the end of a panic.
//!
//! One function in place of a layer for each: every layer boxes a future and copies the service
//! below it, with every request.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tracing::Instrument;
use uuid::Uuid;

use super::log::Asked;
use super::{REQUEST_ID, failure, origin};
use crate::service::Service;

/// Serves one request.
pub async fn serve(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let id = id_of(request.headers());
    let asked = Asked::new(&request, id.clone());
    let span = asked.span();
    let answer = async {
        match origin::refusal(&service, &request) {
            Some(refusal) => refusal.into_response(),
            None => {
                let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
                answer.unwrap_or_else(failure::of_panic)
            }
        }
    };
    let mut response = if span.is_disabled() {
        answer.await
    } else {
        asked.followed(answer).instrument(span).await
    };
    asked.log_failure(&response);
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The caller's id for the request, or one that is made for it.
fn id_of(headers: &HeaderMap) -> HeaderValue {
    if let Some(id) = headers.get(REQUEST_ID) {
        return id.clone();
    }
    let mut text = Uuid::encode_buffer();
    let text = Uuid::new_v4().as_hyphenated().encode_lower(&mut text);
    // A UUID has nothing that may not stand in a header.
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
