//! The writer and its transactions.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::define::{count, metrics, wait};
use super::labelled::Labelled;
use super::stopwatch::Stopwatch;

metrics! {
    /// The writer and its transactions.
    pub struct WriterMetrics {
        /// Jobs that wait for the writer.
        write_queue_jobs: Gauge,
        /// How long the first job of a transaction has waited for it.
        write_queue_wait_seconds: Histogram = wait(),
        /// Jobs in one transaction.
        write_batch_jobs: Histogram = count(),
        /// How long the commit of a transaction took, with the statements that are sent together with it.
        commit_duration_seconds: Stopwatch = Stopwatch::new(wait()),
        /// How long a checkpoint took, which moves what is in the write-ahead log into the database file.
        checkpoint_duration_seconds: Histogram = wait(),
        /// Transactions that failed.
        write_failures_total: Labelled<Counter, 1> =
            Labelled::new(["code"], [["UNAVAILABLE"], ["INTERNAL_ERROR"]]),
    }
}
