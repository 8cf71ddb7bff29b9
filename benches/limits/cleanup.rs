//! The removal of 100,000 sessions out of a million, while somebody joins and leaves.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rollcall::model::{Hours, SessionId, Timestamp};
use rollcall::store::Store;

use super::million;
use super::support::{File, Row, in_turns, join, open, runtime};

pub fn run() -> Vec<Row> {
    let runtime = runtime();
    let file = File::prepared(&runtime);
    million::fill(&file);
    let (mut longest, mut largest) = (Duration::ZERO, 0);
    let (measured, raw) = in_turns(
        || {
            let Cleanup { took, longest_wait, largest_wal } = cleanup(&file.copy());
            longest = longest.max(longest_wait);
            largest = largest.max(largest_wal);
            took.as_secs_f64()
        },
        || limit(&file.copy()).as_secs_f64(),
    );
    vec![
        Row {
            work: "cleanup of 100,000 of a million sessions, content too".into(),
            measured: format!("{measured:.2} s"),
            limit: format!("{raw:.2} s"),
            ratio: format!("{:.2} times", measured / raw),
        },
        Row {
            work: "the longest wait of a join meanwhile".into(),
            measured: format!("{:.1} ms", longest.as_secs_f64() * 1e3),
            limit: "25 ms".into(),
            ratio: format!("{:.0} %", longest.as_secs_f64() / 0.025 * 100.0),
        },
        Row {
            work: "the largest WAL meanwhile".into(),
            measured: format!("{:.1} MB", largest as f64 / 1e6),
            limit: "16 MB".into(),
            ratio: format!("{:.0} %", largest as f64 / 16e6 * 100.0),
        },
    ]
}

struct Cleanup {
    took: Duration,
    longest_wait: Duration,
    /// In bytes.
    largest_wal: u64,
}

fn cleanup(file: &File) -> Cleanup {
    runtime().block_on(async {
        let (store, writer) = open(&file.path).await;
        let stop = Arc::new(AtomicBool::new(false));
        let joins = tokio::spawn(keep_joining(store.clone(), stop.clone()));
        let size = tokio::spawn(watch(file.path.clone(), stop.clone()));
        let start = Instant::now();
        let removed =
            store.cleanup(Hours::try_from(24.0).unwrap(), Timestamp::now()).await.unwrap();
        assert_eq!(removed.len() as i64, million::EXPIRED);
        store.purge(None).await.unwrap();
        let took = start.elapsed();
        stop.store(true, Ordering::Relaxed);
        let (longest_wait, largest_wal) = (joins.await.unwrap(), size.await.unwrap());
        writer.finish().await;
        Cleanup { took, longest_wait, largest_wal }
    })
}

/// One caller after another; the longest that any of them waited.
async fn keep_joining(store: Store, stop: Arc<AtomicBool>) -> Duration {
    let session_id: SessionId = million::id(1).parse().unwrap();
    let mut longest = Duration::ZERO;
    while !stop.load(Ordering::Relaxed) {
        let start = Instant::now();
        store.join(join(session_id, "visitor".into())).await.unwrap();
        longest = longest.max(start.elapsed());
        store.leave(session_id, "visitor".into()).await.unwrap();
    }
    longest
}

async fn watch(path: std::path::PathBuf, stop: Arc<AtomicBool>) -> u64 {
    let wal = path.with_extension("db-wal");
    let mut largest = 0;
    while !stop.load(Ordering::Relaxed) {
        largest = largest.max(Path::new(&wal).metadata().map_or(0, |file| file.len()));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    largest
}

/// The same in one transaction of plain SQLite, on the same schema.
fn limit(file: &File) -> Duration {
    let connection = file.raw();
    let start = Instant::now();
    connection
        .execute_batch(
            "begin immediate;
             delete from sessions where active_clients = 0 and pinned = 0
                 and last_activity < '2025-01-01T00:00:00.000000+00:00';
             delete from nodes where session in (select session from internal_removed_sessions);
             delete from history where session in (select session from internal_removed_sessions);
             delete from internal_removed_sessions;
             commit;",
        )
        .unwrap();
    start.elapsed()
}
