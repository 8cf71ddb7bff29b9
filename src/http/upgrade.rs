//! The WebSocket handshake (RFC 6455, section 4.2). What is sent over the WebSocket is the caller's choice.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{SEC_WEBSOCKET_VERSION, UPGRADE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use crate::error::Error;

/// The version of WebSocket that RFC 6455 defines; there is no other one.
pub const VERSION: HeaderValue = HeaderValue::from_static("13");

/// The response (101) that accepts the handshake, and a future that returns the connection once the response
/// is written. Fails if the request is not a handshake, or is for another version.
pub fn accept(request: &mut Request) -> Result<(Response, OnUpgrade), Error> {
    check_version(request.headers())?;
    let response = create_response_with_body(request, Body::empty).map_err(|cause| {
        Error::InvalidRequest(format!("Expected a WebSocket upgrade (RFC 6455): {cause}."))
    })?;
    Ok((response, hyper::upgrade::on(request)))
}

/// Whether the request asks for an upgrade to a WebSocket.
pub fn is_requested(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Rejects versions other than [`VERSION`]. A handshake without a version is malformed in another way, which
/// [`accept`] finds later.
fn check_version(headers: &HeaderMap) -> Result<(), Error> {
    match headers.get(SEC_WEBSOCKET_VERSION) {
        Some(version) if is_requested(headers) && version != VERSION => {
            let version = String::from_utf8_lossy(version.as_bytes()).into_owned();
            Err(Error::UnsupportedWebSocketVersion(version))
        }
        _ => Ok(()),
    }
}
