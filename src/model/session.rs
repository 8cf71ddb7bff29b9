//! Sessions and their clients.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::id::SessionId;
use super::time::Timestamp;

/// A session with its metadata, without its content.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Session {
    pub session_id: SessionId,
    pub name: Option<String>,
    pub project_id: Option<String>,
    pub created_at: Timestamp,
    pub last_activity: Timestamp,
    /// The number of clients that have joined.
    pub active_clients: i64,
    /// The number of nodes of the content.
    pub node_count: i64,
    /// Whether the cleanup keeps the session however long it is idle.
    pub pinned: bool,
    /// Idle hours after which the session may be removed; null for the server's setting.
    pub idle_timeout_hours: Option<f64>,
    /// Free-form JSON of the application.
    #[schema(value_type = Object)]
    pub attributes: Map<String, Value>,
    /// The `seq` of the last event; 0 before the first one.
    pub seq: i64,
    /// How many times the content has changed, which is also its entity tag.
    pub revision: i64,
}

/// A client that has joined a session.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = ConnectedClient)]
pub struct Client {
    /// An opaque id; on Socket.IO it is the id of the socket.
    pub client_id: String,
    pub transport: Transport,
    pub connected_at: Timestamp,
    /// Free-form JSON about the user, as the client sent it when it joined.
    pub user: Option<Value>,
    /// The presence data that the client last sent to the others. It is not kept over a restart.
    pub presence: Option<Value>,
}

/// The transport by which a client is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Transport {
    #[serde(rename = "websocket")]
    WebSocket,
    #[serde(rename = "socket.io")]
    SocketIo,
}

/// Why a client has left a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DepartureReason {
    /// It sent `leave_session`.
    Left,
    /// It closed its connection.
    Disconnected,
    /// Its connection failed.
    ConnectionLost,
    /// It did not answer a ping in time.
    PingTimeout,
    /// Its queue was full, and it read nothing from it for too long.
    SlowConsumer,
    /// The server was shut down.
    ServerShutdown,
    /// The server has crashed since, and was started again.
    ServerRestart,
}
