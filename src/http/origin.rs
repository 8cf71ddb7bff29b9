//! Requests from web pages: CORS, and the rejection of requests from origins that are not allowed.

use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{ETAG, LOCATION, ORIGIN, RETRY_AFTER, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use tower_http::cors::{AllowCredentials, AllowHeaders, AllowOrigin, CorsLayer};

use super::error::ApiError;
use super::host;
use super::request_id::REQUEST_ID;
use crate::error::Error;
use crate::model::excerpt;
use crate::net::hosts::Host;
use crate::net::origins::{self, Origins};
use crate::state::AppState;

/// The path of all requests of Engine.IO, whose GETs open connections. Clients may add a slash at its end.
pub const SOCKETIO_PATH: &str = "/socket.io";

/// How long a browser may cache the response to a preflight request.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(600);

/// The CORS headers, from which browsers know which pages may read responses.
pub fn cors(state: &AppState) -> CorsLayer {
    let origins = state.allowed_origins.clone();
    let allow = move |origin: &HeaderValue, parts: &Parts| {
        allows(&origins, origin, host::checked_target_host(&parts.uri, &parts.headers))
    };
    // Cookies are accepted only from origins that the setting names, not from those that are allowed by
    // default or by `*`.
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
        .max_age(PREFLIGHT_MAX_AGE)
}

fn allows(origins: &Origins, origin: &HeaderValue, host: Option<Host<'_>>) -> bool {
    origin.to_str().is_ok_and(|origin| origins.allow(origin, host))
}

/// The response (403) to a request from a page whose origin is not allowed; None if the request may go on.
///
/// Browsers send some requests of a foreign page without a preflight: simple posts, WebSockets and Socket.IO.
/// These are rejected here. Requests that only read may go on, since without CORS headers the browser does
/// not let the page see the response.
pub fn reject_cross_origin(state: &AppState, request: &Request) -> Option<ApiError> {
    let headers = request.headers();
    let origin = headers.get(ORIGIN)?;
    let host = host::checked_target_host(request.uri(), headers);
    if !has_effects(request.method(), request.uri(), headers)
        || allows(&state.allowed_origins, origin, host)
    {
        return None;
    }
    let origin = String::from_utf8_lossy(origin.as_bytes());
    Some(ApiError(Error::Forbidden(format!(
        "Requests from pages of {} are not allowed; add the origin to --allowed-origins.",
        excerpt(&origin)
    ))))
}

/// Whether a request changes something, or opens a connection by which a page may change something.
pub fn has_effects(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    !method.is_safe() || headers.contains_key(UPGRADE) || uri.path().starts_with(SOCKETIO_PATH)
}

/// Whether a request comes from a page of this server.
pub fn is_own(uri: &Uri, headers: &HeaderMap) -> bool {
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    let host = host::checked_target_host(uri, headers);
    origin.zip(host).is_some_and(|(origin, host)| origins::is_of_host(origin, host))
}
