//! rollcall from outside: over HTTP and WebSocket on a real port, each test with a fresh database.

mod support;

mod sessions;
