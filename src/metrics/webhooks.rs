//! Webhooks.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::define::{latency, metrics};
use super::labelled::Labelled;

metrics! {
    /// Messages to the endpoints of webhooks.
    pub struct WebhookMetrics {
        /// Attempts to send a message.
        webhook_deliveries_total: Labelled<Counter, 1> =
            Labelled::new(["outcome"], [["delivered"], ["failed"]]),
        /// How long attempts took.
        webhook_delivery_duration_seconds: Histogram = latency(),
        /// Messages that wait for an attempt, of endpoints that are on.
        webhook_pending: Gauge,
        /// How long the oldest of them has waited.
        webhook_oldest_pending_seconds: Gauge,
        /// Endpoints, by whether they work, fail, were switched off because of that, or on request.
        webhook_endpoints: Labelled<Gauge, 1> =
            Labelled::new(["state"], [["working"], ["failing"], ["off"], ["paused"]]),
    }
}
