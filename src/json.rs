//! Reading JSON from outside into types, with sentences that name what is wrong.

use std::fmt;
use std::io::Write;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::Error;

pub mod whole_number;

/// The most levels of lists and objects in JSON that is free in shape. What is kept is read again inside
/// other JSON, and parsers (ours among them) stop at 128 levels.
pub const MAX_DEPTH: usize = 64;

/// Reads a JSON object; the error names the field.
pub fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    read_at("", json)
}

/// Reads a JSON object that stands at `path` in a larger one; the error names the field.
pub fn read_at<T: DeserializeOwned>(path: &str, json: &[u8]) -> Result<T, Error> {
    // serde reads structs from lists as well.
    if json.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        let what = if path.is_empty() { "The JSON" } else { path };
        return Err(Error::InvalidRequest(format!("{what} is not an object: it must be {{…}}.")));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|failure| {
        let field = shortened(&failure.path().to_string(), 120);
        let cause = shortened(&failure.into_inner().to_string(), 240);
        Error::InvalidRequest(match (path, field.as_str()) {
            ("", ".") => format!("The JSON can't be read: {cause}"),
            ("", field) => format!("{field}: {cause}"),
            (path, ".") => format!("{path}: {cause}"),
            (path, field) => format!("{path}.{field}: {cause}"),
        })
    })?;
    deserializer
        .end()
        .map_err(|cause| Error::InvalidRequest(format!("The JSON can't be read: {cause}")))?;
    Ok(value)
}

/// At most about so many characters of a sentence: its beginning and its end, between which stands
/// what was sent.
fn shortened(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let beginning = text.chars().take(most / 2);
    let end = text.chars().skip(count - most / 2);
    beginning.chain(std::iter::once('…')).chain(end).collect()
}

/// Refuses a value that takes more than `most` bytes when written out as JSON.
fn check_size(field: &str, value: &Value, most: usize) -> Result<(), Error> {
    let size = size(value);
    if size > most {
        return Err(Error::InvalidRequest(format!(
            "{field}: {size} bytes, but at most {most} are kept"
        )));
    }
    Ok(())
}

/// The bytes that a value takes when written out as JSON.
pub fn size(value: &impl Serialize) -> usize {
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
    // A map with string keys can always be written, and the counter takes everything.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

/// Why free JSON can't be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Lists and objects are nested deeper than [`MAX_DEPTH`] levels.
    TooDeep,
    /// A key or a string has U+0000, at which SQLite's JSON functions end a text.
    NullCharacter,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooDeep => {
                write!(f, "lists and objects are nested deeper than {MAX_DEPTH} levels")
            }
            Self::NullCharacter => f.write_str("it has a null character (U+0000)"),
        }
    }
}

/// Looks for the first flaw of free JSON.
fn flaw(value: &Value) -> Option<Flaw> {
    if is_too_deep(value) {
        return Some(Flaw::TooDeep);
    }
    has_null_within(value).then_some(Flaw::NullCharacter)
}

/// As [`flaw`], for an object whose fields are free.
pub fn flaw_of_object(fields: &Map<String, Value>) -> Option<Flaw> {
    if fields.values().any(|value| depth(value) >= MAX_DEPTH) {
        return Some(Flaw::TooDeep);
    }
    let has_null = fields.iter().any(|(key, value)| has_null(key) || has_null_within(value));
    has_null.then_some(Flaw::NullCharacter)
}

/// Whether lists and objects are nested deeper than [`MAX_DEPTH`] levels.
pub fn is_too_deep(value: &Value) -> bool {
    depth(value) > MAX_DEPTH
}

/// How deep lists and objects are nested; 0 for a plain value. What was parsed is at most 128 deep.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether a key or a string anywhere has U+0000.
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

/// Whether a text has U+0000. SQLite's functions take it for the end of the text.
pub fn has_null(text: &str) -> bool {
    text.as_bytes().contains(&0)
}

/// Refuses free JSON that has a flaw, or takes more than `most` bytes when written out.
pub fn check_free(field: &str, value: &Value, most: usize) -> Result<(), Error> {
    if let Some(flaw) = flaw(value) {
        return Err(Error::InvalidRequest(format!("{field}: {flaw}")));
    }
    check_size(field, value, most)
}
