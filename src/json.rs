//! Parsing JSON of callers into types, with errors that name the field; checks of free-form JSON.

use std::fmt;
use std::io::Write;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::Error;

pub mod whole_number;

/// The maximum number of levels of arrays and objects in free-form JSON. It is stored and later returned
/// within other JSON, and many parsers, including the one in use here, stop at 128 levels.
pub const MAX_DEPTH: usize = 64;

/// Parses a JSON object. Fails with `INVALID_REQUEST`, which names the field.
pub fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    parse_at("", json)
}

/// Parses a JSON object that is at `path` in a larger one. Fails with `INVALID_REQUEST`, which names the
/// field.
pub fn parse_at<T: DeserializeOwned>(path: &str, json: &[u8]) -> Result<T, Error> {
    // serde would also read a struct from an array.
    if json.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        let what = if path.is_empty() { "The JSON" } else { path };
        return Err(Error::InvalidRequest(format!("{what} is not an object: it must be {{…}}.")));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|failure| {
        let field = truncate_middle(&failure.path().to_string(), 120);
        let cause = truncate_middle(&failure.into_inner().to_string(), 240);
        Error::InvalidRequest(match (path, field.as_str()) {
            ("", ".") => format!("The JSON can't be parsed: {cause}"),
            ("", field) => format!("{field}: {cause}"),
            (path, ".") => format!("{path}: {cause}"),
            (path, field) => format!("{path}.{field}: {cause}"),
        })
    })?;
    deserializer
        .end()
        .map_err(|cause| Error::InvalidRequest(format!("The JSON can't be parsed: {cause}")))?;
    Ok(value)
}

/// At most about `max` characters of an error of serde: its beginning and its end. What the caller sent
/// is in the middle.
fn truncate_middle(text: &str, max: usize) -> String {
    let count = text.chars().count();
    if count <= max {
        return text.to_owned();
    }
    let beginning = text.chars().take(max / 2);
    let end = text.chars().skip(count - max / 2);
    beginning.chain(std::iter::once('…')).chain(end).collect()
}

/// Fails if a value takes more than `max` bytes of JSON.
fn check_size(field: &str, value: &Value, max: usize) -> Result<(), Error> {
    let size = encoded_len(value);
    if size > max {
        return Err(Error::InvalidRequest(format!(
            "{field}: {size} bytes, but at most {max} are allowed"
        )));
    }
    Ok(())
}

/// The number of bytes of a value as JSON.
pub fn encoded_len(value: &impl Serialize) -> usize {
    struct Counter(usize);
    impl Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // Can't fail: all maps have string keys, and the counter accepts every write.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

/// Why free-form JSON can't be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Arrays and objects are nested deeper than [`MAX_DEPTH`] levels.
    TooDeep,
    /// A key or a string has a null character, at which SQLite's JSON functions end a text.
    NullCharacter,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooDeep => {
                write!(f, "arrays and objects are nested deeper than {MAX_DEPTH} levels")
            }
            Self::NullCharacter => f.write_str("it has a null character (U+0000)"),
        }
    }
}

/// The first flaw of a value, if there is one.
fn flaw(value: &Value) -> Option<Flaw> {
    if is_too_deep(value) {
        return Some(Flaw::TooDeep);
    }
    has_null_within(value).then_some(Flaw::NullCharacter)
}

/// The first flaw of the fields of an object, if there is one.
pub fn flaw_of_object(fields: &Map<String, Value>) -> Option<Flaw> {
    if fields.values().any(|value| nesting_depth(value) >= MAX_DEPTH) {
        return Some(Flaw::TooDeep);
    }
    let has_null = fields.iter().any(|(key, value)| has_null(key) || has_null_within(value));
    has_null.then_some(Flaw::NullCharacter)
}

/// Whether arrays and objects are nested deeper than [`MAX_DEPTH`] levels.
pub fn is_too_deep(value: &Value) -> bool {
    nesting_depth(value) > MAX_DEPTH
}

/// The number of levels of arrays and objects; 0 for a scalar. It recurses, which is safe since parsed
/// JSON has at most 128 levels.
fn nesting_depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(nesting_depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(nesting_depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether any key or string has a null character.
fn has_null_within(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_null_within),
        Value::Object(fields) => {
            fields.iter().any(|(key, value)| has_null(key) || has_null_within(value))
        }
        Value::String(text) => has_null(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a text has a null character (U+0000). SQLite's functions take it for the end of the text.
pub fn has_null(text: &str) -> bool {
    text.as_bytes().contains(&0)
}

/// Fails with `INVALID_REQUEST` if free-form JSON has a flaw, or takes more than `max` bytes.
pub fn check_free(field: &str, value: &Value, max: usize) -> Result<(), Error> {
    if let Some(flaw) = flaw(value) {
        return Err(Error::InvalidRequest(format!("{field}: {flaw}")));
    }
    check_size(field, value, max)
}
