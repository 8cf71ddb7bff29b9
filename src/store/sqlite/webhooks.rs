//! Webhooks: endpoints, the messages for them, and what becomes of these.

pub(super) mod deliveries;
pub(super) mod due;
pub(super) mod endpoints;
pub(super) mod happenings;
mod measurements;
pub(super) mod queue_messages;
pub(super) mod replays;
pub(super) mod schedule_next;
