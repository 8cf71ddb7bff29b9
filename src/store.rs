//! The session store: one file, one writer, many readers. The handle on it, and its machinery; SQL is in
//! [`sqlite`] alone.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::clock::Clock;
use crate::engine::limits::Limits;
use crate::error::Error;
use crate::model::{Event, SessionId};
use crate::supervisor::Supervisor;

mod content;
mod presence;
mod readiness;
mod sqlite;
mod writer;

pub use crate::engine::idempotency::Idempotency;
pub use crate::engine::limits::{Capacities, Limits as StoreLimits, SessionLimits};
pub use crate::engine::presence::Join;
pub use crate::engine::request::{Action, ContentRequest, Executed};
pub use presence::Joined;
pub use sqlite::{
    CleanupStatus, CreateSession, Cursor, EventPage, Filter, Graph, GraphHead, GraphReader,
    HistoryItem, HistoryPage, KeepReason, Listing, NodeRow, Order, Overview, PAGE_BYTES, Page,
    PatchSession, Placed, RemoveSession, Synchronous, TouchSession, Touched, Transaction,
};
pub use writer::Write;

use sqlite::{Database, DatabaseFile, StagingLock};
use writer::{Job, ReplyReceiver, Room, Tools, Writer};

/// Jobs that may wait for the writer; more callers wait for a place.
const WRITER_QUEUE: usize = 4096;
/// The most bytes of a job that is not counted: as many of them may wait as there are places.
const MAX_UNCOUNTED_BYTES: usize = 4 * 1024;
/// Chunks of long work that may wait for their turn; more wait for a place.
const CHUNK_QUEUE: usize = 16;

/// Who takes committed events, in the order of their commits.
pub trait Publish: Send + Sync + 'static {
    /// Publishes events. It must not block: those who wait for their answers wait for it.
    fn publish(&self, events: Vec<Event>);

    /// Publishes that events of a session, up to and with the number `until`, are in the event log, from
    /// which listeners are to read them. It must not block either.
    fn publish_from_log(&self, session_id: SessionId, until: i64);
}

/// A cheap handle on the open database.
#[derive(Clone)]
pub struct Store {
    database: Database,
    jobs: mpsc::Sender<Job>,
    chunks: mpsc::Sender<Job>,
    /// The bytes that jobs may still bring along to the writer.
    room: Arc<Semaphore>,
    health: Arc<writer::Health>,
    /// Whether clients of the last run are still to be disconnected, and nobody may come in.
    orphans_wait: Arc<AtomicBool>,
    limits: Limits,
    clock: Clock,
    staging: Arc<StagingLock>,
}

/// The running writer and the lock on the file; ends with [`WriterTask::finish`].
pub struct WriterTask {
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
    database: Database,
    file: Arc<DatabaseFile>,
    supervisor: Supervisor,
}

impl WriterTask {
    /// Lets the writer do what is queued, then closes the file.
    pub async fn finish(self) {
        self.supervisor.stop();
        self.database.close_readers().await;
        let _ = self.stop.send(());
        if let Err(cause) = self.task.await {
            tracing::error!(%cause, "writer task panicked");
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
        limits: Limits,
        publish: Arc<dyn Publish>,
        clock: Clock,
        supervisor: Supervisor,
    ) -> anyhow::Result<(Self, WriterTask)> {
        let (database, connection) = Database::open(path, synchronous, &supervisor).await?;
        let (jobs, queue) = mpsc::channel(WRITER_QUEUE);
        let (chunks, chunk_queue) = mpsc::channel(CHUNK_QUEUE);
        let (stop, stopped) = oneshot::channel();
        let health = Arc::new(writer::Health::default());
        let tools = Tools {
            publish,
            health: health.clone(),
            limits,
            clock: clock.clone(),
            supervisor: supervisor.clone(),
        };
        let writer = Writer::new(connection, tools);
        let running = writer.run(queue, chunk_queue, stopped);
        let task = tokio::spawn(supervisor.watch("writer", running));
        let store = Self {
            database: database.clone(),
            jobs,
            chunks,
            room: Arc::new(Semaphore::new(limits.capacities.queued_bytes)),
            health,
            orphans_wait: Arc::new(AtomicBool::new(true)),
            limits,
            clock,
            staging: Arc::new(StagingLock::new()),
        };
        store.begin(&supervisor).await?;
        let file = database.file.clone();
        Ok((store, WriterTask { task, stop, database, file, supervisor }))
    }

    /// Applies `write` in the writer's next transaction; the answer comes after its commit.
    pub async fn write<W: Write>(&self, write: W) -> Result<W::Output, Error> {
        self.check_started()?;
        let size = write.size();
        let room = self.room_for(size).await?;
        let (job, receiver) = writer::pending(write, size, room);
        submit(&self.jobs, Job::Single(job), receiver).await
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

    /// As [`Store::write`], for one chunk of long work: alone in its transaction, and never two while
    /// others wait.
    async fn write_chunk<W: Write>(&self, write: W) -> Result<W::Output, Error> {
        let (job, receiver) = writer::pending(write, 0, None);
        submit(&self.chunks, Job::Single(job), receiver).await
    }
}

/// Does long computing on a thread of its own: on the runtime's, whatever comes after it would wait.
async fn run_blocking<T, F>(work: impl FnOnce() -> F + Send + 'static) -> Result<T, Error>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>>,
{
    let runtime = Handle::current();
    let work = spawn_blocking(move || runtime.block_on(work()));
    work.await?
}

async fn submit<T>(
    queue: &mpsc::Sender<Job>,
    job: Job,
    receiver: ReplyReceiver<T>,
) -> Result<T, Error> {
    let stopping = || Error::Unavailable("The server is stopping. Try another one.".to_owned());
    queue.send(job).await.map_err(|_| stopping())?;
    receiver.await.map_err(|_| stopping())?
}
