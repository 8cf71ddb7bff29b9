//! The JSON of the plain WebSocket: how a request is read from a text frame, and how a response
//! becomes one.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::Error;
use crate::frame;
use crate::json;
use crate::live::request::Request;
use crate::live::response::Response;
use crate::model::ContentLimits;

/// A text frame of a client.
pub struct Decoded<'a> {
    /// The request, or why it could not be read.
    pub request: Result<Request, Error>,
    /// The `ref` of the request, which its response repeats.
    pub reference: Option<&'a RawValue>,
}

/// The members of every request besides its own.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    name: Cow<'a, str>,
    #[serde(borrow, rename = "ref")]
    reference: Option<&'a RawValue>,
}

/// Only the type, for the error that says what is wrong with it.
#[derive(Deserialize)]
struct TypeOnly {
    #[serde(rename = "type")]
    _name: String,
}

/// Only the `ref`, for the response to a frame whose type can't be read.
#[derive(Deserialize)]
struct RefOnly<'a> {
    #[serde(borrow, rename = "ref")]
    reference: Option<&'a RawValue>,
}

/// Reads a request from the text of a frame.
pub fn decode<'a>(text: &'a str, limits: &ContentLimits) -> Decoded<'a> {
    // serde reads structs from lists as well.
    let is_object = text.trim_start().starts_with('{');
    let envelope = serde_json::from_str::<Envelope>(text).ok().filter(|_| is_object);
    if let Some(Envelope { name, reference }) = envelope {
        return Decoded { request: Request::parse(&name, text, limits), reference };
    }
    let unreadable = || Error::InvalidRequest("The frame can't be read.".to_owned());
    let failure = json::parse::<TypeOnly>(text.as_bytes()).err().unwrap_or_else(unreadable);
    let reference = serde_json::from_str::<RefOnly>(text).ok().filter(|_| is_object);
    Decoded { request: Err(failure), reference: reference.and_then(|frame| frame.reference) }
}

/// A text frame with a response: `{"type": …, …the response's members…, "ref": …}`.
pub fn encode_response(response: &Response, reference: Option<&RawValue>) -> Bytes {
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(rename = "type")]
        name: &'static str,
        #[serde(flatten)]
        response: &'a Response,
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
        reference: Option<&'a RawValue>,
    }
    let body = Body { name: response.name(), response, reference };
    frame::text(&serde_json::to_string(&body).unwrap_or_default())
}

/// A text frame with an error that belongs to no request.
pub fn encode_error(failure: Error) -> Bytes {
    encode_response(&failure.into(), None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::any_input::{CASES, check_refusal, text_near};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(CASES))]

        #[test]
        fn any_frame_is_a_request_or_refused(text in text_near(&[
            include_str!("../../../tests/seeds/frames/execute"),
            include_str!("../../../tests/seeds/frames/join"),
            include_str!("../../../tests/seeds/frames/presence"),
            include_str!("../../../tests/seeds/frames/undo"),
        ])) {
            match decode(&text, &ContentLimits::default()).request {
                Ok(request) => drop(format!("{request:?}")),
                Err(failure) => check_refusal(&failure, &["INVALID_REQUEST"]),
            }
        }
    }
}
