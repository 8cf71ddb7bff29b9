//! The cleanup of idle sessions, and backups.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::define::{metrics, run};
use super::labelled::Labelled;

metrics! {
    /// The cleanup of idle sessions, and backups.
    pub struct MaintenanceMetrics {
        /// Cleanups, by schedule or on request; dry runs do not count.
        cleanup_runs_total: Labelled<Counter, 2> = Labelled::new(["trigger", "outcome"], [
            ["schedule", "success"], ["schedule", "failure"],
            ["request", "success"], ["request", "failure"],
        ]),
        /// How long cleanups took.
        cleanup_duration_seconds: Labelled<Histogram, 1> =
            Labelled::histograms(run, ["trigger"], [["schedule"], ["request"]]),
        /// When the last cleanup ended well, as seconds since 1970; 0 if none has yet.
        cleanup_last_success_timestamp_seconds: Gauge,
        /// When the last backup was made by this program, as seconds since 1970; 0 if none has been yet.
        backup_last_success_timestamp_seconds: Gauge,
    }
}

impl MaintenanceMetrics {
    /// Counts a cleanup. `trigger` is `schedule` or `request`.
    pub fn observe_cleanup(&self, trigger: &'static str, is_success: bool, duration: Duration) {
        let outcome = if is_success { "success" } else { "failure" };
        self.cleanup_runs_total.with([trigger, outcome]).inc();
        self.cleanup_duration_seconds.with([trigger]).observe(duration.as_secs_f64());
        if is_success && let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) {
            self.cleanup_last_success_timestamp_seconds.set(now.as_secs().cast_signed());
        }
    }
}
