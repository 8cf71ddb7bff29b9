//! What is counted of one live connection.

use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use tokio::time::Instant;

use super::subscriptions::{Messages, Outgoing};
use crate::metrics::{Carrier, Metrics};
use crate::model::{DisconnectReason, Transport};

/// One write in so many is measured: the histogram has a lock that all connections share.
const LAG_SAMPLING: u32 = 16;

/// An open connection, which is counted as open until this is dropped.
pub struct OpenConnection {
    metrics: Arc<Metrics>,
    carrier: Carrier,
    since: Instant,
    reason: DisconnectReason,
}

impl OpenConnection {
    /// Counts a connection that was just opened.
    pub fn begin(metrics: Arc<Metrics>, carrier: Carrier) -> Self {
        metrics.live.connections.with([carrier.label()]).inc();
        metrics.live.connections_opened_total.with([carrier.label()]).inc();
        // A connection that ends without a reason has panicked.
        let reason = DisconnectReason::ConnectionLost;
        Self { metrics, carrier, since: Instant::now(), reason }
    }

    /// Notes what carries the connection now.
    pub fn set_carrier(&mut self, carrier: Carrier) {
        if carrier != self.carrier {
            self.metrics.live.connections.with([self.carrier.label()]).dec();
            self.metrics.live.connections.with([carrier.label()]).inc();
            self.carrier = carrier;
        }
    }

    /// Counts the connection as closed.
    pub fn end(mut self, reason: DisconnectReason) {
        self.reason = reason;
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let (live, carrier) = (&self.metrics.live, self.carrier.label());
        live.connections.with([carrier]).dec();
        live.connections_closed_total.with([carrier, self.reason.as_str()]).inc();
        let duration = self.since.elapsed().as_secs_f64();
        live.connection_duration_seconds.with([carrier]).observe(duration);
    }
}

/// Counts what a client is sent. The counters of all clients are shared, so it adds to them once for each
/// write, and not for each message.
pub struct DeliveryMeter {
    deliveries: Counter,
    lag: Histogram,
    /// The events that are not counted yet.
    events: u64,
    /// When the first of these was published.
    published_at: Option<Instant>,
    writes: u32,
}

impl DeliveryMeter {
    /// The meter of one client.
    pub fn new(metrics: &Metrics, transport: Transport) -> Self {
        let deliveries = metrics.live.deliveries_total.with([transport.label()]);
        let lag = metrics.live.delivery_lag_seconds.with([transport.label()]);
        Self { deliveries, lag, events: 0, published_at: None, writes: 0 }
    }

    /// Notes what is to be written next.
    pub fn add(&mut self, outgoing: &Outgoing) {
        match outgoing {
            Outgoing::Messages(Messages::All(delivery)) if delivery.first_event().is_some() => {
                self.events += delivery.messages.len() as u64;
                self.published_at = self.published_at.or(delivery.published_at);
            }
            Outgoing::Messages(some) => {
                self.events +=
                    some.iter().filter(|message| message.event().is_some()).count() as u64;
            }
            Outgoing::Replay(_) | Outgoing::Notice(_) | Outgoing::End(_) => {}
        }
    }

    /// Counts what was noted; it is written now.
    pub fn count(&mut self) {
        if self.events == 0 {
            return;
        }
        self.deliveries.inc_by(std::mem::take(&mut self.events));
        if let Some(published_at) = self.published_at.take() {
            if self.writes.is_multiple_of(LAG_SAMPLING) {
                self.lag.observe(published_at.elapsed().as_secs_f64());
            }
            self.writes = self.writes.wrapping_add(1);
        }
    }
}
