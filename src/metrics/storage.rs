//! The database file and its disk. They are measured for each scrape.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::define::{metrics, wait};
use super::labelled::Labelled;

metrics! {
    /// The database file and its disk.
    pub struct StorageMetrics {
        /// The size of the database file.
        database_bytes: Gauge,
        /// The size of the write-ahead log.
        wal_bytes: Gauge,
        /// Bytes of free pages within the database file, which new content uses first.
        database_free_bytes: Gauge,
        /// Bytes that the disk of the database file has left for the server.
        disk_free_bytes: Gauge,
        /// How long a connection for small or for large reads was waited for; each scrape tries one of both.
        reader_wait_seconds: Labelled<Histogram, 1> =
            Labelled::histograms(wait, ["reads"], [["small"], ["large"]]),
    }
}
