//! The heartbeat of an Engine.IO session: the server sends a ping, the client answers it with a pong.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// The timer for the next ping, or for the pong that is awaited.
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

    /// Waits until a ping is due or a pong is overdue. Dropping the future loses nothing.
    pub async fn due(&mut self) {
        self.timer.as_mut().await;
    }

    /// Whether a ping is due now.
    pub fn is_ping_due(&self) -> bool {
        !self.awaits_pong && self.timer.deadline() <= Instant::now()
    }

    /// Whether a ping was sent that the client has not answered.
    pub fn awaits_pong(&self) -> bool {
        self.awaits_pong
    }

    /// Notes that a ping is sent.
    pub fn ping_sent(&mut self) {
        self.awaits_pong = true;
        self.extend();
    }

    /// Notes that the client has answered.
    pub fn pong_received(&mut self) {
        if std::mem::take(&mut self.awaits_pong) {
            self.timer.as_mut().reset(Instant::now() + self.interval);
        }
    }

    /// Starts the timeout of an awaited pong again.
    pub fn extend(&mut self) {
        if self.awaits_pong {
            self.timer.as_mut().reset(Instant::now() + self.timeout);
        }
    }
}
