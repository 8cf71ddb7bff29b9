//! Socket.IO: the same sessions for the clients that exist, by WebSocket and by long-polling.
//!
//! Engine.IO 4 and Socket.IO 5 are spoken here without a library; ARCHITECTURE.md says why.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;
use uuid::Uuid;

use self::connection::SocketIoConnection;
use self::engine::Engine;
use self::registry::{Registry, SessionHandle};
use super::ws::Socket;
use crate::error::Error;
use crate::frame;
use crate::state::{AppState, Limits};

mod connection;
mod engine;
mod heartbeat;
mod packet;
mod polling;
mod probe;
mod registry;
mod transport;

pub use polling::Packets;
pub use registry::HttpRequest;

/// The transport, as HTTP requests reach it.
#[derive(Clone)]
pub struct SocketIo {
    pub state: Arc<AppState>,
    registry: Registry,
}

impl SocketIo {
    pub fn new(state: Arc<AppState>) -> Self {
        Self { state, registry: Registry::default() }
    }

    /// The session that a request names.
    pub fn find(&self, sid: &str) -> Option<Arc<SessionHandle>> {
        self.registry.find(Uuid::try_parse(sid).ok()?)
    }

    /// Begins a session by long-polling; its first packet answers the request that began it.
    pub fn open_polling(&self) -> Result<String, Error> {
        let sid = Uuid::new_v4();
        let limits = self.state.limits;
        let (registration, requests) = self.registry.add(sid, limits.connections)?;
        let engine = Engine::polling(limits, registration, requests);
        self.state.tasks.spawn(SocketIoConnection::new(self.state.clone(), engine).serve());
        Ok(open_packet(sid, &["websocket"], limits))
    }

    /// Serves a session that is a WebSocket from its beginning.
    pub async fn serve_websocket(self, socket: Socket) {
        let limits = self.state.limits;
        let open: Bytes = frame::text(&open_packet(Uuid::new_v4(), &[], limits));
        SocketIoConnection::new(self.state, Engine::websocket(limits, socket, open)).serve().await;
    }
}

/// The packet that tells a client of its session.
fn open_packet(sid: Uuid, upgrades: &[&str], limits: Limits) -> String {
    let content = json!({
        "sid": sid.simple().to_string(),
        "upgrades": upgrades,
        "pingInterval": limits.ping_interval.as_millis() as u64,
        "pingTimeout": limits.ping_timeout.as_millis() as u64,
        "maxPayload": limits.body,
    });
    format!("0{content}")
}
