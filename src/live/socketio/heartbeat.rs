//! The heartbeat of an Engine.IO session: the server asks, the client answers.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// When the next ping is due, or the answer to the last one.
pub struct Heartbeat {
    interval: Duration,
    timeout: Duration,
    timer: Pin<Box<Sleep>>,
    awaits_pong: bool,
}

impl Heartbeat {
    /// The first ping is due after one interval.
    pub fn new(interval: Duration, timeout: Duration) -> Self {
        Self { interval, timeout, timer: Box::pin(sleep(interval)), awaits_pong: false }
    }

    /// Comes back when a ping is due, or the answer to one overdue.
    pub async fn due(&mut self) {
        self.timer.as_mut().await;
    }

    /// Whether a ping is due now.
    pub fn wants_ping(&self) -> bool {
        !self.awaits_pong && self.timer.deadline() <= Instant::now()
    }

    /// Whether a ping was sent and not answered.
    pub fn awaits_pong(&self) -> bool {
        self.awaits_pong
    }

    /// A ping is being sent.
    pub fn pinged(&mut self) {
        self.awaits_pong = true;
        self.extend();
    }

    /// The client has answered.
    pub fn ponged(&mut self) {
        if std::mem::take(&mut self.awaits_pong) {
            self.timer.as_mut().reset(Instant::now() + self.interval);
        }
    }

    /// Gives the client time anew, if it is to answer.
    pub fn extend(&mut self) {
        if self.awaits_pong {
            self.timer.as_mut().reset(Instant::now() + self.timeout);
        }
    }
}
