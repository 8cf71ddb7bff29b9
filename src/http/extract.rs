//! Extractors: bodies, query strings and paths are parsed and checked before a handler runs. Errors name the
//! field.

use std::io::{self, ErrorKind};
use std::str::FromStr;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query as AxumQuery};
use axum::http::header::CONTENT_ENCODING;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, Uri};
use bytes::BytesMut;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use crate::error::Error;
use crate::json;
use crate::model::{EndpointId, NodeId, SessionId, excerpt};
use crate::state::{AppState, Limits, OVERSIZE_DRAIN_BYTES};

/// The whole body in memory, at most `--body-limit` bytes.
pub struct RawBody(pub Bytes);

impl FromRequest<Arc<AppState>> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request<Body>, state: &Arc<AppState>) -> Result<Self, ApiError> {
        reject_query(request.uri())?;
        reject_content_encoding(request.headers())?;
        Ok(Self(read_body(request.into_body(), &state.limits).await?))
    }
}

/// Rejects a query string on a route without parameters. Such routes change something, and a parameter that
/// is ignored, such as `?dry_run=true`, would do harm.
fn reject_query(uri: &Uri) -> Result<(), Error> {
    match uri.query() {
        None | Some("") => Ok(()),
        Some(query) => Err(Error::InvalidRequest(format!(
            "'?{}': this route has no query parameters. Send them in the body, as JSON.",
            excerpt(query)
        ))),
    }
}

/// Rejects a body with a Content-Encoding other than `identity` (RFC 9110, section 8.4).
fn reject_content_encoding(headers: &HeaderMap) -> Result<(), Error> {
    for value in headers.get_all(CONTENT_ENCODING) {
        let text = String::from_utf8_lossy(value.as_bytes());
        let mut codings = text.split(',').map(str::trim).filter(|coding| !coding.is_empty());
        if let Some(coding) = codings.find(|coding| !coding.eq_ignore_ascii_case("identity")) {
            return Err(Error::UnsupportedEncoding(excerpt(coding)));
        }
    }
    Ok(())
}

/// For a route that changes something and has neither parameters nor a body: rejects a query string, and
/// leaves a body unread.
pub struct NoInput;

impl<S: Sync> FromRequestParts<S> for NoInput {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        reject_query(&parts.uri)?;
        Ok(Self)
    }
}

/// A JSON object in the body. An empty body counts as `{}`, and the Content-Type is not checked.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<AppState>> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request<Body>, state: &Arc<AppState>) -> Result<Self, ApiError> {
        let RawBody(bytes) = RawBody::from_request(request, state).await?;
        let json: &[u8] = if bytes.trim_ascii().is_empty() { b"{}" } else { &bytes };
        Ok(Self(json::parse(json)?))
    }
}

/// Reads a body of at most `--body-limit` bytes. Fails with `PAYLOAD_TOO_LARGE` if it is larger, with
/// `REQUEST_TIMEOUT` if its next chunk is late, and with `INVALID_REQUEST` if the connection breaks.
///
/// The rest of a body that is too large is read and discarded, up to [`OVERSIZE_DRAIN_BYTES`]: a client that
/// is still writing when the connection closes does not get to read the error.
pub async fn read_body(body: Body, limits: &Limits) -> Result<Bytes, Error> {
    let limit = limits.body;
    let mut chunks = body.into_data_stream();
    let mut bytes = BytesMut::new();
    let mut size = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|cause| match is_timeout(&cause) {
            true => Error::BodyTimeout(limits.body_timeout),
            false => Error::InvalidRequest(cause.to_string()),
        })?;
        size += chunk.len();
        if size <= limit {
            bytes.extend_from_slice(&chunk);
        } else if size > limit.saturating_add(OVERSIZE_DRAIN_BYTES) {
            break;
        }
    }
    if size > limit {
        return Err(Error::PayloadTooLarge { what: "body", limit, setting: "--body-limit" });
    }
    Ok(bytes.into())
}

/// Whether the body failed because its next chunk was late.
fn is_timeout(cause: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(cause);
    while let Some(error) = cause {
        if error.downcast_ref().is_some_and(|io: &io::Error| io.kind() == ErrorKind::TimedOut) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The parameters of the query string. Wraps axum's extractor to return the errors of this API.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match AxumQuery::try_from_uri(&parts.uri) {
            Ok(AxumQuery(params)) => Ok(Self(params)),
            Err(cause) => {
                let text = std::error::Error::source(&cause).map(ToString::to_string);
                Err(ApiError(Error::InvalidRequest(text.unwrap_or_else(|| cause.to_string()))))
            }
        }
    }
}

/// The `session_id` of the path.
pub struct SessionPath(pub SessionId);

impl<S: Send + Sync> FromRequestParts<S> for SessionPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|cause| Error::InvalidRequest(cause.to_string()))?;
        Ok(Self(parse_id("session", &text)?))
    }
}

/// The `session_id` and the `node_id` of the path.
pub struct NodePath(pub SessionId, pub NodeId);

impl<S: Send + Sync> FromRequestParts<S> for NodePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((session, node)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|cause| Error::InvalidRequest(cause.to_string()))?;
        Ok(Self(parse_id("session", &session)?, parse_id("node", &node)?))
    }
}

/// The `session_id` and the `client_id` of the path.
pub struct ClientPath(pub SessionId, pub String);

impl<S: Send + Sync> FromRequestParts<S> for ClientPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((session, client_id)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|cause| Error::InvalidRequest(cause.to_string()))?;
        Ok(Self(parse_id("session", &session)?, client_id))
    }
}

/// The `endpoint_id` of the path.
pub struct EndpointPath(pub EndpointId);

impl<S: Send + Sync> FromRequestParts<S> for EndpointPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|cause| Error::InvalidRequest(cause.to_string()))?;
        Ok(Self(parse_id("webhook", &text)?))
    }
}

/// The `endpoint_id` and the `message_id` of the path.
pub struct MessagePath(pub EndpointId, pub String);

impl<S: Send + Sync> FromRequestParts<S> for MessagePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((endpoint, message_id)) =
            Path::<(String, String)>::from_request_parts(parts, state)
                .await
                .map_err(|cause| Error::InvalidRequest(cause.to_string()))?;
        Ok(Self(parse_id("webhook", &endpoint)?, message_id))
    }
}

/// Parses an id of the path. Nothing has an id that is no UUID, so it is not found.
pub fn parse_id<T: FromStr<Err = String>>(what: &'static str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::NoSuchId { what, id: excerpt(text) })
}

/// Parses a field of a query. The error names it.
pub fn parse_field<T: FromStr<Err = String>>(field: &str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|cause| Error::InvalidRequest(format!("{field}: {cause}")))
}

/// The number of items of a page, if the caller gives no `limit`.
const DEFAULT_PAGE_LIMIT: u32 = 1_000;
/// The maximum `limit` of a page.
const MAX_PAGE_LIMIT: u32 = 10_000;

/// The `limit` of a page: the default if there is none; an error if it is out of range.
pub fn page_limit(limit: Option<u32>) -> Result<u32, Error> {
    let limit = limit.unwrap_or(DEFAULT_PAGE_LIMIT);
    if (1..=MAX_PAGE_LIMIT).contains(&limit) {
        return Ok(limit);
    }
    Err(Error::InvalidRequest(format!(
        "limit: {limit} is not a whole number from 1 to {MAX_PAGE_LIMIT}"
    )))
}
