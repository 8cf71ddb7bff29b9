//! What handlers take in, checked on the way.

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query};
use axum::http::Request;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::failure::Failure;
use crate::error::Error;
use crate::service::Service;
use crate::session::SessionId;
use crate::shape;
use std::sync::Arc;

/// A JSON body. No body is the empty object. The content type is not asked for: what can be read
/// is meant.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Service>> for JsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request<Body>, service: &Arc<Service>) -> Result<Self, Failure> {
        let bytes = match Bytes::from_request(request, service).await {
            Ok(bytes) => bytes,
            Err(BytesRejection::FailedToBufferBody(cause))
                if cause.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE =>
            {
                let limit = service.limits.body;
                return Err(Failure(Error::PayloadTooLarge { limit, setting: "--body-limit" }));
            }
            Err(cause) => return Err(Failure(Error::InvalidRequest(cause.to_string()))),
        };
        let json: &[u8] = if bytes.trim_ascii().is_empty() { b"{}" } else { &bytes };
        Ok(Self(shape::read(json)?))
    }
}

/// The query string.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(cause) => {
                let text = std::error::Error::source(&cause).map(ToString::to_string);
                Err(Failure(Error::InvalidRequest(text.unwrap_or_else(|| cause.to_string()))))
            }
        }
    }
}

/// The session that the path names.
pub struct InSession(pub SessionId);

impl<S: Send + Sync> FromRequestParts<S> for InSession {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|cause| Error::InvalidRequest(cause.to_string()))?;
        let session_id =
            text.parse().map_err(|cause| Error::InvalidRequest(format!("session_id: {cause}")))?;
        Ok(Self(session_id))
    }
}
