//! The requests of clients. A request that was parsed cannot be wrong in shape.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::access::Need;
use crate::engine::request::{Action, ContentRequest, Idempotency};
use crate::error::Error;
use crate::json::{self, whole_number};
use crate::model::command::WireCommand;
use crate::model::graph::With;
use crate::model::{Command, ContentLimits, Precondition, Scope, SessionId, excerpt};

/// The most bytes of a client's `user`, as JSON.
const MAX_USER_BYTES: usize = 4096;
/// The most bytes of a client's presence data, as JSON.
const MAX_PRESENCE_BYTES: usize = 4096;

/// One request of a client.
#[derive(Debug)]
pub enum Request {
    JoinSession(JoinSession),
    LeaveSession(LeaveSession),
    WatchSession(WatchSession),
    UnwatchSession(LeaveSession),
    /// Begins to follow what happens to all sessions.
    WatchSessions(WatchSessions),
    UnwatchSessions,
    /// An execute, undo or redo. Its `client_id` is filled in by the connection.
    Content(ContentRequest),
    Presence(Presence),
    Auth(Auth),
    Ping,
}

/// Adds the client to a session.
#[derive(Debug, Deserialize)]
pub struct JoinSession {
    pub session_id: SessionId,
    /// The number of the last event that the client has: it is sent those after it.
    #[serde(default, deserialize_with = "whole_number::in_json")]
    pub since: Option<u32>,
    /// The epoch of the database that `since` is from.
    pub epoch: Option<String>,
    pub user: Option<Value>,
    /// What is to come along with the response.
    pub with: Option<With>,
}

/// Begins to follow a session without being a client of it.
#[derive(Debug, Deserialize)]
pub struct WatchSession {
    pub session_id: SessionId,
    /// As in [`JoinSession`].
    #[serde(default, deserialize_with = "whole_number::in_json")]
    pub since: Option<u32>,
    /// As in [`JoinSession`].
    pub epoch: Option<String>,
    /// What is to come along with the response.
    pub with: Option<With>,
}

/// Begins to follow what happens to all sessions.
#[derive(Debug, Deserialize)]
pub struct WatchSessions {
    /// What the client is to be sent besides.
    pub with: Option<WithLoad>,
}

/// What a client that follows all sessions is to be sent besides.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WithLoad {
    /// How much the server has to do.
    Load,
}

/// Removes the client from a session, or ends a watch.
#[derive(Debug, Deserialize)]
pub struct LeaveSession {
    pub session_id: SessionId,
}

/// Sends presence data, which is not stored, to the other clients of a session.
#[derive(Debug, Deserialize)]
pub struct Presence {
    pub session_id: SessionId,
    pub data: Value,
}

/// Sends a token: the first one, or another one before the last one ends.
#[derive(Deserialize)]
pub struct Auth {
    pub token: String,
}

/// Without the token.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}

/// The members of every change of the content, besides the change itself.
#[derive(Deserialize)]
struct ChangeFields {
    session_id: SessionId,
    #[serde(default, deserialize_with = "whole_number::revision_in_json")]
    if_match: Option<i64>,
    idempotency_key: Option<String>,
    #[serde(default)]
    scope: Scope,
    with: Option<With>,
}

impl Request {
    /// Parses a request of the type `name` from a JSON object. The error names the wrong field.
    pub fn parse(name: &str, json: &str, limits: &ContentLimits) -> Result<Self, Error> {
        let bytes = json.as_bytes();
        match name {
            "join_session" => {
                let join: JoinSession = json::parse(bytes)?;
                if let Some(user) = &join.user {
                    json::check_free("user", user, MAX_USER_BYTES)?;
                }
                Ok(Self::JoinSession(join))
            }
            "leave_session" => Ok(Self::LeaveSession(json::parse(bytes)?)),
            "watch_session" => Ok(Self::WatchSession(json::parse(bytes)?)),
            "watch_sessions" => Ok(Self::WatchSessions(json::parse(bytes)?)),
            "unwatch_sessions" => Ok(Self::UnwatchSessions),
            "unwatch_session" => Ok(Self::UnwatchSession(json::parse(bytes)?)),
            "execute" => {
                let wire: WireCommand = json::parse(bytes)?;
                let action = Action::Execute(Command::parse(&wire, limits)?);
                Self::content(bytes, wire.data.get(), |_| action)
            }
            "undo" => Self::content(bytes, "null", Action::Undo),
            "redo" => Self::content(bytes, "null", Action::Redo),
            "presence" => {
                let presence: Presence = json::parse(bytes)?;
                json::check_free("data", &presence.data, MAX_PRESENCE_BYTES)?;
                Ok(Self::Presence(presence))
            }
            "auth" => Ok(Self::Auth(json::parse(bytes)?)),
            "ping" => Ok(Self::Ping),
            other => Err(Error::InvalidRequest(format!(
                "type: '{}' is not one of join_session, leave_session, execute, undo, redo, \
                 presence, watch_session, unwatch_session, watch_sessions, unwatch_sessions, auth, \
                 ping",
                excerpt(other)
            ))),
        }
    }

    /// What the client needs for it, and the session that it is about.
    pub fn need(&self) -> (Need, Option<SessionId>) {
        match self {
            Self::JoinSession(join) => (Need::Join, Some(join.session_id)),
            Self::LeaveSession(leave) => (Need::Read, Some(leave.session_id)),
            Self::WatchSession(watch) => (Need::Read, Some(watch.session_id)),
            Self::UnwatchSession(unwatch) => (Need::Read, Some(unwatch.session_id)),
            Self::Content(request) => (Need::Edit, Some(request.session_id)),
            Self::Presence(presence) => (Need::Join, Some(presence.session_id)),
            Self::WatchSessions(_) | Self::UnwatchSessions => (Need::Read, None),
            Self::Auth(_) | Self::Ping => (Need::Nothing, None),
        }
    }

    fn content(
        json: &[u8],
        data: &str,
        action: impl FnOnce(Scope) -> Action,
    ) -> Result<Self, Error> {
        let ChangeFields { session_id, if_match, idempotency_key, scope, with } =
            json::parse(json)?;
        let action = action(scope);
        let idempotency =
            idempotency_key.map(|key| Idempotency::new(&key, &action, data)).transpose()?;
        let precondition = if_match.map(|revision| Box::new(Precondition::at(revision)));
        let request =
            ContentRequest::new(session_id, None, action, precondition, idempotency, data.len());
        Ok(Self::Content(ContentRequest { with, ..request }))
    }
}
