//! The upgrade probe: a WebSocket that may take over from long-polling, but has not yet shown that it
//! carries packets.

use std::future::pending;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message;

use super::packet::{PROBE, PROBE_ANSWER, UPGRADE};
use crate::frame;
use crate::live::ws::connection::WsConnection;

/// How long a client may take to complete an upgrade, as in the reference implementation.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the second poll during a probe waits for its noop. Each later one waits twice as long as
/// the one before.
const MIN_NOOP_INTERVAL: Duration = Duration::from_millis(100);

/// The probe of one WebSocket.
pub struct UpgradeProbe {
    ws: WsConnection,
    /// The upgrade has to be complete by then.
    deadline: Instant,
    /// Whether the client has sent the probe packet and the answer is not written yet.
    is_answering: bool,
    /// When the next poll is to be answered by a noop; None before the probe is answered. The client
    /// then completes the upgrade as soon as it has no open poll.
    noop_at: Option<Instant>,
    noop_interval: Duration,
    timer: Pin<Box<Sleep>>,
}

/// What a probe has come to.
pub enum ProbeEvent {
    /// The client has completed the upgrade.
    Upgraded,
    /// The WebSocket failed, or the time is over. Long-polling goes on.
    Failed,
    /// The probe goes on, and a poll may have to be answered.
    Pending,
}

/// Waits for the next event of a probe, for ever if there is none. Dropping the future loses nothing.
pub async fn next_event(probe: &mut Option<Box<UpgradeProbe>>) -> ProbeEvent {
    match probe {
        Some(probe) => probe.next().await,
        None => pending().await,
    }
}

impl UpgradeProbe {
    /// A probe that begins now.
    pub fn new(ws: WsConnection) -> Self {
        let deadline = Instant::now() + PROBE_TIMEOUT;
        let timer = Box::pin(sleep_until(deadline));
        let (is_answering, noop_at, noop_interval) = (false, None, MIN_NOOP_INTERVAL);
        Self { ws, deadline, is_answering, noop_at, noop_interval, timer }
    }

    async fn next(&mut self) -> ProbeEvent {
        if self.is_answering {
            return tokio::select! {
                written = self.ws.flush() => {
                    self.is_answering = false;
                    self.noop_at = Some(Instant::now());
                    if written.is_ok() { ProbeEvent::Pending } else { ProbeEvent::Failed }
                }
                () = self.timer.as_mut() => ProbeEvent::Failed,
            };
        }
        let message = tokio::select! {
            message = self.ws.recv() => message,
            () = self.timer.as_mut() => {
                self.timer.as_mut().reset(self.deadline);
                let is_late = self.deadline <= Instant::now();
                return if is_late { ProbeEvent::Failed } else { ProbeEvent::Pending };
            }
        };
        match message {
            Some(Ok(Message::Text(text))) => match (text.as_str(), self.noop_at) {
                (PROBE, None) => {
                    self.ws.push(frame::text(PROBE_ANSWER));
                    self.is_answering = true;
                    ProbeEvent::Pending
                }
                (UPGRADE, Some(_)) => ProbeEvent::Upgraded,
                _ => ProbeEvent::Failed,
            },
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                ProbeEvent::Pending
            }
            _ => ProbeEvent::Failed,
        }
    }

    /// Whether the poll that waits is to be answered by a noop now; then the next one waits longer. If
    /// it is to be answered later, [`next_event`] returns in time.
    pub fn release_poll(&mut self) -> bool {
        let Some(at) = self.noop_at else { return false };
        let now = Instant::now();
        if at > now {
            self.timer.as_mut().reset(at.min(self.deadline));
            return false;
        }
        self.noop_at = Some(now + self.noop_interval);
        self.noop_interval *= 2;
        true
    }

    /// The WebSocket of a completed upgrade.
    pub fn into_ws(self) -> WsConnection {
        self.ws
    }
}
