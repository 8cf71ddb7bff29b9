//! rollcall: who is in which session, what is in it, and when it may be thrown away.
//!
//! The modules from the top down; each imports only from those below it:
//!
//! - [`app`] assembles and runs everything; [`config`] and [`telemetry`] are used before that.
//! - [`http`] and [`live`] are the transports: REST, WebSocket and Socket.IO. [`maintenance`] is scheduled.
//! - [`webhooks`] sends messages about sessions to other servers.
//! - [`state`] is what they share: the store, the hub and the limits.
//! - [`hub`] distributes events to the clients of a session; [`frame`] encodes them as WebSocket frames.
//! - [`store`] is the SQLite database. All SQL is in it.
//! - [`net`] accepts connections, with limits and timeouts, and checks hosts and origins.
//! - [`metrics`] counts and measures; [`supervisor`] notices when an essential task ends; [`clock`] has the time.
//! - [`access`] has tokens and what they grant.
//! - [`model`] has the types of the domain, [`json`] parses them, [`error`] has every error, and
//!   [`log_limit`] suppresses repeated log lines.

#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::await_holding_lock)]
#![deny(missing_docs, unsafe_code)]

pub mod access;
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
pub mod memory;
pub mod metrics;
pub mod model;
pub mod net;
pub mod state;
pub mod store;
pub mod supervisor;
pub mod telemetry;
pub mod webhooks;

/// mimalloc, since connections allocate and free many small blocks on all threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
