//! What a client may ask for. A request that was parsed cannot be wrong in shape.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::json::{self, whole_number};
use crate::model::command::WireCommand;
use crate::model::{Command, ContentLimits, Precondition, Scope, SessionId, excerpt};
use crate::store::{Action, ContentRequest, Idempotency};

/// The most bytes of what a client says of its user.
const LARGEST_USER: usize = 4096;
/// The most bytes of what a client tells the others.
const LARGEST_PRESENCE: usize = 4096;

/// One request of a client.
#[derive(Debug)]
pub enum Request {
    JoinSession(JoinSession),
    LeaveSession(LeaveSession),
    /// Whose it is stands in for `client_id`.
    Content(ContentRequest),
    Presence(Presence),
    Ping,
}

/// Lets the client into a session.
#[derive(Debug, Deserialize)]
pub struct JoinSession {
    pub session_id: SessionId,
    /// The number of the last event that the client has; it is sent those after it.
    #[serde(default, deserialize_with = "whole_number::in_json")]
    pub since: Option<u32>,
    pub user: Option<Value>,
}

/// Takes the client out of one session.
#[derive(Debug, Deserialize)]
pub struct LeaveSession {
    pub session_id: SessionId,
}

/// Tells the others in a session something that is not kept.
#[derive(Debug, Deserialize)]
pub struct Presence {
    pub session_id: SessionId,
    pub data: Value,
}

/// What every change of the content says beside what it is.
#[derive(Deserialize)]
struct Addressed {
    session_id: SessionId,
    #[serde(default, deserialize_with = "whole_number::revision_in_json")]
    if_match: Option<i64>,
    idempotency_key: Option<String>,
    #[serde(default)]
    scope: Scope,
}

impl Request {
    /// Reads a request of the kind `name` from a JSON object.
    pub fn parse(name: &str, json: &str, limits: &ContentLimits) -> Result<Self, Error> {
        let bytes = json.as_bytes();
        match name {
            "join_session" => {
                let join: JoinSession = json::read(bytes)?;
                if let Some(user) = &join.user {
                    json::check_free("user", user, LARGEST_USER)?;
                }
                Ok(Self::JoinSession(join))
            }
            "leave_session" => Ok(Self::LeaveSession(json::read(bytes)?)),
            "execute" => {
                let wire: WireCommand = json::read(bytes)?;
                let action = Action::Execute(Command::parse(&wire, limits)?);
                Self::content(bytes, wire.data.get(), |_| action)
            }
            "undo" => Self::content(bytes, "null", Action::Undo),
            "redo" => Self::content(bytes, "null", Action::Redo),
            "presence" => {
                let presence: Presence = json::read(bytes)?;
                json::check_free("data", &presence.data, LARGEST_PRESENCE)?;
                Ok(Self::Presence(presence))
            }
            "ping" => Ok(Self::Ping),
            other => Err(Error::InvalidRequest(format!(
                "type: '{}' is not one of join_session, leave_session, execute, undo, redo, \
                 presence, ping",
                excerpt(other)
            ))),
        }
    }

    fn content(
        json: &[u8],
        data: &str,
        action: impl FnOnce(Scope) -> Action,
    ) -> Result<Self, Error> {
        let Addressed { session_id, if_match, idempotency_key, scope } = json::read(json)?;
        let action = action(scope);
        let idempotency =
            idempotency_key.map(|key| Idempotency::new(&key, &action, data)).transpose()?;
        let precondition = if_match.map(|revision| Box::new(Precondition::at(revision)));
        let request =
            ContentRequest::new(session_id, None, action, precondition, idempotency, data.len());
        Ok(Self::Content(request))
    }
}

/// What stands around every request on the plain WebSocket.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    pub name: Cow<'a, str>,
    #[serde(borrow, rename = "ref")]
    pub reference: Option<&'a RawValue>,
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
            include_str!("../../tests/seeds/frames/execute"),
            include_str!("../../tests/seeds/frames/join"),
            include_str!("../../tests/seeds/frames/presence"),
            include_str!("../../tests/seeds/frames/undo"),
        ])) {
            let Ok(envelope) = serde_json::from_str::<Envelope>(&text) else { return Ok(()) };
            match Request::parse(&envelope.name, &text, &ContentLimits::default()) {
                Ok(request) => drop(format!("{request:?}")),
                Err(failure) => check_refusal(&failure, &["INVALID_REQUEST"]),
            }
        }
    }
}
