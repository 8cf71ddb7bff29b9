//! Who is to learn of committed events.

use crate::model::{Event, SessionId};

/// Who takes committed events, in the order of their commits.
pub trait Publish: Send + Sync + 'static {
    /// Publishes events. It must not block: those who wait for their answers wait for it.
    fn publish(&self, events: Vec<Event>);

    /// Publishes that sessions were created, before any of their events.
    fn publish_created(&self, session_ids: Vec<SessionId>);

    /// Publishes that events of a session, up to and with the number `until`, are in the event log, from
    /// which listeners are to read them. It must not block either.
    fn publish_from_log(&self, session_id: SessionId, until: i64);
}
