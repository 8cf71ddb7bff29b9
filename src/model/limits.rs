//! Bounds of the content, and the refusal of what breaks them.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::excerpt::excerpt;
use crate::error::Error;
use crate::json::{self, Flaw};

/// Bounds of the content that the settings give.
#[derive(Debug, Clone, Copy)]
pub struct ContentLimits {
    /// Bytes of a name, a type or a property's id.
    pub name: usize,
    /// Bytes of one property's value, as JSON.
    pub value: usize,
    /// Bytes of all properties of a node, as JSON.
    pub properties: usize,
    /// Commands in a batch.
    pub batch: usize,
    /// Nodes from a root down to a leaf.
    pub depth: usize,
    /// Nodes of a session.
    pub nodes: i64,
    /// Steps of history that a session keeps.
    pub history: i64,
    /// Bytes of the changes of these steps; the last step is kept even if it alone has more.
    pub history_bytes: i64,
    /// Nodes in one change past which it is prepared aside, so that nobody waits for it; some bytes of
    /// properties count as another node.
    pub staging_threshold: i64,
}

impl Default for ContentLimits {
    fn default() -> Self {
        Self {
            name: 1024,
            value: 64 * 1024,
            properties: 256 * 1024,
            batch: 1_000,
            depth: 512,
            nodes: 100_000,
            history: 1_000,
            history_bytes: 16 * 1024 * 1024,
            staging_threshold: 2_000,
        }
    }
}

/// Refuses so many nodes of a session.
pub fn check_node_count(count: i64, limits: &ContentLimits) -> Result<(), Error> {
    if count > limits.nodes {
        return Err(Error::LimitReached {
            message: format!(
                "The session would have {count} nodes, but {} are allowed. Delete some, or raise \
                 --max-nodes.",
                limits.nodes
            ),
            limit: usize::try_from(limits.nodes).unwrap_or_default(),
            setting: "--max-nodes",
        });
    }
    Ok(())
}

pub(super) fn check_type(
    path: &str,
    blueprint_type_id: &str,
    limits: &ContentLimits,
) -> Result<(), Error> {
    if blueprint_type_id.is_empty() {
        return Err(Error::InvalidRequest(format!("{path}.blueprint_type_id: it is empty")));
    }
    check_text(format_args!("{path}.blueprint_type_id"), blueprint_type_id, limits.name)
}

/// Refuses properties that are too large, one by one or all together.
pub(super) fn check_properties(
    path: &str,
    properties: &Map<String, Value>,
    limits: &ContentLimits,
) -> Result<(), Error> {
    for (property_id, value) in properties {
        check_length(format_args!("{path}.properties"), property_id, limits.name)?;
        check_value(format_args!("{path}.properties.{}", excerpt(property_id)), value, limits)?;
    }
    check_all_properties(path, properties, limits)
}

/// Refuses properties that are too large all together.
pub fn check_all_properties(
    path: &str,
    properties: &impl Serialize,
    limits: &ContentLimits,
) -> Result<(), Error> {
    let size = json::size(properties);
    if size > limits.properties {
        let most = limits.properties;
        return Err(Error::InvalidRequest(format!(
            "{path}.properties: {size} bytes, but a node has at most {most}"
        )));
    }
    Ok(())
}

/// Refuses a node of a whole graph that breaks a bound.
pub fn check_node(
    path: &str,
    blueprint_type_id: &str,
    name: &str,
    properties: &Map<String, Value>,
    limits: &ContentLimits,
) -> Result<(), Error> {
    check_type(path, blueprint_type_id, limits)?;
    check_text(format_args!("{path}.name"), name, limits.name)?;
    check_properties(path, properties, limits)
}

/// Refuses a text that is too long, or has U+0000.
pub(super) fn check_text(field: fmt::Arguments<'_>, text: &str, most: usize) -> Result<(), Error> {
    if json::has_null(text) {
        return Err(Error::InvalidRequest(format!("{field}: {}", Flaw::NullCharacter)));
    }
    check_length(field, text, most)
}

pub(super) fn check_length(
    field: fmt::Arguments<'_>,
    text: &str,
    most: usize,
) -> Result<(), Error> {
    if text.len() > most {
        let size = text.len();
        return Err(Error::InvalidRequest(format!("{field}: {size} bytes, but at most {most}")));
    }
    Ok(())
}

pub(super) fn check_value(
    field: fmt::Arguments<'_>,
    value: &Value,
    limits: &ContentLimits,
) -> Result<(), Error> {
    let size = json::size(value);
    if size > limits.value {
        let most = limits.value;
        return Err(Error::InvalidRequest(format!("{field}: {size} bytes, but at most {most}")));
    }
    // A null character is taken here: a property stays JSON, which has it escaped.
    if json::is_too_deep(value) {
        return Err(Error::InvalidRequest(format!("{field}: {}", Flaw::TooDeep)));
    }
    Ok(())
}
