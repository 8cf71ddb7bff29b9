//! Conditional requests (RFC 9110, section 13). The entity tag of a session's content is its revision.

use axum::http::header::{ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa::{IntoParams, IntoResponses};

use super::error::ErrorBody;
use crate::error::Error;
use crate::model::{EntityTags, Precondition};

/// The headers of a conditional read.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes headers in the OpenAPI document")]
pub struct ReadHeaders {
    /// Respond with 304 if the content is still at one of these revisions.
    #[param(rename = "If-None-Match", example = "\"12\"")]
    if_none_match: Option<String>,
}

/// Responses to a conditional read whose condition is not met.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes responses in the OpenAPI document")]
pub enum NotModified {
    #[response(status = 304, description = "The content is still at a revision in If-None-Match")]
    Known,
    #[response(
        status = 412,
        description = "REVISION_MISMATCH: the content is not at a revision in If-Match"
    )]
    Moved(ErrorBody),
}

/// The precondition of a change, from `If-Match` and `If-None-Match`; None if the request has neither.
/// Fails if a header is malformed.
pub fn precondition(headers: &HeaderMap) -> Result<Option<Precondition>, Error> {
    Ok(Precondition::new(entity_tags(headers, &IF_MATCH)?, entity_tags(headers, &IF_NONE_MATCH)?))
}

/// The condition of a read, from `If-Match` and `If-None-Match`.
pub struct ReadCondition {
    if_match: Option<Precondition>,
    if_none_match: Option<EntityTags>,
}

impl ReadCondition {
    /// Fails if a header is malformed.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, Error> {
        Ok(Self {
            if_match: Precondition::new(entity_tags(headers, &IF_MATCH)?, None),
            if_none_match: entity_tags(headers, &IF_NONE_MATCH)?,
        })
    }

    /// Whether the content at this revision is already known to the caller (304). Fails if `If-Match` is not
    /// met (412); it is evaluated first (RFC 9110, section 13.2.2).
    pub fn is_not_modified(&self, revision: i64) -> Result<bool, Error> {
        if let Some(if_match) = &self.if_match {
            if_match.check(revision)?;
        }
        Ok(self.if_none_match.as_ref().is_some_and(|tags| tags.match_weakly(revision)))
    }
}

/// Rejects an `If-Match` header with entity tags, for a resource that has none: such a condition is false
/// (RFC 9110, section 13.1.1), so the request must not be executed.
pub fn reject_entity_tags(headers: &HeaderMap) -> Result<(), Error> {
    let has_tag = headers.get_all(IF_MATCH).iter().any(|value| value != "*");
    if !has_tag {
        return Ok(());
    }
    Err(Error::PreconditionFailed(
        "The metadata of a session has no ETag, so no tag in If-Match can match. Omit the header, \
         or send '*'."
            .to_owned(),
    ))
}

/// The entity tags of a header. If the header occurs more than once, its lines are one list (RFC 9110,
/// section 5.3).
fn entity_tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<EntityTags>, Error> {
    let mut lines = headers.get_all(name).iter();
    let Some(first) = lines.next() else { return Ok(None) };
    let mut all = first.as_bytes().to_vec();
    for line in lines {
        all.extend_from_slice(b", ");
        all.extend_from_slice(line.as_bytes());
    }
    let title = if *name == IF_MATCH { "If-Match" } else { "If-None-Match" };
    let tags = EntityTags::parse(&all);
    tags.map(Some).map_err(|cause| Error::InvalidRequest(format!("{title}: {cause}")))
}

/// The value of the `ETag` header for a revision.
pub fn etag(revision: i64) -> String {
    format!("\"{revision}\"")
}

/// The response 304, for content that the caller already has (RFC 9110, section 15.4.5).
pub fn not_modified(revision: i64) -> Response {
    (StatusCode::NOT_MODIFIED, [(ETAG, etag(revision))]).into_response()
}
