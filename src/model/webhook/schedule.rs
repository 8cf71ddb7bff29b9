//! When a message is sent, and sent again.

use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The delays of the Standard Webhooks specification: 75.6 hours in all.
const RETRY_DELAYS: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 60 * 60),
    Duration::from_secs(5 * 60 * 60),
    Duration::from_secs(10 * 60 * 60),
    Duration::from_secs(14 * 60 * 60),
    Duration::from_secs(20 * 60 * 60),
    Duration::from_secs(24 * 60 * 60),
];

/// When messages are sent. It is no setting: tests use a faster one.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// How long after the first, the second … failure of a message the next attempt is. A message that fails
    /// once more is given up.
    pub retry_delays: &'static [Duration],
    /// How long an attempt may take.
    pub timeout: Duration,
    /// How long all attempts have to fail until an endpoint is switched off.
    pub max_failing: Duration,
    /// The time between two messages about the content of one session.
    pub content_interval: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            retry_delays: &RETRY_DELAYS,
            timeout: Duration::from_secs(15),
            max_failing: 5 * 24 * HOUR,
            content_interval: Duration::from_secs(5),
        }
    }
}

impl Schedule {
    /// How long after its failure number `failures` (from 1) a message is tried again; None if it is given
    /// up. `random` moves it by up to a fifth, so that what has failed together does not come back together.
    /// The receiver may have asked for more time in `retry_after`, of which a day counts.
    pub fn delay(
        &self,
        failures: i64,
        random: u32,
        retry_after: Option<Duration>,
    ) -> Option<Duration> {
        let place = usize::try_from(failures).ok()?.checked_sub(1)?;
        let delay = *self.retry_delays.get(place)?;
        let factor = 0.8 + 0.4 * f64::from(random) / f64::from(u32::MAX);
        let asked = retry_after.unwrap_or_default().min(24 * HOUR);
        Some(delay.mul_f64(factor).max(asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_come_from_five_seconds_to_a_day_with_a_jitter_of_a_fifth() {
        let schedule = Schedule::default();
        let seconds = |failures, random| {
            schedule.delay(failures, random, None).map(|delay| delay.as_secs_f64().round())
        };
        assert_eq!(seconds(1, 0), Some(4.0));
        assert_eq!(seconds(1, u32::MAX), Some(6.0));
        assert_eq!(seconds(9, 0), Some(69_120.0));
        assert_eq!(seconds(9, u32::MAX), Some(103_680.0));
        assert_eq!(seconds(10, 0), None);
        let all: Duration = RETRY_DELAYS.iter().sum();
        assert_eq!(all.as_secs(), 272_105);
    }

    #[test]
    fn retry_after_delays_by_a_day_at_most() {
        let delay = |asked| Schedule::default().delay(1, 0, Some(Duration::from_secs(asked)));
        assert_eq!(delay(1), Some(Duration::from_secs(4)));
        assert_eq!(delay(100), Some(Duration::from_secs(100)));
        assert_eq!(delay(10_000_000), Some(24 * HOUR));
    }
}
