//! The events that a client missed, between the last that it has and those that come live.

use std::sync::Arc;

use super::answer::Answer;
use crate::error::Error;
use crate::model::{Event, SessionId};
use crate::state::AppState;

/// What is still to be sent before live events go on.
pub struct Replay {
    state: Arc<AppState>,
    session_id: SessionId,
    after: i64,
    until: i64,
    /// The session's last event, if it is to be told behind the others.
    removal: Option<Event>,
    /// Whether the file could not be read.
    has_failed: bool,
}

/// The next part of a replay.
pub enum Missed {
    /// One page of events, bounded in bytes.
    Events(Vec<Event>),
    /// [`Answer::Gap`]: the events after the client's last one are no longer kept.
    Gap(Answer),
}

impl Replay {
    /// The events above `after`, up to and with `until`.
    pub fn new(state: Arc<AppState>, session_id: SessionId, after: i64, until: i64) -> Self {
        Self { state, session_id, after, until, removal: None, has_failed: false }
    }

    /// Tells at the end that the session is gone, if it is.
    pub fn with_removal(mut self, removal: Option<Event>) -> Self {
        self.removal = removal;
        self
    }

    /// Which session's events it has.
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// The next part; None at the end. Behind an error comes a gap: the client is told why, and then
    /// that it has to read the session anew.
    pub async fn next(&mut self) -> Result<Option<Missed>, Error> {
        let left = self.until - self.after;
        if left == 0 {
            return Ok(self.removal.take().map(|removal| Missed::Events(vec![removal])));
        }
        if self.has_failed {
            return Ok(Some(self.gap()));
        }
        let page = self.state.store.missed_events(self.session_id, self.after, self.until).await;
        let page = match page {
            Ok(page) => page,
            // Whether the events before it can be had or not, the client is told that the session
            // is gone.
            Err(failure) if failure.is_no_session() && self.removal.is_some() => Vec::new(),
            Err(failure) => {
                failure.log();
                self.has_failed = true;
                return Err(failure);
            }
        };
        // A client that is ahead has seen what this file has not: it must start anew, too.
        let follows = page.first().is_some_and(|first| first.seq == self.after + 1);
        let Some(last) = page.last().filter(|_| left > 0 && follows) else {
            return Ok(Some(self.gap()));
        };
        self.after = last.seq;
        Ok(Some(Missed::Events(page)))
    }

    fn gap(&mut self) -> Missed {
        self.after = self.until;
        Missed::Gap(Answer::Gap { session_id: self.session_id })
    }
}
