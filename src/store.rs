//! The session store: one SQLite file, one writer, many readers. All SQL lives below this room.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context;
use sqlx::ConnectOptions;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::clock::Clock;
use crate::error::Error;
use crate::model::{Event, SessionId};
use crate::supervisor::Supervisor;

mod cleanup;
mod clients;
mod columns;
mod commands;
mod content;
mod corrections;
mod edit;
mod events;
mod file;
mod graph;
mod history;
mod idempotency;
mod large;
mod limits;
mod listing;
mod lookup;
mod places;
mod presence;
mod purge;
mod readers;
mod readiness;
mod script;
mod sessions;
mod transaction;
mod verify;
mod writer;

pub use cleanup::{CleanupStatus, KeepReason};
pub use commands::{Action, ContentRequest, Executed};
pub use events::{EventPage, PAGE_BYTES};
pub use graph::{Graph, GraphHead, GraphReader, NodeRow, Placed};
pub use history::{HistoryItem, HistoryPage};
pub use idempotency::Idempotency;
pub use limits::{Capacities, SessionLimits, StoreLimits};
pub use listing::{Cursor, Filter, Listing, Order, Page};
pub use lookup::Overview;
pub use presence::{Join, Joined};
pub use sessions::{CreateSession, PatchSession, RemoveSession, TouchSession, Touched};
pub use transaction::Transaction;
pub use writer::Change;

use file::DatabaseFile;
use presence::{Outcome, PresenceChange};
use writer::{Job, Promise, Room, Tools, Writer};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Jobs that may wait for the writer; more callers wait for a place.
const WRITER_QUEUE: usize = 4096;
/// The most bytes of a job that is not counted: so many of them wait as there are places.
const MAX_UNCOUNTED_BYTES: usize = 4 * 1024;
/// Slices of long work that may wait for their turn; more wait for a place.
const SLICE_QUEUE: usize = 16;
/// Memory for pages, of each connection, in SQLite's negative KiB: it is taken only when needed.
const CACHE_KIB: &str = "-16384";
/// Pages of the WAL after which a commit puts them back into the file, and its callers wait: with more
/// they wait longer, with fewer the pages that change all the time are put back more often than they
/// must.
const CHECKPOINT_PAGES: &str = "1000";
/// Rows that SQLite's thread may be ahead of their reader: with sqlx's 50 the two would wait for each
/// other many times in a large answer.
const ROW_BUFFER: usize = 1024;
/// Who is told of committed events, in the order of their commits.
pub trait Publish: Send + Sync + 'static {
    /// Must not block: those who wait for their answers wait for it.
    fn publish(&self, events: Vec<Event>);

    /// Announces that the events of a session up to and with the number `until` are committed and in
    /// the event log. Listeners read from there what they do not have yet. It stands in for
    /// [`Publish::publish`] where the events are too many to be held in memory. Must not block.
    fn publish_from_log(&self, session_id: SessionId, until: i64);
}

/// How far a commit goes before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    /// To the disk: it survives a power cut.
    Full,
    /// To the operating system: it survives the end of the process.
    Normal,
}

/// A cheap handle on the open database.
#[derive(Clone)]
pub struct Store {
    readers: SqlitePool,
    /// For what may be large.
    bulk_readers: SqlitePool,
    jobs: mpsc::Sender<Job>,
    slices: mpsc::Sender<Job>,
    /// The bytes that jobs may still bring along to the writer.
    room: Arc<Semaphore>,
    lookups: lookup::Lookups,
    health: Arc<writer::Health>,
    /// Whether clients of the last run are still to be disconnected, and nobody may come in.
    orphans_wait: Arc<AtomicBool>,
    limits: StoreLimits,
    clock: Clock,
    file: Arc<DatabaseFile>,
    turns: Arc<large::Turns>,
    /// Who may read a large graph now.
    graph_reads: Arc<Semaphore>,
}

/// The running writer and the lock on the file; ends with [`WriterTask::finish`].
pub struct WriterTask {
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
    readers: [SqlitePool; 2],
    file: Arc<DatabaseFile>,
    supervisor: Supervisor,
}

impl WriterTask {
    /// Lets the writer do what is queued, then closes the file.
    pub async fn finish(self) {
        self.supervisor.stop();
        // The last connection to close must be one that can put the WAL back into the file.
        for readers in &self.readers {
            readers.close().await;
        }
        let _ = self.stop.send(());
        if let Err(cause) = self.task.await {
            tracing::error!(%cause, "the writer ended badly");
        }
        self.file.unlock();
    }
}

