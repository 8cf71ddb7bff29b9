//! When a group of listeners is flushed.
//!
//! Every flush costs each listener a write and a read. In a calm session this is cheap, and messages go
//! out at once. In a busy session the messages of one interval go out together, and the intervals of
//! the groups are spread over time, so that a large session leaves the cores to other tasks in between.

use std::time::Duration;

use tokio::time::Instant;

/// The time between two flushes of events in a busy session. A screen that shows a picture every 16 ms
/// does not show the difference.
pub const FLUSH_INTERVAL: Duration = Duration::from_millis(16);
/// The time between two flushes of presence in a busy session: 30 pictures a second are enough for
/// what moves.
pub const PRESENCE_INTERVAL: Duration = Duration::from_millis(33);
/// When a group is looked at again whose listeners have not yet taken the last flush.
const RETRY_INTERVAL: Duration = Duration::from_millis(2);

/// The time over which changes are counted to find out whether a session is busy.
const RATE_WINDOW: Duration = Duration::from_millis(128);
/// The most deliveries of events in a window that still go out at once: 30,000 a second, which take a
/// third of a core. With a hundred listeners this is 300 changes a second.
pub const MAX_PROMPT_EVENTS: usize = 3_840;
/// The most deliveries of presence in a window that still go out at once: 7,500 a second. It is lower
/// than that of events, since there is more presence and a delay of it matters less. Fifteen clients
/// that all send 30 times a second stay below it.
pub const MAX_PROMPT_PRESENCE: usize = 960;

/// How often something happens, counted over the current window and the one before.
pub struct Rate {
    window_start: Instant,
    count: usize,
    /// The count of the window before.
    previous: usize,
}

impl Rate {
    /// A rate of zero, whose first window begins now.
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

    /// Whether a window would have more than `deliveries` if each change went to all `listeners`.
    pub fn exceeds(&self, deliveries: usize, listeners: usize) -> bool {
        self.count.max(self.previous).saturating_mul(listeners) > deliveries
    }
}

/// When a group of a calm session is flushed whose first message waits since `waiting_since`: at once;
/// or, if its listeners have not yet taken the last flush, a little later, but no later than
/// [`FLUSH_INTERVAL`] after `waiting_since`.
pub fn prompt(waiting_since: Instant, is_in_flight: bool, now: Instant) -> Instant {
    if is_in_flight { (now + RETRY_INTERVAL).min(waiting_since + FLUSH_INTERVAL) } else { now }
}

/// The first moment after `last` among `first`, `first + interval`, `first + 2 * interval` …
pub fn paced(first: Instant, interval: Duration, last: Instant) -> Instant {
    let Some(since) = last.checked_duration_since(first) else { return first };
    last + interval - Duration::from_nanos((since.as_nanos() % interval.as_nanos()) as u64)
}
