//! rollcall from outside: over HTTP and WebSocket on a real port, each test with a fresh database.

mod support;

mod bad_frames;
mod bad_input;
mod boundary;
mod cleanup;
mod cleanup_race;
mod crowd;
mod disk_full;
mod heartbeat;
mod invariants;
mod listing;
mod malformed;
mod openapi;
mod origins;
mod ownership;
mod polling;
mod presence;
mod property;
mod restart;
mod retention;
mod sessions;
mod settings;
mod sio;
mod slow_client;
mod socketio;
mod socketio_ends;
