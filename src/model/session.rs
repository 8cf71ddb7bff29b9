//! Sessions and their clients.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::id::SessionId;
use super::time::Timestamp;

/// One item of the list of sessions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Session {
    pub session_id: SessionId,
    pub name: Option<String>,
    pub project_id: Option<String>,
    pub created_at: Timestamp,
    pub last_activity: Timestamp,
    /// Live connections that have joined.
    pub active_clients: i64,
    pub node_count: i64,
    /// Kept from the cleanup.
    pub pinned: bool,
    /// The session's own limit in place of the service's.
    pub idle_timeout_hours: Option<f64>,
    /// Whatever the owner wants to keep beside the session.
    #[schema(value_type = Object)]
    pub attributes: Map<String, Value>,
    /// The number of the last event.
    pub seq: i64,
    /// How many times the content has changed.
    pub revision: i64,
}

/// One live connection in one session.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = ConnectedClient)]
pub struct Client {
    /// Opaque; on Socket.IO the socket's id.
    pub client_id: String,
    pub transport: Transport,
    pub connected_at: Timestamp,
    /// What the client said of its user when it joined.
    pub user: Option<Value>,
    /// What the client last told the others; not kept over a restart.
    pub presence: Option<Value>,
}

/// The door by which a client came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Transport {
    #[serde(rename = "websocket")]
    WebSocket,
    #[serde(rename = "socket.io")]
    SocketIo,
}

/// Why a client is no longer in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DepartureReason {
    /// It said so.
    Left,
    /// It closed its connection.
    Disconnected,
    /// Its connection broke.
    ConnectionLost,
    /// It answered no ping.
    PingTimeout,
    /// It did not keep up with its queue.
    SlowConsumer,
    /// The server was stopped.
    ServerShutdown,
    /// The server died, and was started again.
    ServerRestart,
}
