//! A histogram of durations that the server itself reads as well.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::{MetricType, TypedMetric};

/// A histogram of durations in seconds, which alone can only be written as text, beside its count and its sum.
#[derive(Debug, Clone)]
pub struct Stopwatch {
    histogram: Histogram,
    totals: Arc<Totals>,
}

#[derive(Debug, Default)]
struct Totals {
    count: AtomicU64,
    micros: AtomicU64,
}

impl Stopwatch {
    /// One that has measured nothing yet.
    pub(super) fn new(histogram: Histogram) -> Self {
        Self { histogram, totals: Arc::default() }
    }

    /// Adds a duration.
    pub fn observe(&self, duration: Duration) {
        self.histogram.observe(duration.as_secs_f64());
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.totals.count.fetch_add(1, Ordering::Relaxed);
        self.totals.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// How many durations were measured, and their sum.
    pub fn totals(&self) -> (u64, Duration) {
        let Totals { count, micros } = &*self.totals;
        (count.load(Ordering::Relaxed), Duration::from_micros(micros.load(Ordering::Relaxed)))
    }
}

impl EncodeMetric for Stopwatch {
    fn encode(&self, encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        self.histogram.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        Histogram::TYPE
    }
}

impl TypedMetric for Stopwatch {
    const TYPE: MetricType = Histogram::TYPE;
}
