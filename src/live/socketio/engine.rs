//! Engine.IO 4, the protocol below Socket.IO: a session of text messages over long-polling or a
//! WebSocket, with a heartbeat and an upgrade from the one to the other.
//!
//! The map, top down; each module imports only from those below it:
//!
//! - `session` is one session, served by one task.
//! - `registry` has the sessions that HTTP requests can name.
//! - `transport` carries a session: `polling`, or a WebSocket.
//! - `probe` is a WebSocket that may take over from long-polling.
//! - `heartbeat` is when a ping is due, and when its answer is overdue.
//! - `request_queue` is what the client sent and is not handled yet.
//! - `packet` is the syntax of packets and payloads.

mod heartbeat;
pub mod packet;
mod polling;
mod probe;
mod registry;
mod request_queue;
mod session;
mod transport;

pub use polling::Packets;
pub use registry::{HttpRequest, Registry, SessionHandle};
pub use request_queue::Incoming;
pub use session::EngineSession;
