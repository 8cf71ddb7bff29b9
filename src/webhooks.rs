//! Webhooks: messages about sessions are sent to the endpoints that somebody has registered, signed as
//! Standard Webhooks 1.0.0 says.
//!
//! The event log is the outbox. One task makes messages of what is new in it, sends those that are due, and
//! records what came of that. No change waits for any of it.

mod dispatcher;
mod messages;
mod sender;
mod target;

pub use dispatcher::Dispatcher;
pub use target::check_url;
