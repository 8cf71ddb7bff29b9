//! Reading JSON from outside into types, with sentences that name what is wrong.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Error;

/// Reads a JSON object; the error names the field.
pub fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    // serde reads structs from lists as well.
    if json.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        return Err(Error::InvalidRequest("The JSON is not an object: it must be {…}.".to_owned()));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|failure| {
        let path = failure.path().to_string();
        let cause = failure.into_inner();
        Error::InvalidRequest(match path.as_str() {
            "." => format!("The JSON can't be read: {cause}"),
            field => format!("{field}: {cause}"),
        })
    })?;
    deserializer
        .end()
        .map_err(|cause| Error::InvalidRequest(format!("The JSON can't be read: {cause}")))?;
    Ok(value)
}

/// Refuses a value that takes more than `most` bytes when written out as JSON.
pub fn check_size(field: &str, value: &Value, most: usize) -> Result<(), Error> {
    let size = value.to_string().len();
    if size > most {
        return Err(Error::InvalidRequest(format!(
            "{field}: {size} bytes, but at most {most} are kept"
        )));
    }
    Ok(())
}
