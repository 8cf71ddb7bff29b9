//! Preconditions on the revision of the content (RFC 9110, section 13.1).

use std::fmt;

use super::excerpt::excerpt;
use crate::error::Error;

/// The entity tags of an `If-Match` or `If-None-Match` header. The tag of a session's content is its
/// revision.
#[derive(Debug, Clone)]
pub struct EntityTags {
    /// The header as the caller sent it.
    text: String,
    tags: Tags,
}

#[derive(Debug, Clone)]
enum Tags {
    /// `*`, which matches any revision.
    Any,
    List(Vec<Tag>),
}

#[derive(Debug, Clone)]
struct Tag {
    weak: bool,
    /// None for a tag that is not a revision, and so matches nothing.
    revision: Option<i64>,
}

impl EntityTags {
    /// Parses the value of a header: `*`, or a list such as `"12", W/"13"`. A revision without quotes is
    /// accepted as well. Fails with a sentence if the value is malformed.
    pub fn parse(header: &[u8]) -> Result<Self, String> {
        let text = String::from_utf8_lossy(header.trim_ascii()).into_owned();
        let refusal =
            || format!("'{}' is not a list of entity tags, such as \"12\", nor *", excerpt(&text));
        if text == "*" {
            return Ok(Self { text, tags: Tags::Any });
        }
        let mut list = Vec::new();
        let mut rest = text.as_str();
        // A list may have empty elements (RFC 9110, section 5.6.1.2).
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                break;
            }
            let (tag, after) = Tag::split_off(rest).ok_or_else(refusal)?;
            rest = after.trim_start_matches([' ', '\t']);
            if !rest.is_empty() && !rest.starts_with(',') {
                return Err(refusal());
            }
            list.push(tag);
        }
        if list.is_empty() {
            return Err(refusal());
        }
        Ok(Self { text, tags: Tags::List(list) })
    }

    /// The strong comparison (RFC 9110, section 8.8.3.2): a weak tag never matches.
    fn match_strongly(&self, revision: i64) -> bool {
        match &self.tags {
            Tags::Any => true,
            Tags::List(list) => list.iter().any(|tag| !tag.weak && tag.revision == Some(revision)),
        }
    }

    /// The weak comparison (RFC 9110, section 8.8.3.2), for `If-None-Match`.
    pub fn match_weakly(&self, revision: i64) -> bool {
        match &self.tags {
            Tags::Any => true,
            Tags::List(list) => list.iter().any(|tag| tag.revision == Some(revision)),
        }
    }
}

impl Tag {
    /// Parses the first tag of a list, and returns the rest.
    fn split_off(list: &str) -> Option<(Self, &str)> {
        let (weak, quoted) = match list.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, list),
        };
        let Some(inner) = quoted.strip_prefix('"') else {
            let end = list.find(|c: char| !c.is_ascii_digit()).unwrap_or(list.len());
            let (digits, rest) = list.split_at(end);
            return (end > 0)
                .then(|| (Self { weak: false, revision: parse_revision(digits) }, rest));
        };
        let (opaque, rest) = inner.split_once('"')?;
        let is_plain = opaque.chars().all(|c| c != ' ' && !c.is_ascii_control());
        is_plain.then(|| (Self { weak, revision: parse_revision(opaque) }, rest))
    }
}

/// The revision of an opaque tag, if it is written exactly as this server writes it.
fn parse_revision(opaque: &str) -> Option<i64> {
    opaque.parse().ok().filter(|revision: &i64| *revision >= 0 && revision.to_string() == opaque)
}

/// The condition on the revision under which a change is made: `If-Match` and `If-None-Match`.
#[derive(Debug, Clone, Default)]
pub struct Precondition {
    if_match: Option<EntityTags>,
    if_none_match: Option<EntityTags>,
}

impl Precondition {
    /// The condition of these two headers; None if both are absent.
    pub fn new(if_match: Option<EntityTags>, if_none_match: Option<EntityTags>) -> Option<Self> {
        (if_match.is_some() || if_none_match.is_some()).then_some(Self { if_match, if_none_match })
    }

    /// A condition that only this revision meets.
    pub fn at(revision: i64) -> Self {
        let tag = Tag { weak: false, revision: Some(revision) };
        let tags = EntityTags { text: format!("\"{revision}\""), tags: Tags::List(vec![tag]) };
        Self { if_match: Some(tags), if_none_match: None }
    }

    /// Whether the revision meets the condition.
    pub fn holds(&self, revision: i64) -> bool {
        self.if_match.as_ref().is_none_or(|tags| tags.match_strongly(revision))
            && !self.if_none_match.as_ref().is_some_and(|tags| tags.match_weakly(revision))
    }

    /// Fails with `REVISION_MISMATCH` (412) if the revision does not meet the condition.
    pub fn check(&self, revision: i64) -> Result<(), Error> {
        if self.holds(revision) {
            return Ok(());
        }
        Err(Error::RevisionMismatch { condition: self.to_string(), actual: revision })
    }
}

impl fmt::Display for Precondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(EntityTags { text, tags }) = &self.if_match {
            write!(f, "If-Match: {}", excerpt(text))?;
            if matches!(tags, Tags::List(list) if list.iter().any(|tag| tag.weak)) {
                f.write_str(" (a weak tag never matches)")?;
            }
            separator = " with ";
        }
        if let Some(EntityTags { text, .. }) = &self.if_none_match {
            write!(f, "{separator}If-None-Match: {}", excerpt(text))?;
        }
        Ok(())
    }
}
