//! The syntax of Socket.IO 5: how packets of a client are read, and how packets of the server become
//! frames.
//!
//! A packet is `<type>[<attachments>-][<namespace>,][<acknowledgement id>][JSON]`, and follows the `4`
//! of an Engine.IO message.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::Error;
use crate::frame::{self, Namespace};
use crate::live::response::Response;

/// The most binary attachments that a packet may announce, as in the reference implementation.
const MAX_ATTACHMENTS: usize = 10;

/// A packet of a client. Its JSON is not read yet.
#[derive(Debug, PartialEq)]
pub struct Packet<'a> {
    pub kind: PacketType,
    /// The path as the client wrote it; `/` where it wrote none.
    pub namespace: &'a str,
    /// The id of the acknowledgement for which the client waits.
    pub id: Option<u64>,
    /// The JSON; empty where there is none.
    pub payload: &'a str,
}

/// The type of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PacketType {
    Connect,
    Disconnect,
    /// Is followed by so many binary messages.
    Event {
        attachments: usize,
    },
    Acknowledgement {
        attachments: usize,
    },
}

impl<'a> Packet<'a> {
    /// Parses a packet up to its JSON; None where it breaks the protocol. The JSON of an event only has
    /// to begin as a list, since any other error in it can be answered.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (kind, mut rest) = text.split_at_checked(1)?;
        let mut attachments = 0;
        if matches!(kind, "5" | "6") {
            let (count, behind) = rest.split_once('-')?;
            attachments = count.parse().ok().filter(|count| *count <= MAX_ATTACHMENTS)?;
            rest = behind;
        }
        let mut namespace = "/";
        if rest.starts_with('/') {
            (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (id, payload) = rest.split_at(digits);
        let id = if id.is_empty() { None } else { Some(id.parse().ok()?) };
        let (kind, is_valid) = match kind {
            "0" => (PacketType::Connect, payload.is_empty() || payload.starts_with('{')),
            "1" => (PacketType::Disconnect, payload.is_empty()),
            "2" | "5" => (PacketType::Event { attachments }, payload.starts_with('[')),
            "3" | "6" => (PacketType::Acknowledgement { attachments }, payload.starts_with('[')),
            _ => return None,
        };
        is_valid.then_some(Self { kind, namespace, id, payload })
    }
}

/// An event of a client, which is a request.
pub struct Event<'a> {
    pub name: Cow<'a, str>,
    /// A JSON object.
    pub payload: &'a str,
    /// The `ref` of the request, which its response repeats.
    pub reference: Option<&'a RawValue>,
}

impl<'a> Event<'a> {
    /// Parses `["name", {…}]`. Without an object the payload is an empty one.
    pub fn parse(json: &'a str, has_binary: bool) -> Result<Self, Error> {
        let wrong = |text: String| Err(Error::InvalidRequest(text));
        let parts: Vec<&RawValue> = serde_json::from_str(json)
            .map_err(|cause| Error::InvalidRequest(format!("The event can't be read: {cause}")))?;
        let name = parts.first().and_then(|name| serde_json::from_str(name.get()).ok());
        let Some(Named(name)) = name else {
            return wrong("The event's name is not a string.".to_owned());
        };
        if has_binary {
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
        // If the payload is not valid, the parser of the request says what is wrong.
        let reference =
            serde_json::from_str(payload).ok().and_then(|RefOnly { reference }| reference);
        Ok(Self { name, payload, reference })
    }
}

#[derive(Deserialize)]
struct Named<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct RefOnly<'a> {
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

/// A frame that connects a client to a namespace, with its id there.
pub fn connect(namespace: Namespace, client_id: &str) -> Bytes {
    frame::joined(&["40", namespace.prefix(), r#"{"sid":""#, client_id, r#""}"#])
}

/// A frame that refuses to connect a client to a namespace, with the reason. `data` is for programs.
pub fn connect_error(path: &str, message: &str, data: Option<&Response>) -> Bytes {
    #[derive(Serialize)]
    struct Refusal<'a> {
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<&'a Response>,
    }
    let separator = if path == "/" { "" } else { "," };
    let path = if path == "/" { "" } else { path };
    let refusal = serde_json::to_string(&Refusal { message, data }).unwrap_or_default();
    frame::joined(&["44", path, separator, &refusal])
}

/// The frames of a response: an event, and an acknowledgement if the client waits for one.
pub fn encode_response(
    namespace: Namespace,
    response: &Response,
    reference: Option<&RawValue>,
    id: Option<u64>,
) -> impl Iterator<Item = Bytes> {
    let payload = json(&WithRef { content: response, reference });
    let prefix = namespace.prefix();
    let event = (!response.is_empty())
        .then(|| frame::joined(&["42", prefix, r#"[""#, response.name(), r#"","#, &payload, "]"]));
    let acknowledgement = id.map(|id| {
        let payload = match response {
            Response::Error { .. } => {
                json(&WithRef { content: &Failed { error: response }, reference })
            }
            _ => payload,
        };
        frame::joined(&["43", prefix, &id.to_string(), "[", &payload, "]"])
    });
    event.into_iter().chain(acknowledgement)
}

#[derive(Serialize)]
struct WithRef<'a, T: Serialize> {
    #[serde(flatten)]
    content: &'a T,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Failed<'a> {
    error: &'a Response,
}

fn json(content: &impl Serialize) -> String {
    serde_json::to_string(content).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::any_input::{CASES, check_refusal, text_near};
    use crate::live::socketio::engine::packet::split_payload;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(CASES))]

        #[test]
        fn any_packet_is_read_or_refused(payload in text_near(&[
            include_str!("../../../tests/seeds/packets/event"),
            include_str!("../../../tests/seeds/packets/binary"),
            include_str!("../../../tests/seeds/packets/connect"),
            include_str!("../../../tests/seeds/packets/ack"),
        ])) {
            for text in split_payload(&payload) {
                let Some(packet) = Packet::parse(text) else { continue };
                assert!(text.ends_with(packet.payload));
                if let Err(failure) = Event::parse(packet.payload, false) {
                    check_refusal(&failure, &["INVALID_REQUEST"]);
                }
            }
        }
    }
}
