//! Calls from web pages: which are let in, and what browsers are told.

use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{ETAG, HOST, LOCATION, ORIGIN, RETRY_AFTER, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use tower_http::cors::{AllowCredentials, AllowHeaders, AllowOrigin, CorsLayer};

use super::REQUEST_ID;
use super::failure::Failure;
use super::live::SOCKET_IO;
use crate::error::Error;
use crate::net::origins::Origins;
use crate::service::Service;
use crate::session::excerpt;

/// How long a browser may keep what it was told of a route.
const MAX_AGE: Duration = Duration::from_secs(600);

/// Tells browsers which pages may read what they are answered.
pub fn cors(service: &Service) -> CorsLayer {
    let origins = service.allowed_origins.clone();
    // Where every page is let in, none may bring along who its visitor is elsewhere.
    let credentials = origins != Origins::Any;
    let allow = move |origin: &HeaderValue, parts: &Parts| allows(&origins, origin, &parts.headers);
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(allow))
        .allow_credentials(AllowCredentials::predicate(move |_, _| credentials))
        .allow_headers(AllowHeaders::mirror_request())
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE])
        .expose_headers([ETAG, LOCATION, RETRY_AFTER, REQUEST_ID])
        .max_age(MAX_AGE)
}

fn allows(origins: &Origins, origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    origin.to_str().is_ok_and(|origin| origins.allow(origin, host))
}

/// Refuses what a browser lets a foreign page do without asking first: simple posts, WebSockets
/// and Socket.IO. What only reads is let through; the page does not get to see it.
pub fn refusal(service: &Service, request: &Request) -> Option<Failure> {
    let headers = request.headers();
    let origin = headers.get(ORIGIN)?;
    let acts = !request.method().is_safe()
        || headers.contains_key(UPGRADE)
        || request.uri().path().starts_with(SOCKET_IO);
    if !acts || allows(&service.allowed_origins, origin, headers) {
        return None;
    }
    let origin = String::from_utf8_lossy(origin.as_bytes());
    Some(Failure(Error::Forbidden(format!(
        "Pages of {} may not call this service; --allowed-origins says which may.",
        excerpt(&origin)
    ))))
}
