//! What a client is sent for a request.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::engine::request::Executed;
use crate::error::Error;
use crate::model::graph::FlatGraph;
use crate::model::{SessionId, Timestamp};

/// The response to one request. It is serialised as the members of an object, without the name.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Response {
    /// The session that the client follows from now on, because it has joined it or because it watches it.
    Following {
        session_id: SessionId,
        /// Who the client is in the session; None if it only watches.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        active_clients: i64,
        seq: i64,
        revision: i64,
        epoch: String,
        /// A JSON list of [`Client`](crate::model::Client)s.
        #[serde(serialize_with = "as_raw")]
        clients: Arc<RawValue>,
        /// The content as of `seq`, if it was asked for.
        #[serde(skip_serializing_if = "Option::is_none")]
        graph: Option<FlatGraph>,
    },
    Unwatched {
        session_id: SessionId,
    },
    WatchingSessions {},
    UnwatchedSessions {},
    Left {
        session_id: SessionId,
        client_id: String,
        active_clients: i64,
    },
    Executed {
        session_id: SessionId,
        #[serde(flatten)]
        executed: Executed,
    },
    /// The client's token is valid; until when, or null for ever.
    Authenticated {
        expires_at: Option<Timestamp>,
    },
    /// The client's token ends soon: it has to send another one.
    TokenExpiring {
        expires_at: Timestamp,
    },
    Pong {},
    /// The request has no response of its own. An acknowledgement of it is an empty object.
    Empty {},
    /// The event log no longer has what the client missed: the client has to read the session again.
    Gap {
        session_id: SessionId,
    },
    /// The server ends the connection on purpose, and the client should come back later.
    Reconnect {
        after_ms: u64,
        reason: &'static str,
    },
    Error {
        code: &'static str,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        details: Option<Value>,
    },
}

fn as_raw<S: Serializer>(json: &Arc<RawValue>, serializer: S) -> Result<S::Ok, S::Error> {
    json.serialize(serializer)
}

impl Response {
    /// Whether it is [`Response::Empty`], for which the client is sent nothing.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty {})
    }

    /// The response's name: the `type` of a WebSocket message, the event name of Socket.IO.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Following { client_id: Some(_), .. } => "joined",
            Self::Following { client_id: None, .. } | Self::WatchingSessions {} => "watching",
            Self::Unwatched { .. } | Self::UnwatchedSessions {} => "unwatched",
            Self::Left { .. } => "left",
            Self::Executed { .. } => "executed",
            Self::Authenticated { .. } => "authenticated",
            Self::TokenExpiring { .. } => "token-expiring",
            Self::Pong {} => "pong",
            Self::Empty {} => "",
            Self::Gap { .. } => "gap",
            Self::Reconnect { .. } => "reconnect",
            Self::Error { .. } => "error",
        }
    }
}

impl From<Error> for Response {
    fn from(failure: Error) -> Self {
        Self::Error {
            code: failure.code(),
            message: failure.to_string(),
            details: failure.details(),
        }
    }
}
