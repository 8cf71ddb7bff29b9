//! The keepalive of a plain WebSocket: a client that is silent for too long is pinged, and anything
//! that it sends is its answer.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// The keepalive timer of one connection.
pub struct Keepalive {
    interval: Duration,
    timeout: Duration,
    last_received: Instant,
    awaits_answer: bool,
    timer: Pin<Box<Sleep>>,
}

/// What is due when the timer has expired.
pub enum Due {
    Nothing,
    /// The client is to be sent a ping.
    Ping,
    /// The client has not answered the last ping in time.
    PingTimeout,
}

impl Keepalive {
    /// A client is pinged after a silence of `interval`, and then has `timeout` to answer.
    pub fn new(interval: Duration, timeout: Duration) -> Self {
        let timer = Box::pin(sleep(interval));
        Self { interval, timeout, last_received: Instant::now(), awaits_answer: false, timer }
    }

    /// Notes that something was received. The timer is reset only after a ping, since messages are
    /// many: [`Keepalive::due`] sets it to the rest of the interval when it expires too early.
    pub fn received(&mut self) {
        self.last_received = Instant::now();
        if std::mem::take(&mut self.awaits_answer) {
            self.timer.as_mut().reset(self.last_received + self.interval);
        }
    }

    /// Waits until the timer expires; then [`Keepalive::due`] is to be asked. Dropping the future loses
    /// nothing.
    pub async fn expired(&mut self) {
        self.timer.as_mut().await;
    }

    /// What is due now. The timer is set for the next time.
    pub fn due(&mut self) -> Due {
        let now = Instant::now();
        let ping_at = self.last_received + self.interval;
        if now < ping_at {
            self.timer.as_mut().reset(ping_at);
            Due::Nothing
        } else if self.awaits_answer {
            Due::PingTimeout
        } else {
            self.awaits_answer = true;
            self.timer.as_mut().reset(now + self.timeout);
            Due::Ping
        }
    }
}
