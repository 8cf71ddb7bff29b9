//! What a client may ask for. A request that was parsed cannot be wrong in shape.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::session::{SessionId, excerpt};
use crate::shape;

/// The most bytes of what a client says of its user.
const LARGEST_USER: usize = 4096;

/// One request of a client.
#[derive(Debug)]
pub enum Request {
    JoinSession(JoinSession),
    LeaveSession(LeaveSession),
    Ping,
}

/// Lets the client into a session.
#[derive(Debug, Deserialize)]
pub struct JoinSession {
    pub session_id: SessionId,
    /// The number of the last event that the client has; it is sent those after it.
    pub since: Option<u32>,
    pub user: Option<Value>,
}

/// Takes the client out of one session.
#[derive(Debug, Deserialize)]
pub struct LeaveSession {
    pub session_id: SessionId,
}

impl Request {
    /// Reads a request of the kind `name` from a JSON object.
    pub fn parse(name: &str, json: &str) -> Result<Self, Error> {
        match name {
            "join_session" => {
                let join: JoinSession = shape::read(json.as_bytes())?;
                if let Some(user) = &join.user {
                    shape::check_size("user", user, LARGEST_USER)?;
                }
                Ok(Self::JoinSession(join))
            }
            "leave_session" => Ok(Self::LeaveSession(shape::read(json.as_bytes())?)),
            "ping" => Ok(Self::Ping),
            other => Err(Error::InvalidRequest(format!(
                "type: '{}' is not one of join_session, leave_session, ping",
                excerpt(other)
            ))),
        }
    }
}

/// What stands around every request on the plain WebSocket.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a> {
    #[serde(rename = "type")]
    pub name: std::borrow::Cow<'a, str>,
    #[serde(borrow, rename = "ref")]
    pub reference: Option<&'a RawValue>,
}
