//! A clock that moves only when it is asked to, and goes back now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rollcall::clock::Clock;
use rollcall::model::Timestamp;

/// When a run begins, in microseconds.
const START: i64 = 1_800_000_000_000_000;

#[derive(Clone, Default)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// Moves it by a second; each fifth time it goes back by two.
    pub fn tick(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn now(&self) -> Timestamp {
        let ticks = self.0.load(Ordering::Relaxed);
        let second = ticks - 3 * i64::from(ticks % 5 == 4);
        Timestamp::from_micros(START + second * 1_000_000).unwrap()
    }

    /// The same as the store takes it.
    pub fn clock(&self) -> Clock {
        let clock = self.clone();
        Clock::new(move || clock.now())
    }
}
