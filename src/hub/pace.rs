//! When a group of listeners is sent what waits for it.
//!
//! Every flush costs each listener a write and a read. In a calm session they cost little, and what
//! comes goes out at once. In a busy one what comes within an interval goes out together; the
//! intervals of the groups are spread, so that a large session leaves the cores to others in
//! between.

use std::time::Duration;

use tokio::time::Instant;

/// The time from flush to flush of events in a busy session: nobody sees the difference on a screen
/// that shows a picture every 16 ms.
pub const FLUSH_INTERVAL: Duration = Duration::from_millis(16);
/// The same for presence alone, which is drawn as something that moves: 30 pictures a second.
pub const PRESENCE_INTERVAL: Duration = Duration::from_millis(33);
/// How soon a group is looked at again whose listeners have not yet taken the last flush.
const RETRY_INTERVAL: Duration = Duration::from_millis(2);

/// How long changes are counted before the count says whether a session is busy.
const RATE_WINDOW: Duration = Duration::from_millis(128);
/// The most deliveries within a window for which events go out at once: 30,000 a second, which take
/// a third of a core. A hundred listeners have 300 changes a second at once.
pub const MAX_PROMPT_EVENTS: usize = 3_840;
/// The same for presence, of which more comes and less hangs on a moment: 7,500 a second. Fifteen
/// clients that all send 30 times a second have it at once.
pub const MAX_PROMPT_PRESENCE: usize = 960;

/// How often something comes.
pub struct Rate {
    window_start: Instant,
    count: usize,
    /// Of the window before.
    previous: usize,
}

impl Rate {
    pub fn new(now: Instant) -> Self {
        Self { window_start: now, count: 0, previous: 0 }
    }

    /// Counts one.
    pub fn add(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.window_start);
        if elapsed >= RATE_WINDOW {
            self.previous = if elapsed < 2 * RATE_WINDOW { self.count } else { 0 };
            self.count = 0;
            self.window_start = now;
        }
        self.count += 1;
    }

    /// Whether more than `deliveries` would go out within a window if each went to all listeners.
    pub fn exceeds(&self, deliveries: usize, listeners: usize) -> bool {
        self.count.max(self.previous).saturating_mul(listeners) > deliveries
    }
}

/// When a group in a calm session is sent what waits since `waiting_since`: at once, or as soon as
/// its listeners have taken the last flush, but not later than after the usual interval.
pub fn prompt(waiting_since: Instant, is_in_flight: bool, now: Instant) -> Instant {
    if is_in_flight { (now + RETRY_INTERVAL).min(waiting_since + FLUSH_INTERVAL) } else { now }
}

/// The first moment after `last`, of those that come with `interval` from `first` on.
pub fn paced(first: Instant, interval: Duration, last: Instant) -> Instant {
    let Some(since) = last.checked_duration_since(first) else { return first };
    last + interval - Duration::from_nanos((since.as_nanos() % interval.as_nanos()) as u64)
}
