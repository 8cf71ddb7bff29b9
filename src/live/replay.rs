//! Reads the events that a client missed from the event log.

use std::sync::Arc;

use super::response::Response;
use crate::error::Error;
use crate::model::{Event, SessionId};
use crate::state::AppState;

/// A range of a session's events that is sent to one client, page by page.
pub struct Replay {
    state: Arc<AppState>,
    session_id: SessionId,
    after: i64,
    until: i64,
    /// The session's last event, if it is to be sent after the range.
    removal: Option<Event>,
    /// Whether the next page is a gap, whatever the log has.
    is_gap: bool,
    /// Whether a page was returned.
    has_begun: bool,
}

/// The next part of a replay.
pub enum ReplayPage {
    /// Consecutive events, bounded in bytes.
    Events(Vec<Event>),
    /// [`Response::Gap`]: the log no longer has the events after the client's last one.
    Gap(Response),
}

impl Replay {
    /// The events above `after`, up to and with `until`.
    pub fn new(state: Arc<AppState>, session_id: SessionId, after: i64, until: i64) -> Self {
        let (removal, is_gap, has_begun) = (None, false, false);
        Self { state, session_id, after, until, removal, is_gap, has_begun }
    }

    /// Sends the session's last event after the range, if there is one.
    pub fn with_removal(mut self, removal: Option<Event>) -> Self {
        self.removal = removal;
        self
    }

    /// Sends a gap in place of the range: what the client has is of another epoch of the database.
    pub fn into_gap(mut self) -> Self {
        self.is_gap = true;
        self
    }

    /// The session whose events are replayed.
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// The number up to which all was returned, as events or as a gap.
    pub fn after(&self) -> i64 {
        self.after
    }

    /// The next page; None at the end. After an error the next page is a gap: the client learns what
    /// failed, and then that it has to read the session again.
    pub async fn next(&mut self) -> Result<Option<ReplayPage>, Error> {
        if self.is_gap {
            return Ok(Some(self.gap()));
        }
        let left = self.until - self.after;
        if left == 0 {
            let removal = self.removal.take();
            self.count(if removal.is_some() { "events" } else { "none" });
            return Ok(removal.map(|removal| ReplayPage::Events(vec![removal])));
        }
        let page = self.state.store.missed_events(self.session_id, self.after, self.until).await;
        let page = match page {
            Ok(page) => page,
            // The log of a removed session may be gone. The client gets a gap, and then the removal.
            Err(failure) if failure.is_no_session() && self.removal.is_some() => Vec::new(),
            Err(failure) => {
                failure.log();
                self.is_gap = true;
                return Err(failure);
            }
        };
        let follows = page.first().is_some_and(|first| first.seq == self.after + 1);
        // A client that is ahead (`left` is negative) has events that this database does not have. It
        // has to read the session again, too.
        let Some(last) = page.last().filter(|_| left > 0 && follows) else {
            return Ok(Some(self.gap()));
        };
        self.after = last.seq;
        self.count("events");
        Ok(Some(ReplayPage::Events(page)))
    }

    fn gap(&mut self) -> ReplayPage {
        self.is_gap = false;
        self.after = self.until;
        self.count("gap");
        ReplayPage::Gap(Response::Gap { session_id: self.session_id })
    }

    /// Counts the outcome, which the first page shows.
    fn count(&mut self, outcome: &'static str) {
        if !std::mem::replace(&mut self.has_begun, true) {
            self.state.metrics.live.replays_total.with([outcome]).inc();
        }
    }
}
