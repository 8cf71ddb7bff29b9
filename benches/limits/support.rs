//! What the benches share: stores in fresh folders, callers in closed loops, and the raw writer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rollcall::clock::Clock;
use rollcall::engine::limits::{Limits as StoreLimits, SessionLimits};
use rollcall::engine::presence::Join;
use rollcall::hub::Hub;
use rollcall::model::{ContentLimits, SessionId, Transport};
use rollcall::store::{CreateSession, Store, Synchronous, WriterTask};
use rollcall::supervisor::Supervisor;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How long a closed loop is measured.
pub const WHILE: Duration = Duration::from_secs(3);
/// How often each side is measured: what the machine does moves from minute to minute.
const ROUNDS: usize = 3;

/// The medians of both sides, measured in turns.
pub fn in_turns(mut measured: impl FnMut() -> f64, mut limit: impl FnMut() -> f64) -> (f64, f64) {
    let (measured_rounds, limits) = (0..ROUNDS).map(|_| (measured(), limit())).unzip();
    (median(measured_rounds), median(limits))
}

/// The median of as many measurements as are made of either side.
pub fn rounds(measure: impl FnMut() -> f64) -> f64 {
    median(std::iter::repeat_with(measure).take(ROUNDS).collect())
}

fn median(mut rounds: Vec<f64>) -> f64 {
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}

/// So many hundredths of the waits are not longer, in milliseconds.
pub fn percentile(waits: &[Duration], hundredths: usize) -> f64 {
    let mut sorted = waits.to_vec();
    sorted.sort();
    let place = (sorted.len() - 1) * hundredths / 100;
    sorted[place].as_secs_f64() * 1e3
}

/// A line of the table.
pub struct Row {
    pub work: String,
    pub measured: String,
    pub limit: String,
    pub ratio: String,
}

impl Row {
    /// Rates a second of both, measured in turns; the ratio is that of the measured rate to the limit.
    pub fn rates(
        work: impl Into<String>,
        measured: impl FnMut() -> f64,
        limit: impl FnMut() -> f64,
    ) -> Self {
        let (measured, limit) = in_turns(measured, limit);
        let ratio = format!("{:.0} %", 100.0 * measured / limit);
        let rate = |rate: f64| format!("{rate:.0}/s");
        Self { work: work.into(), measured: rate(measured), limit: rate(limit), ratio }
    }
}

pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

pub struct File {
    _folder: TempDir,
    pub path: PathBuf,
}

impl File {
    /// In the folder of the build, which is on a disk; /tmp may be in memory.
    pub fn new() -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        Self { path: folder.path().join("bench.db"), _folder: folder }
    }

    /// An empty database with the schema.
    pub fn prepared(runtime: &Runtime) -> Self {
        let file = Self::new();
        runtime.block_on(async {
            let (_, writer) = open(&file.path).await;
            writer.finish().await;
        });
        file
    }

    /// Another file with the same in it.
    pub fn copy(&self) -> Self {
        let copy = Self::new();
        std::fs::copy(&self.path, &copy.path).unwrap();
        settle();
        copy
    }

    pub fn raw(&self) -> Connection {
        raw(&self.path)
    }
}

/// Waits for what the preparation has left to the disk.
pub fn settle() {
    assert!(std::process::Command::new("sync").status().unwrap().success());
}

pub async fn open(path: &Path) -> (Store, WriterTask) {
    let hub = Arc::new(Hub::default());
    // Some benches fill the file as far as the defaults allow, and then go on.
    let sessions = SessionLimits {
        sessions: 10_000_000,
        clients: 100_000,
        joined: 100_000,
        restore_window: None,
    };
    let content = ContentLimits { nodes: 10_000_000, ..ContentLimits::default() };
    let limits = StoreLimits { content, sessions, ..StoreLimits::default() };
    let (clock, supervisor) = (Clock::default(), Supervisor::default());
    Store::open(path, Synchronous::Full, limits, hub, clock, supervisor, Arc::default())
        .await
        .unwrap()
}

pub fn raw(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;",
        )
        .unwrap();
    connection
}

pub async fn sessions(store: &Store, count: usize) -> Vec<SessionId> {
    let mut ids = Vec::with_capacity(count);
    for _ in 0..count {
        ids.push(store.write(CreateSession::default()).await.unwrap().session_id);
    }
    ids
}

pub fn join(session_id: SessionId, client_id: String) -> Join {
    Join { session_id, client_id, transport: Transport::WebSocket, user: None }
}

/// Operations a second of `callers` that each repeat `work` until the time is up; `work` answers
/// how many operations it did.
pub async fn closed_loop<F>(callers: usize, work: impl Fn(usize) -> F) -> f64
where
    F: AsyncCall,
{
    let done = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let mut call = work(caller);
            let done = done.clone();
            tokio::spawn(async move {
                while start.elapsed() < WHILE {
                    done.fetch_add(call.call().await, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}

/// One caller's repeated work.
pub trait AsyncCall: Send + 'static {
    /// Does it once; how many operations that was.
    fn call(&mut self) -> impl Future<Output = u64> + Send;
}
