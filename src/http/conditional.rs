//! Conditional requests (RFC 9110, section 13): the entity tag of a content is its revision.

use axum::http::header::{ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa::{IntoParams, IntoResponses};

use super::error::ErrorBody;
use crate::error::Error;
use crate::model::{EntityTags, Precondition};

/// The headers that a read of something with an entity tag takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it stands for headers in the description")]
pub struct ReadHeaders {
    /// Answers 304 where the content is still at one of these revisions.
    #[param(rename = "If-None-Match", example = "\"12\"")]
    if_none_match: Option<String>,
}

/// The answer to a read of what the caller has already.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it stands for responses in the description")]
pub enum NotModified {
    #[response(status = 304, description = "The content is still at a revision of If-None-Match")]
    Known,
    #[response(
        status = 412,
        description = "CONFLICT: the content is not at a revision of If-Match"
    )]
    Moved(ErrorBody),
}

/// What the headers demand of the content before it is changed; None where they demand nothing.
pub fn precondition(headers: &HeaderMap) -> Result<Option<Precondition>, Error> {
    Ok(Precondition::new(tags(headers, &IF_MATCH)?, tags(headers, &IF_NONE_MATCH)?))
}

/// What the headers of a read demand.
pub struct ReadCondition {
    if_match: Option<Precondition>,
    if_none_match: Option<EntityTags>,
}

impl ReadCondition {
    pub fn of(headers: &HeaderMap) -> Result<Self, Error> {
        Ok(Self {
            if_match: Precondition::new(tags(headers, &IF_MATCH)?, None),
            if_none_match: tags(headers, &IF_NONE_MATCH)?,
        })
    }

    /// Whether the caller has the content of this revision already; an error where it wants another.
    /// This is the order in which the headers count (RFC 9110, section 13.2.2).
    pub fn is_known(&self, revision: i64) -> Result<bool, Error> {
        if let Some(if_match) = &self.if_match {
            if_match.check(revision)?;
        }
        Ok(self.if_none_match.as_ref().is_some_and(|tags| tags.match_weakly(revision)))
    }
}

/// Refuses `If-Match` with tags for something that has none: such a condition is false (RFC 9110,
/// section 13.1.1), and a caller that sends one wants nothing to be done then.
pub fn reject_entity_tags(headers: &HeaderMap) -> Result<(), Error> {
    let asks_for_a_tag = headers.get_all(IF_MATCH).iter().any(|value| value != "*");
    if !asks_for_a_tag {
        return Ok(());
    }
    Err(Error::PreconditionFailed(
        "The metadata of a session has no ETag, so no tag in If-Match can match. Leave the header \
         out, or send '*'."
            .to_owned(),
    ))
}

/// All lines of a header, which are one list (RFC 9110, section 5.3).
fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<EntityTags>, Error> {
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

/// The entity tag of a revision.
pub fn etag(revision: i64) -> String {
    format!("\"{revision}\"")
}

/// 304: the caller has it already (RFC 9110, section 15.4.5).
pub fn not_modified(revision: i64) -> Response {
    (StatusCode::NOT_MODIFIED, [(ETAG, etag(revision))]).into_response()
}
