//! What stands in a packet: requests as they come, answers as they go.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use socketioxide_core::{Str, Value};

use crate::error::Error;
use crate::live::answer::Answer;

/// An event that a client emitted, as it came.
pub struct Incoming {
    text: Str,
    has_binary: bool,
    /// The number under which the client waits for an acknowledgement.
    pub acknowledge: Option<i64>,
}

/// What an event asks for.
pub struct Call<'a> {
    pub name: Cow<'a, str>,
    /// A JSON object.
    pub payload: &'a str,
    pub reference: Option<&'a RawValue>,
}

impl Incoming {
    /// Takes over an event's data.
    pub fn new(data: Value, acknowledge: Option<i64>) -> Self {
        match data {
            Value::Str(text, attachments) => {
                Self { text, has_binary: attachments.is_some(), acknowledge }
            }
            Value::Bytes(_) => Self { text: "[]".into(), has_binary: true, acknowledge },
        }
    }

    /// The bytes that it takes.
    pub fn size(&self) -> usize {
        self.text.len()
    }

    /// Reads `["name", {…}]`; no payload is an empty object.
    pub fn call(&self) -> Result<Call<'_>, Error> {
        let wrong = |text: String| Err(Error::InvalidRequest(text));
        let parts: Vec<&RawValue> = serde_json::from_str(&self.text)
            .map_err(|cause| Error::InvalidRequest(format!("The event can't be read: {cause}")))?;
        let name = parts.first().and_then(|name| serde_json::from_str(name.get()).ok());
        let Some(Named(name)) = name else {
            return wrong("The event's name is not a string.".to_owned());
        };
        if self.has_binary {
            return wrong(format!("{name}: the payload has binary parts. Send JSON only."));
        }
        let payload = match parts.get(1..).unwrap_or_default() {
            [] => "{}",
            [payload] => payload.get(),
            more => {
                let count = more.len();
                return wrong(format!("{name}: {count} values. Send one JSON object."));
            }
        };
        if !payload.starts_with('{') {
            let kind = kind_of(payload);
            return wrong(format!("{name}: the payload is {kind}. Send one JSON object."));
        }
        // Whether the rest is right is found out, and said, when the request is read.
        let reference =
            serde_json::from_str(payload).ok().and_then(|Referred { reference }| reference);
        Ok(Call { name, payload, reference })
    }
}

#[derive(Deserialize)]
struct Named<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct Referred<'a> {
    #[serde(borrow, rename = "ref")]
    reference: Option<&'a RawValue>,
}

fn kind_of(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b'[') => "a list",
        Some(b'"') => "a string",
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        _ => "a number",
    }
}

/// An answer as an event, and as an acknowledgement if the client waits for one.
pub struct Outgoing {
    pub event: Str,
    pub acknowledgement: Option<Str>,
}

impl Outgoing {
    /// Writes the answer out.
    pub fn new(answer: &Answer, reference: Option<&RawValue>, acknowledge: bool) -> Self {
        let payload = json(&Referring { content: answer, reference });
        let acknowledgement = acknowledge.then(|| match answer {
            Answer::Error { .. } => {
                let failure = json(&Referring { content: &Failed { error: answer }, reference });
                format!("[{failure}]").into()
            }
            _ => format!("[{payload}]").into(),
        });
        let event = format!(r#"["{}",{payload}]"#, answer.name()).into();
        Self { event, acknowledgement }
    }
}

#[derive(Serialize)]
struct Referring<'a, T: Serialize> {
    #[serde(flatten)]
    content: &'a T,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Failed<'a> {
    error: &'a Answer,
}

fn json(content: &impl Serialize) -> String {
    serde_json::to_string(content).unwrap_or_default()
}
