//! The events that a client missed, between the last that it has and its join.

use std::sync::Arc;

use super::answer::Answer;
use crate::error::Error;
use crate::service::Service;
use crate::session::{Event, SessionId};

/// Events read from the file at a time.
const PAGE: i64 = 500;

/// What is still to be sent before live events go on.
pub struct Replay {
    service: Arc<Service>,
    session_id: SessionId,
    after: i64,
    until: i64,
}

/// The next part of a replay.
pub enum Missed {
    Events(Vec<Event>),
    /// [`Answer::Gap`]: the events after the client's last one are no longer kept.
    Gap(Answer),
}

impl Replay {
    /// The events above `after`, up to and with `until`.
    pub fn new(service: Arc<Service>, session_id: SessionId, after: i64, until: i64) -> Self {
        Self { service, session_id, after, until }
    }

    /// The next part; None at the end.
    pub async fn next(&mut self) -> Result<Option<Missed>, Error> {
        let left = self.until - self.after;
        if left == 0 {
            return Ok(None);
        }
        let limit = left.clamp(1, PAGE);
        let page = self.service.store.events(self.session_id, self.after, limit).await;
        let page = page.inspect_err(Error::log)?;
        // A client that is ahead has seen what this file has not: it must start anew, too.
        if left < 0 || page.gap || page.events.is_empty() {
            self.after = self.until;
            return Ok(Some(Missed::Gap(Answer::Gap { session_id: self.session_id })));
        }
        self.after += page.events.len() as i64;
        Ok(Some(Missed::Events(page.events)))
    }
}
