//! Detects jumps of the clock, so that scheduled maintenance removes nothing because of a wrong time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::source::Clock;
use crate::model::Timestamp;

/// How far the clock may move relative to the monotonic clock, which is never set.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// How long a clock that has jumped must run steadily before it is trusted again. A wrong time from a
/// time server is usually corrected sooner.
const STEADY_TIME: Duration = Duration::from_secs(60 * 60);

/// A clock that is compared with the monotonic clock on every read.
///
/// The monotonic clock stands still while the machine is suspended, so afterwards the clock is distrusted
/// although it is right. That only delays maintenance, which may run at any time.
pub struct SteadyClock {
    clock: Clock,
    started: Instant,
    state: Mutex<State>,
}

/// Offsets are in microseconds: how far the clock is ahead of the monotonic clock.
struct State {
    trusted: i64,
    /// The offset to which the clock has jumped, and since when it has had that offset.
    moved: Option<(i64, Instant)>,
}

impl SteadyClock {
    /// Trusts the clock as it is now, since there is nothing to compare it with.
    pub fn new(clock: Clock) -> Self {
        let trusted = clock.now().as_micros();
        let state = Mutex::new(State { trusted, moved: None });
        Self { clock, started: Instant::now(), state }
    }

    /// The current time; None while the clock is not trusted.
    pub fn now(&self) -> Option<Timestamp> {
        let (now, instant) = (self.clock.now(), Instant::now());
        let passed = instant.saturating_duration_since(self.started);
        let offset = now.as_micros().saturating_sub(micros(passed));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.trusts(offset, instant).then_some(now)
    }
}

impl State {
    fn trusts(&mut self, offset: i64, instant: Instant) -> bool {
        if is_near(offset, self.trusted) {
            if self.moved.take().is_some() {
                tracing::info!("the clock has been set back to what it was");
            }
            return true;
        }
        match self.moved {
            Some((moved, since)) if is_near(offset, moved) => {
                if instant.saturating_duration_since(since) < STEADY_TIME {
                    return false;
                }
                tracing::info!("the clock has been steady since it jumped, and is trusted again");
                *self = Self { trusted: offset, moved: None };
                true
            }
            _ => {
                let seconds = offset.saturating_sub(self.trusted) / 1_000_000;
                tracing::warn!(
                    seconds,
                    "the clock has jumped, or the machine was suspended; scheduled maintenance removes \
                     nothing until the clock has been steady for {} minutes",
                    STEADY_TIME.as_secs() / 60
                );
                self.moved = Some((offset, instant));
                false
            }
        }
    }
}

fn is_near(offset: i64, other: i64) -> bool {
    offset.abs_diff(other) <= micros(TOLERANCE).unsigned_abs()
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60 * 1_000_000;
    const YEAR: i64 = 365 * 24 * 60 * MINUTE;

    /// Whether a clock is trusted, for samples of a time in minutes and an offset in microseconds.
    fn trusted(samples: &[(u64, i64)]) -> Vec<bool> {
        let start = Instant::now();
        let mut state = State { trusted: 0, moved: None };
        let at = |minutes: u64| start + Duration::from_secs(minutes * 60);
        samples.iter().map(|(minutes, offset)| state.trusts(*offset, at(*minutes))).collect()
    }

    #[test]
    fn clock_that_jumps_is_distrusted_until_it_is_set_back() {
        let samples =
            [(0, 0), (1, MINUTE), (2, YEAR), (50, YEAR), (51, 0), (52, -YEAR), (53, MINUTE)];
        assert_eq!(trusted(&samples), [true, true, false, false, true, false, true]);
    }

    #[test]
    fn clock_that_is_corrected_for_good_is_trusted_after_an_hour() {
        let samples = [(0, YEAR), (59, YEAR), (60, YEAR), (61, YEAR), (62, 0), (122, 0)];
        assert_eq!(trusted(&samples), [false, false, true, true, false, true]);
    }

    #[test]
    fn clock_that_keeps_jumping_is_not_trusted() {
        let samples = [(0, YEAR), (50, 2 * YEAR), (100, 3 * YEAR), (159, 3 * YEAR)];
        assert_eq!(trusted(&samples), [false; 4]);
    }
}
