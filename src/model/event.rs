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
use super::session::DisconnectReason;
use super::time::Timestamp;

/// An event with its fields. Serialised to JSON, it is the event's payload.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum EventKind {
    /// A client has joined the session.
    SessionConnected {
        /// The client that has joined.
        client_id: String,
        /// The number of clients in the session after the join.
        active_clients: i64,
        /// Free-form JSON about the user, as the client sent it when it joined.
        user: Option<Value>,
    },
    /// A client has left the session, or its connection has ended.
    SessionDisconnected {
        /// The client that is gone.
        client_id: String,
        /// The number of clients that are still in the session.
        active_clients: i64,
        /// Why the client is gone.
        reason: DisconnectReason,
    },
    /// The metadata of the session was changed.
    SessionUpdated {
        /// The fields that have changed, with their new values.
        changes: SessionChanges,
    },
    /// The session was removed. This is its last event unless it is restored.
    SessionRemoved {
        /// Whether the session was deleted on request or was idle for too long.
        reason: RemovalReason,
    },
    /// A removed session was restored. Its events go on after the one of the removal.
    SessionRestored {},
    /// A change of the content, with the revision after it.
    Content {
        /// What was changed, in the form in which a client applies it to its own copy of the tree.
        #[serde(flatten)]
        change: NodeEvent,
        /// The command that was executed, undone or redone.
        command_id: CommandId,
        /// Who executed, undid or redid it; null if a caller of REST did not say.
        client_id: Option<String>,
        /// The revision of the content after the change. All events of one command have the same.
        revision: i64,
    },
    /// A command was executed. The events of its changes come before this one.
    CommandExecuted {
        /// The command that was executed, as the history lists it.
        command_id: CommandId,
        /// The name of the command, such as `CreateNode`.
        command_type: &'static str,
        /// Who sent the command; null if a caller of REST did not say.
        client_id: Option<String>,
        /// The revision of the content after the command.
        revision: i64,
    },
    /// A command was undone. The events of its changes come before this one.
    Undo {
        /// The command that was undone.
        command_id: CommandId,
        /// Who undid it; null if a caller of REST did not say.
        client_id: Option<String>,
        /// The revision of the content after the undo.
        revision: i64,
    },
    /// A command was redone. The events of its changes come before this one.
    Redo {
        /// The command that was redone.
        command_id: CommandId,
        /// Who redid it; null if a caller of REST did not say.
        client_id: Option<String>,
        /// The revision of the content after the redo.
        revision: i64,
    },
}

/// A change of the content, in the form in which clients apply it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum NodeEvent {
    /// A node was created, or came back by an undo or a redo.
    NodeCreated {
        /// The new node.
        node_id: NodeId,
        /// Its parent; null for a root.
        parent_id: Option<NodeId>,
        /// The type of the node, as the application defines it.
        blueprint_type_id: String,
        /// The name of the node.
        name: String,
        /// All properties of the node, by their ids.
        #[schema(value_type = Object)]
        properties: Properties,
        /// The index among its siblings, from 0.
        index: i64,
    },
    /// The node was deleted with its descendants.
    NodeDeleted {
        /// The node that was deleted.
        node_id: NodeId,
        /// Its parent; null if it was a root.
        parent_id: Option<NodeId>,
    },
    /// The node was moved with its descendants. The parent is null if it was moved among the roots.
    NodeLinked {
        /// The new parent; null if the node is a root now.
        parent_id: Option<NodeId>,
        /// The node that was moved.
        child_id: NodeId,
        /// The index among its new siblings, from 0, not counting the node itself.
        index: i64,
    },
    /// The node has become the last root.
    NodeUnlinked {
        /// The node that is a root now.
        child_id: NodeId,
        /// Its parent before; null if it was a root already.
        parent_id: Option<NodeId>,
    },
    /// A node was renamed.
    NodeRenamed {
        /// The node that was renamed.
        node_id: NodeId,
        /// The new name.
        name: String,
    },
    /// A property of a node was set.
    PropertyChanged {
        /// The node whose property was set.
        node_id: NodeId,
        /// Which property was set.
        property_id: String,
        /// The value before; null if the property was null, and also if the node did not have it.
        old_value: Option<Value>,
        /// The value now.
        new_value: Value,
    },
    /// A property of a node was removed.
    PropertyDeleted {
        /// The node whose property was removed.
        node_id: NodeId,
        /// Which property was removed.
        property_id: String,
        /// The value before.
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
            Self::SessionRestored {} => "session-restored",
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
    /// Every reason.
    pub const ALL: [Self; 2] = [Self::Deleted, Self::Idle];

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
    /// Which session it happened in.
    pub session_id: SessionId,
    /// Its number within the session.
    pub seq: i64,
    /// When it happened, by the server's clock. It never goes back within a session.
    pub at: Timestamp,
    /// The name for clients, such as `node-created`; see [`EventKind::name`].
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
