//! Real-time transports: the same requests, responses and events over a plain WebSocket and over
//! Socket.IO.
//!
//! The map, top down; each module imports only from those below it:
//!
//! - [`socketio`], [`sse`] and [`ws`] are the transports. Socket.IO uses the frames of [`ws`] below its own
//!   packets.
//! - `connection` is one client, whatever its transport: it executes requests and ends in good order.
//! - `authorization` is what the client may do, and until when.
//! - `subscriptions` has the sessions that the client joined, and what it is sent of them.
//! - `lobby` notifies those who follow all sessions.
//! - `meters` counts what happens on a connection, for the metrics.
//! - `replay` reads events that the client missed from the event log.
//! - `request` and `response` are what clients send and get; `disconnect` is why a connection ends,
//!   `close_code` the codes that its client gets.

mod authorization;
pub mod close_code;
mod connection;
mod disconnect;
pub mod lobby;
mod meters;
mod replay;
mod request;
mod response;
pub mod socketio;
pub mod sse;
mod subscriptions;
pub mod ws;

pub use authorization::Handshake;
