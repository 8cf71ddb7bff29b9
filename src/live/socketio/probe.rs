//! A WebSocket that may take over from long-polling, but has not yet shown that it carries anything.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message;

use crate::frame;
use crate::live::ws::connection::WsConnection;

/// How long a client may take to complete an upgrade, as in the reference implementation.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the second poll in a probe waits at first; each one after it waits twice as long.
const MIN_NOOP_INTERVAL: Duration = Duration::from_millis(100);

/// The probe of a WebSocket.
pub struct Probe {
    wire: WsConnection,
    /// Until when the upgrade is to be complete.
    until: Instant,
    /// Whether the client has asked and the answer is not written.
    is_asked: bool,
    /// When the next poll that waits is to be released; None before the probe is answered. A client
    /// that was told that its probe succeeded goes over as soon as no poll of its own waits.
    noop_at: Option<Instant>,
    noop_interval: Duration,
    timer: Pin<Box<Sleep>>,
}

/// What became of a probe.
pub enum Outcome {
    /// The client has sent `5`.
    Complete,
    /// It did not succeed, or not in time.
    Failed,
    /// A poll may have to be released.
    Waits,
}

impl Probe {
    pub fn new(wire: WsConnection) -> Self {
        let until = Instant::now() + PROBE_TIMEOUT;
        let timer = Box::pin(sleep_until(until));
        let (is_asked, noop_at, noop_interval) = (false, None, MIN_NOOP_INTERVAL);
        Self { wire, until, is_asked, noop_at, noop_interval, timer }
    }

    /// Waits for the next step. Whoever drops it in between loses nothing.
    pub async fn next(&mut self) -> Outcome {
        if self.is_asked {
            return tokio::select! {
                written = self.wire.flush() => {
                    self.is_asked = false;
                    self.noop_at = Some(Instant::now());
                    if written.is_ok() { Outcome::Waits } else { Outcome::Failed }
                }
                () = self.timer.as_mut() => Outcome::Failed,
            };
        }
        let message = tokio::select! {
            message = self.wire.recv() => message,
            () = self.timer.as_mut() => {
                self.timer.as_mut().reset(self.until);
                return if self.until <= Instant::now() { Outcome::Failed } else { Outcome::Waits };
            }
        };
        match message {
            Some(Ok(Message::Text(text))) => match (text.as_str(), self.noop_at) {
                ("2probe", None) => {
                    self.wire.push(frame::text("3probe"));
                    self.is_asked = true;
                    Outcome::Waits
                }
                ("5", Some(_)) => Outcome::Complete,
                _ => Outcome::Failed,
            },
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Outcome::Waits,
            _ => Outcome::Failed,
        }
    }

    /// Whether a poll that waits is to be released now. If it is to be released later,
    /// [`Probe::next`] comes back in time.
    pub fn releases_poll(&mut self) -> bool {
        let Some(at) = self.noop_at else { return false };
        let now = Instant::now();
        if at > now {
            self.timer.as_mut().reset(at.min(self.until));
            return false;
        }
        self.noop_at = Some(now + self.noop_interval);
        self.noop_interval *= 2;
        true
    }

    /// The WebSocket, which has taken over.
    pub fn into_wire(self) -> WsConnection {
        self.wire
    }
}
