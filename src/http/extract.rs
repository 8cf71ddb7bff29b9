//! What handlers take in, checked on the way.

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
use crate::model::{NodeId, SessionId, excerpt};
use crate::state::{AppState, FORBEARANCE, Limits};

/// The body as it came, within the limit.
pub struct RawBody(pub Bytes);

impl FromRequest<Arc<AppState>> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request<Body>, state: &Arc<AppState>) -> Result<Self, ApiError> {
        reject_query(request.uri())?;
        reject_content_encoding(request.headers())?;
        Ok(Self(read_body(request.into_body(), &state.limits).await?))
    }
}

/// Refuses a query on a route that takes none. Such routes change something, and what a caller meant
/// by it (`?dry_run=true`) would be passed over.
fn reject_query(uri: &Uri) -> Result<(), Error> {
    match uri.query() {
        None | Some("") => Ok(()),
        Some(query) => Err(Error::InvalidRequest(format!(
            "'?{}': this route takes no query. Send it in the body, as JSON.",
            excerpt(query)
        ))),
    }
}

/// Refuses a body that is compressed (RFC 9110, section 8.4).
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

/// Stands for the body and the query of a route that changes something and takes neither. A body is
/// not read.
pub struct NoInput;

impl<S: Sync> FromRequestParts<S> for NoInput {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        reject_query(&parts.uri)?;
        Ok(Self)
    }
}

/// A JSON body. No body is the empty object. The content type is not asked for: what can be read
/// is meant.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<AppState>> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request<Body>, state: &Arc<AppState>) -> Result<Self, ApiError> {
        let RawBody(bytes) = RawBody::from_request(request, state).await?;
        let json: &[u8] = if bytes.trim_ascii().is_empty() { b"{}" } else { &bytes };
        Ok(Self(json::read(json)?))
    }
}

pub async fn read_body(body: Body, limits: &Limits) -> Result<Bytes, Error> {
    let limit = limits.body;
    let mut pieces = body.into_data_stream();
    let mut bytes = BytesMut::new();
    let mut size = 0_usize;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|cause| match is_timeout(&cause) {
            true => Error::BodyTimeout(limits.body_timeout),
            false => Error::InvalidRequest(cause.to_string()),
        })?;
        size += piece.len();
        if size <= limit {
            bytes.extend_from_slice(&piece);
        } else if size > limit.saturating_add(FORBEARANCE) {
            break;
        }
    }
    if size > limit {
        return Err(Error::PayloadTooLarge { what: "body", limit, setting: "--body-limit" });
    }
    Ok(bytes.into())
}

/// Whether the body broke off because its next piece was late.
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

/// The query string.
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

/// The session that the path names.
pub struct SessionPath(pub SessionId);

impl<S: Send + Sync> FromRequestParts<S> for SessionPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|cause| Error::InvalidRequest(cause.to_string()))?;
        Ok(Self(parse_field("session_id", &text)?))
    }
}

/// The node and its session that the path names.
pub struct NodePath(pub SessionId, pub NodeId);

impl<S: Send + Sync> FromRequestParts<S> for NodePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((session, node)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|cause| Error::InvalidRequest(cause.to_string()))?;
        Ok(Self(parse_field("session_id", &session)?, parse_field("node_id", &node)?))
    }
}

/// Reads what stands in a path or a query; the error names the field.
pub fn parse_field<T: FromStr<Err = String>>(field: &str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|cause| Error::InvalidRequest(format!("{field}: {cause}")))
}

/// How many items a page has unless the caller says.
const DEFAULT_PAGE_LIMIT: u32 = 1_000;
/// How many it has at most.
const MAX_PAGE_LIMIT: u32 = 10_000;

/// How many items the caller wants at a time.
pub fn page_limit(limit: Option<u32>) -> Result<u32, Error> {
    let limit = limit.unwrap_or(DEFAULT_PAGE_LIMIT);
    if (1..=MAX_PAGE_LIMIT).contains(&limit) {
        return Ok(limit);
    }
    Err(Error::InvalidRequest(format!(
        "limit: {limit} is not a whole number from 1 to {MAX_PAGE_LIMIT}"
    )))
}
