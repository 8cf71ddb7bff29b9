//! The header that names a request, in its response and in the log.

use axum::http::HeaderName;

/// Taken from the request if it is valid there, else made by the server.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
