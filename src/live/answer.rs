//! What a client is answered.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::model::SessionId;
use crate::store;

/// The answer to one request; serialised, it is what stands beside the name.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    Joined {
        session_id: SessionId,
        client_id: String,
        active_clients: i64,
        seq: i64,
        revision: i64,
        /// A list of [`Client`](crate::model::Client)s.
        #[serde(serialize_with = "as_it_is")]
        clients: Arc<RawValue>,
    },
    Left {
        session_id: SessionId,
        client_id: String,
        active_clients: i64,
    },
    Executed {
        session_id: SessionId,
        #[serde(flatten)]
        executed: store::Executed,
    },
    Pong {},
    /// The request has no answer.
    Silence {},
    /// What the client missed is no longer kept: it has to read the session anew.
    Gap {
        session_id: SessionId,
    },
    Error {
        code: &'static str,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        details: Option<Value>,
    },
}

fn as_it_is<S: Serializer>(json: &Arc<RawValue>, serializer: S) -> Result<S::Ok, S::Error> {
    json.serialize(serializer)
}

impl Answer {
    /// Whether the client gets it.
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Silence {})
    }

    /// The answer's name: the `type` of a frame, the event of Socket.IO.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Joined { .. } => "joined",
            Self::Left { .. } => "left",
            Self::Executed { .. } => "executed",
            Self::Pong {} => "pong",
            Self::Silence {} => "",
            Self::Gap { .. } => "gap",
            Self::Error { .. } => "error",
        }
    }
}

impl From<Error> for Answer {
    fn from(failure: Error) -> Self {
        Self::Error {
            code: failure.code(),
            message: failure.to_string(),
            details: failure.details(),
        }
    }
}
