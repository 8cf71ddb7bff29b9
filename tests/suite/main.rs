//! rollcall from outside: over HTTP and WebSocket on a real port, each test with a fresh database.

#[path = "../support/mod.rs"]
mod support;

mod access;
mod cli;
mod content;
mod docs;
mod events;
mod http;
mod keeping;
mod live;
mod metrics;
mod net;
mod operations;
mod presence;
mod sessions;
mod undo;
mod webhooks;
