//! The plain WebSocket.

mod frames;
mod heartbeat;
