//! Reading JSON from outside into types, with sentences that name what is wrong.

use std::io::Write;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Error;

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
pub fn check_size(field: &str, value: &Value, most: usize) -> Result<(), Error> {
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

/// How deep lists and objects are nested; 0 for a plain value. What was parsed is at most 128 deep.
pub fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
