//! Calls from web pages: which are let in, and what browsers are told.

use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{ETAG, LOCATION, ORIGIN, RETRY_AFTER, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method};
use tower_http::cors::{AllowCredentials, AllowHeaders, AllowOrigin, CorsLayer};

use super::REQUEST_ID;
use super::error::ApiError;
use super::{host, socketio};
use crate::error::Error;
use crate::model::excerpt;
use crate::net::hosts::Host;
use crate::net::origins::Origins;
use crate::state::AppState;

/// How long a browser may keep what it was told of a route.
const MAX_AGE: Duration = Duration::from_secs(600);

/// Tells browsers which pages may read what they are answered.
pub fn cors(state: &AppState) -> CorsLayer {
    let origins = state.allowed_origins.clone();
    let allow = move |origin: &HeaderValue, parts: &Parts| {
        allows(&origins, origin, host::checked_target_host(&parts.uri, &parts.headers))
    };
    // Only a page of an origin that somebody has named may bring along who its visitor is.
    let origins = state.allowed_origins.clone();
    let credentials = move |origin: &HeaderValue, _: &Parts| {
        origin.to_str().is_ok_and(|origin| origins.names(origin))
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(allow))
        .allow_credentials(AllowCredentials::predicate(credentials))
        .allow_headers(AllowHeaders::mirror_request())
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE])
        .expose_headers([ETAG, LOCATION, RETRY_AFTER, REQUEST_ID])
        .max_age(MAX_AGE)
}

fn allows(origins: &Origins, origin: &HeaderValue, host: Option<Host<'_>>) -> bool {
    origin.to_str().is_ok_and(|origin| origins.allow(origin, host))
}

/// Refuses what a browser lets a foreign page do without asking first: simple posts, WebSockets
/// and Socket.IO. What only reads is let through; the page does not get to see it.
pub fn reject_cross_origin(state: &AppState, request: &Request) -> Option<ApiError> {
    let headers = request.headers();
    let origin = headers.get(ORIGIN)?;
    let acts = !request.method().is_safe()
        || headers.contains_key(UPGRADE)
        || request.uri().path().starts_with(socketio::PATH);
    let host = host::checked_target_host(request.uri(), headers);
    if !acts || allows(&state.allowed_origins, origin, host) {
        return None;
    }
    let origin = String::from_utf8_lossy(origin.as_bytes());
    Some(ApiError(Error::Forbidden(format!(
        "Pages of {} may not call this service; --allowed-origins says which may.",
        excerpt(&origin)
    ))))
}