impl Store {
    /// Locks, checks, migrates and opens the file, and disconnects the clients of a dead server. While
    /// the disk refuses that, there is only reading; it is tried again in the background.
    pub async fn open(
        path: &Path,
        synchronous: Synchronous,
        limits: StoreLimits,
        publisher: Arc<dyn Publish>,
        clock: Clock,
        supervisor: Supervisor,
    ) -> anyhow::Result<(Self, WriterTask)> {
        let file = Arc::new(DatabaseFile::open(path)?);
        file::check_origin(file.path(), &MIGRATIONS).await?;
        let options = SqliteConnectOptions::new()
            .filename(file.path())
            .busy_timeout(Duration::from_secs(5))
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(match synchronous {
                Synchronous::Full => SqliteSynchronous::Full,
                Synchronous::Normal => SqliteSynchronous::Normal,
            })
            .foreign_keys(true)
            .pragma("cache_size", CACHE_KIB)
            // Else every statement that changes many pages keeps them in a file, to undo itself.
            .pragma("temp_store", "memory")
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
            .row_buffer_size(ROW_BUFFER)
            // Each statement would be timed and summed up for a line that nobody reads.
            .disable_statement_logging();
        let mut connection = options
            .clone()
            .connect()
            .await
            .with_context(|| format!("cannot open the database {}", path.display()))?;
        MIGRATIONS
            .run(&mut connection)
            .await
            .with_context(|| format!("cannot prepare the database {}", path.display()))?;
        file.check_opened()?;
        let readers = readers::small(&options, &file).await?;
        let bulk_readers = readers::bulk(&options, &file).await?;
        file.remember_companions();

        let (jobs, queue) = mpsc::channel(WRITER_QUEUE);
        let (slices, sliced) = mpsc::channel(SLICE_QUEUE);
        let (stop, stopped) = oneshot::channel();
        let health = Arc::new(writer::Health::default());
        let tools = Tools {
            publisher,
            health: health.clone(),
            limits,
            clock: clock.clone(),
            supervisor: supervisor.clone(),
        };
        let writer = Writer::new(file.clone(), options, connection, tools);
        let running = writer.run(queue, sliced, stopped);
        let task = tokio::spawn(supervisor.watch("writer", running));
        let lookups = lookup::start(readers.clone(), &supervisor);
        let store = Self {
            readers: readers.clone(),
            bulk_readers: bulk_readers.clone(),
            jobs,
            slices,
            room: Arc::new(Semaphore::new(limits.capacities.queued_bytes)),
            lookups,
            health,
            orphans_wait: Arc::new(AtomicBool::new(true)),
            limits,
            clock,
            file: file.clone(),
            turns: Arc::new(large::Turns::new()),
            graph_reads: graph::permits(),
        };
        store.begin(&supervisor).await?;
        let readers = [readers, bulk_readers];
        Ok((store, WriterTask { task, stop, readers, file, supervisor }))
    }

    /// Runs `change` in the writer's next transaction; the answer comes after its commit.
    pub async fn write<C: Change>(&self, change: C) -> Result<C::Answer, Error> {
        self.check_started()?;
        let size = change.size();
        let room = self.room_for(size).await?;
        let (job, answer) = writer::waiting(change, size, room);
        submit(&self.jobs, Job::Single(job), answer).await
    }

    /// Waits until a job that brings so many bytes along may wait for the writer. One that is larger
    /// than all of the room gets all of it.
    async fn room_for(&self, bytes: usize) -> Result<Room, Error> {
        if bytes <= MAX_UNCOUNTED_BYTES {
            return Ok(None);
        }
        let all = self.limits.capacities.queued_bytes;
        let bytes = u32::try_from(bytes.min(all)).unwrap_or(u32::MAX);
        let room = self.room.clone().acquire_many_owned(bytes).await;
        room.map(Some).map_err(|cause| Error::internal(cause.into()))
    }

    /// As [`Store::write`], for one slice of long work: alone in its transaction, and never two
    /// while others wait.
    async fn write_slice<C: Change>(&self, change: C) -> Result<C::Answer, Error> {
        let (job, answer) = writer::waiting(change, 0, None);
        submit(&self.slices, Job::Single(job), answer).await
    }

    /// As [`Store::write`], in one set with the other presence changes that wait.
    async fn change_presence(&self, change: PresenceChange) -> Result<Outcome, Error> {
        self.check_started()?;
        let (reply, answer) = oneshot::channel();
        submit(&self.jobs, Job::Presence(change, reply), answer).await
    }
}

/// Does long computing on a thread of its own: on the runtime's, whoever comes after it would wait.
async fn off_the_runtime<T, F>(work: impl FnOnce() -> F + Send + 'static) -> Result<T, Error>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>>,
{
    let runtime = Handle::current();
    let work = spawn_blocking(move || runtime.block_on(work()));
    work.await?
}

async fn submit<T>(queue: &mpsc::Sender<Job>, job: Job, answer: Promise<T>) -> Result<T, Error> {
    let stopping = || Error::Unavailable("The server is shutting down; retry.".to_owned());
    queue.send(job).await.map_err(|_| stopping())?;
    answer.await.map_err(|_| stopping())?
}

/// What a set-based statement reads by `json_each` or `jsonb_each`.
fn json(rows: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(rows).map_err(|cause| Error::internal(cause.into()))
}
