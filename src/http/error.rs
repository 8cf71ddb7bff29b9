//! Errors as HTTP responses: the status, the JSON body and the headers.

use std::any::Any;

use axum::Json;
use axum::http::header::{
    ACCEPT_ENCODING, CONNECTION, RETRY_AFTER, SEC_WEBSOCKET_VERSION, UPGRADE, WWW_AUTHENTICATE,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoResponses, ToSchema};

use super::upgrade;
use crate::error::Error;
use crate::supervisor::panic_text;

/// The error of a handler, or of an extractor.
pub struct ApiError(pub Error);

impl<E: Into<Error>> From<E> for ApiError {
    fn from(failure: E) -> Self {
        Self(failure.into())
    }
}

/// The body of every error response.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"error": {
    "code": "INVALID_REQUEST",
    "message": "max_inactive_hours: -1 is not a number of hours from 0 to 876000"
}}))]
pub struct ErrorBody {
    pub error: ErrorDetail,
}

/// An error: what went wrong, for programs and for people.
#[derive(Serialize, ToSchema)]
pub struct ErrorDetail {
    /// A stable code for programs.
    pub code: &'static str,
    /// A sentence for people: what was wrong, and what to do about it. It may change.
    pub message: String,
    /// More for programs; absent for most codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    pub details: Option<Value>,
}

impl From<&Error> for ErrorBody {
    fn from(failure: &Error) -> Self {
        Self {
            error: ErrorDetail {
                code: failure.code(),
                message: failure.to_string(),
                details: failure.details(),
            },
        }
    }
}

fn status(failure: &Error) -> StatusCode {
    StatusCode::from_u16(failure.error_code().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self(failure) = self;
        let mut response = (status(&failure), Json(ErrorBody::from(&failure))).into_response();
        let headers = response.headers_mut();
        match failure {
            Error::Unavailable(_) | Error::RateLimited(_) => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Error::RateExceeded { retry_after, .. } => {
                // At least a second, since a header has whole ones.
                headers.insert(RETRY_AFTER, (retry_after.as_secs() + 1).into());
            }
            // The rest of the body, if it arrives later, would be taken for the next request.
            Error::BodyTimeout(_) => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Error::Unauthorized { .. } | Error::NotAllowed { .. } => {
                headers.insert(WWW_AUTHENTICATE, challenge(&failure));
            }
            Error::UnsupportedWebSocketVersion(_) => {
                headers.insert(SEC_WEBSOCKET_VERSION, upgrade::VERSION);
                headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
                headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
            }
            // Lists the supported encodings (RFC 9110, section 15.5.16).
            Error::UnsupportedEncoding(_) => {
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            }
            _ => {}
        }
        // The middleware logs the error together with the request.
        if failure.is_server_error() {
            response.extensions_mut().insert(failure);
        }
        response
    }
}

/// Which token is asked for, and what was wrong with the one that was sent (RFC 6750, section 3).
fn challenge(failure: &Error) -> HeaderValue {
    HeaderValue::from_static(match failure {
        Error::Unauthorized { has_token: true, .. } => {
            r#"Bearer realm="rollcall", error="invalid_token""#
        }
        Error::NotAllowed { .. } => r#"Bearer realm="rollcall", error="insufficient_scope""#,
        _ => r#"Bearer realm="rollcall""#,
    })
}

/// The response of a handler that panicked: 500, with the panic message in the log.
pub fn from_panic(cause: Box<dyn Any + Send>) -> Response {
    let text = panic_text(&*cause);
    ApiError(Error::internal(anyhow::anyhow!("a handler panicked: {text}"))).into_response()
}

/// Error responses of every route.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses in the OpenAPI document")]
pub enum CommonErrors {
    #[response(
        status = 400,
        description = "INVALID_REQUEST: the request can't be parsed, or a field is invalid"
    )]
    Invalid(ErrorBody),
    #[response(
        status = 403,
        description = "FORBIDDEN: the token does not allow this, or the host or the origin is not allowed"
    )]
    Forbidden(ErrorBody),
    #[response(status = 408, description = "REQUEST_TIMEOUT: the next chunk of the body was late")]
    Timeout(ErrorBody),
    #[response(status = 413, description = "PAYLOAD_TOO_LARGE: the body exceeds --body-limit")]
    TooLarge(ErrorBody),
    #[response(
        status = 429,
        description = "RATE_LIMITED: too many requests, invalid tokens or connections"
    )]
    RateLimited(ErrorBody),
    #[response(status = 500, description = "INTERNAL_ERROR: the cause is in the server's log")]
    Internal(ErrorBody),
    #[response(
        status = 503,
        description = "UNAVAILABLE: shutting down, overloaded, or the disk refuses writes; retry"
    )]
    Unavailable(ErrorBody),
}

/// Error responses of a route that names a session, in addition to [`CommonErrors`].
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses in the OpenAPI document")]
pub enum SessionErrors {
    #[response(status = 404, description = "SESSION_NOT_FOUND")]
    NotFound(ErrorBody),
    #[response(
        status = 410,
        description = "SESSION_REMOVED: the details have the time and the reason"
    )]
    Removed(ErrorBody),
}
