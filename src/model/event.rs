//! What happens in a session, and how it is written down.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::id::{CommandId, NodeId, SessionId};
use super::patch::SessionChanges;
use super::properties::Properties;
use super::session::DepartureReason;
use super::time::Timestamp;

/// What happened, with what belongs to it; serialised, it is the event's payload.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum EventKind {
    SessionConnected {
        client_id: String,
        active_clients: i64,
    },
    SessionDisconnected {
        client_id: String,
        active_clients: i64,
        reason: DepartureReason,
    },
    SessionUpdated {
        changes: SessionChanges,
    },
    SessionRemoved {
        reason: RemovalReason,
    },
    /// A change of the content, with the revision that it led to.
    Content {
        #[serde(flatten)]
        change: NodeEvent,
        revision: i64,
    },
    /// Its changes have their own events, before this one.
    CommandExecuted {
        command_id: CommandId,
        command_type: &'static str,
        client_id: Option<String>,
        revision: i64,
    },
    /// Likewise.
    Undo {
        command_id: CommandId,
        client_id: Option<String>,
        revision: i64,
    },
    /// Likewise.
    Redo {
        command_id: CommandId,
        client_id: Option<String>,
        revision: i64,
    },
}

/// A change of the content as a client follows it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum NodeEvent {
    NodeCreated {
        node_id: NodeId,
        parent_id: Option<NodeId>,
        blueprint_type_id: String,
        name: String,
        #[schema(value_type = Object)]
        properties: Properties,
        /// Where among its siblings.
        index: i64,
    },
    /// With all below it.
    NodeDeleted {
        node_id: NodeId,
    },
    /// The parent is null where a root is put among the roots.
    NodeLinked {
        parent_id: Option<NodeId>,
        child_id: NodeId,
        index: i64,
    },
    /// It is the last root now.
    NodeUnlinked {
        child_id: NodeId,
    },
    NodeRenamed {
        node_id: NodeId,
        name: String,
    },
    PropertyChanged {
        node_id: NodeId,
        property_id: String,
        old_value: Option<Value>,
        new_value: Value,
    },
    PropertyDeleted {
        node_id: NodeId,
        property_id: String,
        old_value: Option<Value>,
    },
}

impl EventKind {
    /// The event's name on the wire and in SQL.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SessionConnected { .. } => "session-connected",
            Self::SessionDisconnected { .. } => "session-disconnected",
            Self::SessionUpdated { .. } => "session-updated",
            Self::SessionRemoved { .. } => Event::REMOVED,
            Self::Content { change, .. } => match change {
                NodeEvent::NodeCreated { .. } => "node-created",
                NodeEvent::NodeDeleted { .. } => "node-deleted",
                NodeEvent::NodeLinked { .. } => "node-linked",
                NodeEvent::NodeUnlinked { .. } => "node-unlinked",
                NodeEvent::NodeRenamed { .. } => "node-renamed",
                NodeEvent::PropertyChanged { .. } => "property-changed",
                NodeEvent::PropertyDeleted { .. } => "property-deleted",
            },
            Self::CommandExecuted { .. } => "command-executed",
            Self::Undo { .. } => "undo",
            Self::Redo { .. } => "redo",
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
    pub payload: Arc<str>,
}

impl Event {
    /// The name of the last event of a session.
    pub const REMOVED: &str = "session-removed";

    /// Whether the session is gone with it.
    pub fn ends_session(&self) -> bool {
        self.name == Self::REMOVED
    }

    /// The event as one JSON object with its name under `name_key`.
    pub fn to_json(&self, name_key: &str) -> String {
        let mut json = String::with_capacity(self.payload.len() + 160);
        self.write_json(name_key, &mut json);
        json
    }

    /// As [`Event::to_json`], behind what `json` has already.
    pub fn write_json(&self, name_key: &str, json: &mut String) {
        // Writing to a String cannot fail.
        let _ = write!(json, r#"{{"{name_key}":"{}","#, self.name);
        self.write_members(json);
    }

    /// The event as a list of its name and a JSON object without it.
    pub fn to_pair(&self) -> String {
        let mut json = String::with_capacity(self.payload.len() + 160);
        let _ = write!(json, r#"["{}",{{"#, self.name);
        self.write_members(&mut json);
        json.push(']');
        json
    }

    /// All but the name, and the brace that ends the object.
    fn write_members(&self, json: &mut String) {
        let Self { session_id, seq, at, payload, .. } = self;
        let _ = write!(json, r#""session_id":"{session_id}","seq":{seq},"timestamp":"{at}""#);
        match payload.strip_prefix('{') {
            Some("}") | None => json.push('}'),
            Some(rest) => {
                json.push(',');
                json.push_str(rest);
            }
        }
    }
}
