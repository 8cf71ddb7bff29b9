//! Socket.IO: the same sessions for clients that exist, by WebSocket and by long-polling.
//!
//! It is an implementation of Engine.IO 4 and Socket.IO 5 of our own; ARCHITECTURE.md says why. The
//! map, top down; each module imports only from those below it:
//!
//! - `connection` is one Socket.IO connection: its namespaces, requests and events.
//! - `packet` is the syntax of Socket.IO packets.
//! - `engine` is Engine.IO, which carries the packets.

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use self::connection::SocketIoConnection;
use self::engine::{EngineSession, Registry, SessionHandle};
use super::authorization::Handshake;
use super::ws::Socket;
use crate::error::Error;
use crate::frame;
use crate::state::AppState;

mod connection;
mod engine;
mod packet;

pub use engine::{HttpRequest, Packets};

/// The transport, for the HTTP requests that open and carry its sessions.
#[derive(Clone)]
pub struct SocketIo {
    /// What it shares with the other transports.
    pub state: Arc<AppState>,
    registry: Registry,
}

impl SocketIo {
    /// The transport without sessions.
    pub fn new(state: Arc<AppState>) -> Self {
        Self { state, registry: Registry::default() }
    }

    /// The session with this id, if it began with long-polling.
    pub fn find(&self, sid: &str) -> Option<Arc<SessionHandle>> {
        self.registry.find(Uuid::try_parse(sid).ok()?)
    }

    /// Opens a session by long-polling. Returns its open packet, the body of the response.
    pub fn open_polling(&self, handshake: Handshake) -> Result<String, Error> {
        let sid = Uuid::new_v4();
        let limits = self.state.limits;
        let requests = self.registry.add(sid, limits.connections)?;
        let session = EngineSession::polling(&self.state, requests);
        let connection = SocketIoConnection::new(self.state.clone(), session, handshake);
        self.state.tasks.spawn(connection.serve());
        Ok(engine::packet::open(sid, &["websocket"], limits))
    }

    /// Serves a session that is a WebSocket from its beginning, until it ends.
    pub async fn serve_websocket(self, socket: Socket, handshake: Handshake) {
        let limits = self.state.limits;
        let open: Bytes = frame::text(&engine::packet::open(Uuid::new_v4(), &[], limits));
        let session = EngineSession::websocket(&self.state, socket, open);
        SocketIoConnection::new(self.state, session, handshake).serve().await;
    }
}
