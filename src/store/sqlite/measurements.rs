//! What is measured of the file and the queue when somebody asks for the metrics.

use std::path::Path;
use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use sqlx::SqlitePool;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};

use crate::error::Error;
use crate::store::handle::Store;

/// The longest time that a scrape waits for a connection.
const MAX_READER_WAIT: Duration = Duration::from_secs(1);

impl Store {
    /// Measures the database file, its disk, and what waits for the writer, and sets the metrics. Those of
    /// the database keep their last values if it can't be read.
    pub async fn measure(&self) -> Result<(), Error> {
        self.metrics.writer.write_queue_jobs.set(self.waiting_jobs() as i64);
        let (file, metrics) = (self.database.file.clone(), self.metrics.clone());
        // A disk that does not answer must not hold a thread of the runtime.
        spawn_blocking(move || {
            let storage = &metrics.storage;
            set_bytes(&storage.database_bytes, file_size(file.path()));
            set_bytes(&storage.wal_bytes, file_size(&file.wal_path()));
            set_bytes(&storage.disk_free_bytes, file.free_room().ok());
        })
        .await?;
        let (small, large) = (&self.database.readers, &self.database.bulk_readers);
        tokio::join!(self.measure_wait("small", small), self.measure_wait("large", large));
        let row = sqlx::query!(
            r#"select sessions, freelist_count * page_size as "free_bytes!: i64"
               from internal_session_total, pragma_freelist_count, pragma_page_size"#
        )
        .fetch_one(&self.database.readers)
        .await?;
        self.metrics.sessions.sessions.set(row.sessions);
        self.metrics.storage.database_free_bytes.set(row.free_bytes);
        self.measure_webhooks().await
    }

    /// How many jobs wait for the writer.
    pub fn waiting_jobs(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// Measures how long a connection of the pool is waited for.
    async fn measure_wait(&self, reads: &'static str, pool: &SqlitePool) {
        let start = Instant::now();
        // One that comes later than this counts as this.
        let _ = timeout(MAX_READER_WAIT, pool.acquire()).await;
        let wait = start.elapsed().as_secs_f64();
        self.metrics.storage.reader_wait_seconds.with([reads]).observe(wait);
    }
}

/// The size of a file; 0 if there is none.
fn file_size(path: &Path) -> Option<u64> {
    Some(std::fs::metadata(path).map_or(0, |file| file.len()))
}

fn set_bytes(gauge: &Gauge, bytes: Option<u64>) {
    if let Some(bytes) = bytes {
        gauge.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
}
