//! rollcall from outside: over HTTP and WebSocket on a real port, each test with a fresh database.

#[path = "../support/mod.rs"]
mod support;

mod bad_frames;
mod bad_input;
mod boundary;
mod cleanup;
mod cleanup_race;
mod commands;
mod content;
mod content_history;
mod content_model;
mod content_property;
mod crash;
mod crowd;
mod disk_full;
mod event_index;
mod graph;
mod heartbeat;
mod idempotency;
mod invariants;
mod large;
mod limits;
mod listing;
mod malformed;
mod openapi;
mod order;
mod origins;
mod ownership;
mod polling;
mod presence;
mod presence_data;
mod property;
mod replay;
mod restart;
mod retention;
mod sessions;
mod settings;
mod sio;
mod slow_client;
mod socketio;
mod socketio_ends;
mod sql;
mod staged_property;
mod undo;
