//! rollcall: who is in which session, what is in it, and when it may be thrown away.
//!
//! The map, top down; each room imports only from those below it:
//!
//! - [`app`] builds everything and runs it; [`config`] and [`telemetry`] are read before.
//! - [`http`] and [`live`] are the doors, [`maintenance`] what is scheduled.
//! - [`state`] is what they share: the store, the hub and the limits.
//! - [`hub`] takes an event from one to many, as a whole [`frame`] for the plain WebSocket.
//! - [`store`] is the one SQLite file; all SQL is in it.
//! - [`net`] accepts connections, bounds them in number and time, and says whom the service answers.
//! - [`supervisor`] tells when a task has ended that must not, [`clock`] what time it is.
//! - [`model`] has the words of the domain, [`json`] reads them, [`error`] says what went wrong, [`log_limit`]
//!   how often the log repeats it.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::await_holding_lock)]
#![deny(unsafe_code)]

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod any_input;
pub mod app;
pub mod clock;
pub mod config;
pub mod engine;
pub mod error;
pub mod frame;
pub mod http;
pub mod hub;
pub mod json;
pub mod live;
pub mod log_limit;
pub mod maintenance;
pub mod model;
pub mod net;
pub mod state;
pub mod store;
pub mod supervisor;
pub mod telemetry;

/// Connections come and go on all threads, with many small pieces of memory each.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
