//! Limits of the content of a session, and the checks against them.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::excerpt::excerpt;
use crate::error::Error;
use crate::json::{self, Flaw};

/// The limits of the content of a session. Each is a setting; the default is the default of the setting.
#[derive(Debug, Clone, Copy)]
pub struct ContentLimits {
    /// Maximum size of a name, a type or a property's id, in bytes.
    pub name: usize,
    /// Maximum size of one property's value, in bytes of JSON.
    pub value: usize,
    /// Maximum size of all properties of a node together, in bytes of JSON.
    pub properties: usize,
    /// Maximum number of commands in a batch.
    pub batch: usize,
    /// Maximum number of nodes on the path from a root to a leaf.
    pub depth: usize,
    /// Maximum number of nodes of a session.
    pub nodes: i64,
    /// Number of undo steps that a session keeps.
    pub history: i64,
    /// Number of bytes of undo steps that a session keeps. The last step is kept even if it is larger.
    pub history_bytes: i64,
    /// A change of more nodes is staged in the background, so that other requests do not wait for it. 256
    /// bytes of properties count as another node.
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

/// Fails with `INVALID_COMMAND` if a session would have too many nodes.
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
        return Err(Error::InvalidRequest(format!("{path}.blueprint_type_id: must not be empty")));
    }
    check_text(format_args!("{path}.blueprint_type_id"), blueprint_type_id, limits.name)
}

/// Fails if a property, or all of them together, are too large.
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

/// Fails if the properties of a node are too large together.
pub fn check_all_properties(
    path: &str,
    properties: &impl Serialize,
    limits: &ContentLimits,
) -> Result<(), Error> {
    let size = json::encoded_len(properties);
    if size > limits.properties {
        let max = limits.properties;
        return Err(Error::InvalidRequest(format!(
            "{path}.properties: {size} bytes, but a node has at most {max}"
        )));
    }
    Ok(())
}

/// Fails if a node of a flat list breaks a limit.
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

/// Fails if a text is too long, or has a null character.
pub(super) fn check_text(field: fmt::Arguments<'_>, text: &str, max: usize) -> Result<(), Error> {
    if json::has_null(text) {
        return Err(Error::InvalidRequest(format!("{field}: {}", Flaw::NullCharacter)));
    }
    check_length(field, text, max)
}

pub(super) fn check_length(field: fmt::Arguments<'_>, text: &str, max: usize) -> Result<(), Error> {
    if text.len() > max {
        let size = text.len();
        return Err(Error::InvalidRequest(format!("{field}: {size} bytes, but at most {max}")));
    }
    Ok(())
}

pub(super) fn check_value(
    field: fmt::Arguments<'_>,
    value: &Value,
    limits: &ContentLimits,
) -> Result<(), Error> {
    let size = json::encoded_len(value);
    if size > limits.value {
        let max = limits.value;
        return Err(Error::InvalidRequest(format!("{field}: {size} bytes, but at most {max}")));
    }
    // Null characters are allowed here: properties are stored as JSON, in which they are escaped.
    if json::is_too_deep(value) {
        return Err(Error::InvalidRequest(format!("{field}: {}", Flaw::TooDeep)));
    }
    Ok(())
}
