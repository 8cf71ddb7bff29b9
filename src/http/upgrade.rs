//! A request that becomes a WebSocket, whatever is spoken over it then.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{SEC_WEBSOCKET_VERSION, UPGRADE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use crate::error::Error;

/// The only version that there is (RFC 6455).
pub const VERSION: HeaderValue = HeaderValue::from_static("13");

/// The answer that makes a WebSocket of the request's connection, and what gives that connection once
/// the answer is written; else what is wrong with the request.
pub fn accept(request: &mut Request) -> Result<(Response, OnUpgrade), Error> {
    check_version(request.headers())?;
    let response = create_response_with_body(request, Body::empty).map_err(|cause| {
        Error::InvalidRequest(format!("Expected a WebSocket upgrade (RFC 6455): {cause}."))
    })?;
    Ok((response, hyper::upgrade::on(request)))
}

/// Whether the request asks for a WebSocket.
pub fn is_requested(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Refuses versions of WebSocket other than the one that there is. A request without a version is not
/// of another one; whatever else is wrong with it is found later.
pub fn check_version(headers: &HeaderMap) -> Result<(), Error> {
    match headers.get(SEC_WEBSOCKET_VERSION) {
        Some(version) if is_requested(headers) && version != VERSION => {
            let version = String::from_utf8_lossy(version.as_bytes()).into_owned();
            Err(Error::UnsupportedWebSocketVersion(version))
        }
        _ => Ok(()),
    }
}
