//! The metadata of a session as a caller patches it.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::session::Session;
use super::time::Hours;
use crate::json::{self, Flaw};

/// The maximum size of a name or a project id, in bytes.
const MAX_TEXT_BYTES: usize = 1024;
/// The maximum size of a session's attributes, in bytes of JSON.
const MAX_ATTRIBUTES_BYTES: usize = 64 * 1024;

/// A patch of a session's metadata. An absent field stays as it is; null removes the value.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(example = json!({"name": "Sprint board 2", "attributes": {"color": "red", "old": null}}))]
pub struct SessionPatch {
    /// The new name, at most 1024 bytes.
    #[serde(default, deserialize_with = "deserialize_present")]
    #[schema(value_type = Option<String>, max_length = 1024)]
    pub name: Option<Option<String>>,
    /// The new project id, at most 1024 bytes.
    #[serde(default, deserialize_with = "deserialize_present")]
    #[schema(value_type = Option<String>, max_length = 1024)]
    pub project_id: Option<Option<String>>,
    /// A JSON Merge Patch (RFC 7396) of the attributes; null removes all of them.
    #[serde(default, deserialize_with = "deserialize_present")]
    #[schema(value_type = Option<Object>)]
    pub attributes: Option<Option<Map<String, Value>>>,
    /// Idle hours after which the session may be removed; null for the server's setting.
    #[serde(default, deserialize_with = "deserialize_present")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 876_000)]
    pub idle_timeout_hours: Option<Option<Hours>>,
    /// Whether the cleanup keeps the session however long it is idle. This field must not be null.
    #[serde(default, deserialize_with = "deserialize_not_null")]
    #[schema(value_type = bool, required = false)]
    pub pinned: Option<bool>,
}

/// Reads a field that may be absent, but must not be null.
pub(super) fn deserialize_not_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Distinguishes an absent field (`None`) from one that is null (`Some(None)`).
pub(super) fn deserialize_present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The fields of a session that a patch has changed, with their new values.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct SessionChanges {
    /// The new name; null if it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Option<String>>,
    /// The new project id; null if it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Option<String>>,
    /// All attributes as they are now, not only those that have changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    pub attributes: Option<Map<String, Value>>,
    /// The new number of idle hours after which the session may be removed; null for the server's
    /// setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_timeout_hours: Option<Option<f64>>,
    /// Whether the cleanup keeps the session now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool, required = false)]
    pub pinned: Option<bool>,
}

impl SessionPatch {
    /// The approximate size in bytes, before any limit is checked.
    pub fn size(&self) -> usize {
        let texts = [&self.project_id, &self.name];
        let texts = texts.map(|text| length(text.as_ref().and_then(Option::as_deref)));
        texts.iter().sum::<usize>() + json::encoded_len(&self.attributes)
    }

    /// Applies the patch to `session`, and returns the fields that have changed. Fails with a sentence
    /// that names the field that breaks a limit, and then leaves `session` unchanged.
    pub fn apply(&self, session: &mut Session) -> Result<SessionChanges, String> {
        check_text("name", self.name.as_ref().and_then(Option::as_deref))?;
        check_text("project_id", self.project_id.as_ref().and_then(Option::as_deref))?;
        let attributes = self.attributes.as_ref().map(|patch| match patch {
            Some(patch) => merge_patch(&session.attributes, patch),
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

pub(super) fn length(text: Option<&str>) -> usize {
    text.map_or(0, str::len)
}

/// Sets `target` to `value`. Returns the value if that has changed it.
fn replace<T: PartialEq + Clone>(target: &mut T, value: Option<T>) -> Option<T> {
    let value = value.filter(|value| value != target)?;
    target.clone_from(&value);
    Some(value)
}

/// JSON Merge Patch (RFC 7396, section 2) of an object by an object.
fn merge_patch(target: &Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    let mut result = target.clone();
    for (key, value) in patch {
        match value {
            Value::Null => {
                result.remove(key);
            }
            Value::Object(inner) => {
                let empty = Map::new();
                let old = result.get(key).and_then(Value::as_object).unwrap_or(&empty);
                let new = Value::Object(merge_patch(old, inner));
                result.insert(key.clone(), new);
            }
            plain => {
                result.insert(key.clone(), plain.clone());
            }
        }
    }
    result
}

pub(super) fn check_text(field: &str, text: Option<&str>) -> Result<(), String> {
    match text {
        Some(text) if json::has_null(text) => Err(format!("{field}: {}", Flaw::NullCharacter)),
        Some(text) if text.len() > MAX_TEXT_BYTES => {
            Err(format!("{field}: {} bytes, but at most {MAX_TEXT_BYTES} are allowed", text.len()))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_attributes(attributes: &Map<String, Value>) -> Result<(), String> {
    if let Some(flaw) = json::flaw_of_object(attributes) {
        return Err(format!("attributes: {flaw}"));
    }
    let size = json::encoded_len(attributes);
    if size > MAX_ATTRIBUTES_BYTES {
        return Err(format!(
            "attributes: {size} bytes, but at most {MAX_ATTRIBUTES_BYTES} are allowed"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
