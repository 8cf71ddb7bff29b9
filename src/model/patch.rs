//! What a caller says of a session: when creating it, and when changing it.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::id::SessionId;
use super::session::Session;
use super::time::Hours;
use crate::json::{self, Flaw};

/// The most bytes of a name or a project id.
const MAX_TEXT_BYTES: usize = 1024;
/// The most bytes of a session's attributes, written out as JSON.
const MAX_ATTRIBUTES_BYTES: usize = 64 * 1024;

/// A session as a caller wants it; everything has a default.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(example = json!({"name": "Sprint board", "project_id": "project-123", "pinned": false}))]
pub struct NewSession {
    /// The server makes one where it is not given.
    pub session_id: Option<SessionId>,
    #[schema(max_length = 1024)]
    pub project_id: Option<String>,
    #[schema(max_length = 1024)]
    pub name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub attributes: Map<String, Value>,
    pub idle_timeout_hours: Option<Hours>,
    #[serde(default)]
    pub pinned: bool,
}

impl NewSession {
    /// About the bytes that it takes, without a bound yet.
    pub fn size(&self) -> usize {
        length(self.project_id.as_deref())
            + length(self.name.as_deref())
            + json::size(&self.attributes)
    }

    /// The first bound that it breaks, in words.
    pub fn check(&self) -> Result<(), String> {
        check_text("project_id", self.project_id.as_deref())?;
        check_text("name", self.name.as_deref())?;
        check_attributes(&self.attributes)
    }
}

/// A change of a session's metadata: what is absent stays, `null` removes.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(example = json!({"name": "Sprint board 2", "attributes": {"color": "red", "old": null}}))]
pub struct SessionPatch {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 1024)]
    pub name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 1024)]
    pub project_id: Option<Option<String>>,
    /// Merged by RFC 7396; `null` empties them.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    pub attributes: Option<Option<Map<String, Value>>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 876_000)]
    pub idle_timeout_hours: Option<Option<Hours>>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = bool, required = false)]
    pub pinned: Option<bool>,
}

/// Reads a field that may be absent, but not null.
fn not_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Tells an absent field (`None`) from one that is null (`Some(None)`).
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The fields of a session that a patch has changed, with their new values.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct SessionChanges {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    pub attributes: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_timeout_hours: Option<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool, required = false)]
    pub pinned: Option<bool>,
}

impl SessionPatch {
    /// About the bytes that it takes, without a bound yet.
    pub fn size(&self) -> usize {
        let texts = [&self.project_id, &self.name];
        let texts = texts.map(|text| length(text.as_ref().and_then(Option::as_deref)));
        texts.iter().sum::<usize>() + json::size(&self.attributes)
    }

    /// Changes `session` and tells what is different now, or which bound the patch breaks.
    pub fn apply(&self, session: &mut Session) -> Result<SessionChanges, String> {
        check_text("name", self.name.as_ref().and_then(Option::as_deref))?;
        check_text("project_id", self.project_id.as_ref().and_then(Option::as_deref))?;
        let attributes = self.attributes.as_ref().map(|patch| match patch {
            Some(patch) => merged(&session.attributes, patch),
            None => Map::new(),
        });
        if let Some(attributes) = &attributes {
            check_attributes(attributes)?;
        }
        let timeout = self.idle_timeout_hours.map(|hours| hours.map(Hours::get));
        Ok(SessionChanges {
            name: replace(&mut session.name, self.name.clone()),
            project_id: replace(&mut session.project_id, self.project_id.clone()),
            attributes: replace(&mut session.attributes, attributes),
            idle_timeout_hours: replace(&mut session.idle_timeout_hours, timeout),
            pinned: replace(&mut session.pinned, self.pinned),
        })
    }
}

fn length(text: Option<&str>) -> usize {
    text.map_or(0, str::len)
}

fn replace<T: PartialEq + Clone>(place: &mut T, value: Option<T>) -> Option<T> {
    let value = value.filter(|value| value != place)?;
    place.clone_from(&value);
    Some(value)
}

/// JSON Merge Patch (RFC 7396, section 2) of an object by an object.
fn merged(target: &Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    let mut result = target.clone();
    for (key, value) in patch {
        match value {
            Value::Null => {
                result.remove(key);
            }
            Value::Object(inner) => {
                let empty = Map::new();
                let old = result.get(key).and_then(Value::as_object).unwrap_or(&empty);
                let new = Value::Object(merged(old, inner));
                result.insert(key.clone(), new);
            }
            plain => {
                result.insert(key.clone(), plain.clone());
            }
        }
    }
    result
}

fn check_text(field: &str, text: Option<&str>) -> Result<(), String> {
    match text {
        Some(text) if json::has_null(text) => Err(format!("{field}: {}", Flaw::NullCharacter)),
        Some(text) if text.len() > MAX_TEXT_BYTES => {
            Err(format!("{field}: {} bytes, but at most {MAX_TEXT_BYTES} are kept", text.len()))
        }
        _ => Ok(()),
    }
}

fn check_attributes(attributes: &Map<String, Value>) -> Result<(), String> {
    if let Some(flaw) = json::flaw_of_object(attributes) {
        return Err(format!("attributes: {flaw}"));
    }
    let size = json::size(attributes);
    if size > MAX_ATTRIBUTES_BYTES {
        return Err(format!(
            "attributes: {size} bytes, but at most {MAX_ATTRIBUTES_BYTES} are kept"
        ));
    }
    Ok(())
}
