//! What happens in a session, and how it is written down.

use std::borrow::Cow;
use std::fmt::Write;

use serde::Serialize;
use utoipa::ToSchema;

use super::patch::SessionChanges;
use super::{DepartureReason, SessionId, Timestamp};

/// What happened, with what belongs to it; serialised, it is the event's payload.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum EventKind {
    SessionConnected { client_id: String, active_clients: i64 },
    SessionDisconnected { client_id: String, active_clients: i64, reason: DepartureReason },
    SessionUpdated { changes: SessionChanges },
    SessionRemoved { reason: RemovalReason },
}

impl EventKind {
    /// The event's name on the wire and in SQL.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SessionConnected { .. } => "session-connected",
            Self::SessionDisconnected { .. } => "session-disconnected",
            Self::SessionUpdated { .. } => "session-updated",
            Self::SessionRemoved { .. } => Event::REMOVED,
        }
    }
}

/// Why a session is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemovalReason {
    /// Somebody asked for it.
    Deleted,
    /// The cleanup found it idle.
    Idle,
}

impl RemovalReason {
    /// As on the wire and in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Idle => "idle",
        }
    }
}

/// One durable event; `seq` counts 1, 2, 3 … within the session.
#[derive(Debug, Clone)]
pub struct Event {
    pub session_id: SessionId,
    pub seq: i64,
    pub at: Timestamp,
    pub name: Cow<'static, str>,
    /// A JSON object.
    pub payload: Box<str>,
}

impl Event {
    /// The name of the last event of a session.
    pub const REMOVED: &str = "session-removed";

    /// The event as one JSON object with its name under `name_key`.
    pub fn to_json(&self, name_key: &str) -> String {
        let Self { session_id, seq, at, name, payload } = self;
        let mut json = String::with_capacity(payload.len() + 160);
        // Writing to a String cannot fail.
        let _ = write!(
            json,
            r#"{{"{name_key}":"{name}","session_id":"{session_id}","seq":{seq},"timestamp":"{at}""#
        );
        match payload.strip_prefix('{') {
            Some("}") | None => json.push('}'),
            Some(rest) => {
                json.push(',');
                json.push_str(rest);
            }
        }
        json
    }
}
