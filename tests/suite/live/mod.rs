//! Live connections of both transports.

mod kick;
mod lag;
mod lobby;
mod slow_client;
mod socketio;
mod sse;
mod upgrade;
mod watch;
mod ws;
