//! The events of a session, and their JSON.

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

/// An event with its fields. Serialised to JSON, it is the event's payload.
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
    /// A change of the content, with the revision after it.
    Content {
        #[serde(flatten)]
        change: NodeEvent,
        revision: i64,
    },
    /// A command was executed. The events of its changes come before this one.
    CommandExecuted {
        command_id: CommandId,
        command_type: &'static str,
        client_id: Option<String>,
        revision: i64,
    },
    /// A command was undone. The events of its changes come before this one.
    Undo {
        command_id: CommandId,
        client_id: Option<String>,
        revision: i64,
    },
    /// A command was redone. The events of its changes come before this one.
    Redo {
        command_id: CommandId,
        client_id: Option<String>,
        revision: i64,
    },
}

/// A change of the content, in the form in which clients apply it.
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
        /// The index among its siblings, from 0.
        index: i64,
    },
    /// The node was deleted with its descendants.
    NodeDeleted {
        node_id: NodeId,
    },
    /// The node was moved with its descendants. The parent is null if it was moved among the roots.
    NodeLinked {
        parent_id: Option<NodeId>,
        child_id: NodeId,
        index: i64,
    },
    /// The node has become the last root.
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
    /// The name of the event for clients and in the database.
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

/// Why a session was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RemovalReason {
    /// By a request.
    Deleted,
    /// By the cleanup, since it was idle.
    Idle,
}

impl RemovalReason {
    /// The name in events and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Idle => "idle",
        }
    }
}

/// An event as it is stored. `seq` is 1, 2, 3 … without gaps within its session.
#[derive(Debug, Clone)]
pub struct Event {
    pub session_id: SessionId,
    pub seq: i64,
    pub at: Timestamp,
    pub name: Cow<'static, str>,
    /// A JSON object: the serialised [`EventKind`].
    pub payload: Arc<str>,
}

impl Event {
    /// The name of the last event of every session.
    pub const REMOVED: &str = "session-removed";

    /// Whether the session is removed with this event.
    pub fn ends_session(&self) -> bool {
        self.name == Self::REMOVED
    }

    /// The event as a JSON object, with its name in the field `name_key`.
    pub fn to_json(&self, name_key: &str) -> String {
        let mut json = String::with_capacity(self.payload.len() + 160);
        self.write_json(name_key, &mut json);
        json
    }

    /// Appends [`Event::to_json`] to `json`.
    pub fn write_json(&self, name_key: &str, json: &mut String) {
        // Writing to a String cannot fail.
        let _ = write!(json, r#"{{"{name_key}":"{}","#, self.name);
        self.write_members(json);
    }

    /// The event as a JSON array: its name, and an object with its other fields.
    pub fn to_pair(&self) -> String {
        let mut json = String::with_capacity(self.payload.len() + 160);
        let _ = write!(json, r#"["{}",{{"#, self.name);
        self.write_members(&mut json);
        json.push(']');
        json
    }

    /// Appends all fields but the name, and the closing brace of the object.
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

#[cfg(test)]
mod tests;
