//! rollcall from outside: over HTTP and WebSocket on a real port, each test with a fresh database.

mod support;

mod commands;
mod content;
mod content_history;
mod content_model;
mod content_property;
mod crash;
mod graph;
mod idempotency;
mod limits;
mod order;
mod presence_data;
mod replay;
mod sessions;
mod sql;
mod undo;
