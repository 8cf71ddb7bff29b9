//! The handle on an open store, and how work gets from it to the writer.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::health::Health;
use super::job::{self, ContentReply, Job, QueuedJob, Reply, ReplyReceiver, Room, Write};
use super::sqlite::database::Database;
use super::staging_lock::StagingLock;
use super::webhook_signal::WebhookSignal;
use crate::clock::Clock;
use crate::engine::limits::Limits;
use crate::engine::request::ContentRequest;
use crate::error::Error;
use crate::metrics::Metrics;

/// The most bytes of a job that is not counted: as many of them may wait as there are places.
const MAX_UNCOUNTED_BYTES: usize = 4 * 1024;

/// A cheap handle on the open database.
#[derive(Clone)]
pub struct Store {
    pub(in crate::store) database: Database,
    pub(in crate::store) jobs: mpsc::Sender<QueuedJob>,
    pub(in crate::store) chunks: mpsc::Sender<QueuedJob>,
    /// The bytes that jobs may still bring along to the writer.
    pub(in crate::store) room: Arc<Semaphore>,
    pub(in crate::store) health: Arc<Health>,
    /// Whether clients of the last run are still to be disconnected, and nobody may come in.
    pub(in crate::store) orphans_wait: Arc<AtomicBool>,
    pub(in crate::store) limits: Limits,
    pub(in crate::store) clock: Clock,
    pub(in crate::store) staging: Arc<StagingLock>,
    pub(in crate::store) metrics: Arc<Metrics>,
    pub(in crate::store) webhooks: Arc<WebhookSignal>,
}

impl Store {
    /// The epoch of the database: numbers of events from another epoch mean nothing in this one.
    pub fn epoch(&self) -> &str {
        &self.database.epoch
    }

    /// Fails while clients of the last run are still to be disconnected: they could not be
    /// distinguished from those that join now.
    pub(in crate::store) fn check_started(&self) -> Result<(), Error> {
        if self.orphans_wait.load(Ordering::Relaxed) {
            return Err(Error::Unavailable(
                "The clients of the last run are still to be disconnected, which the database file does \
                 not take now; only reading works. Check the disk, then try again."
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Applies `write` in the writer's next transaction; the answer comes after its commit.
    pub async fn write<W: Write>(&self, write: W) -> Result<W::Output, Error> {
        self.check_started()?;
        let size = write.size();
        let room = self.room_for(size).await?;
        let (job, receiver) = job::pending(write, size, room);
        send(&self.jobs, Job::Single(job), receiver).await
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
    pub(in crate::store) async fn write_chunk<W: Write>(
        &self,
        write: W,
    ) -> Result<W::Output, Error> {
        let (job, receiver) = job::pending(write, 0, None);
        send(&self.chunks, Job::Single(job), receiver).await
    }

    /// Changes content in one transaction, together with the other changes that wait.
    pub(in crate::store) async fn submit_content(&self, request: ContentRequest) -> ContentReply {
        match self.try_submit_content(request).await {
            Ok(reply) => reply,
            Err(failure) => Ok(Err(failure)),
        }
    }

    async fn try_submit_content(&self, request: ContentRequest) -> Result<ContentReply, Error> {
        self.check_started()?;
        let room = self.room_for(request.size).await?;
        self.submit(|reply| Job::Content(Box::new(request), reply, room)).await
    }

    /// Hands a job to the writer, and waits for the answer.
    pub(in crate::store) async fn submit<T>(
        &self,
        job: impl FnOnce(Reply<T>) -> Job,
    ) -> Result<T, Error> {
        let (reply, receiver) = oneshot::channel();
        send(&self.jobs, job(reply), receiver).await
    }
}

/// Does long computing on a thread of its own: on the runtime's, whatever comes after it would wait.
pub(in crate::store) async fn run_blocking<T, F>(
    work: impl FnOnce() -> F + Send + 'static,
) -> Result<T, Error>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>>,
{
    let runtime = Handle::current();
    let work = spawn_blocking(move || runtime.block_on(work()));
    work.await?
}

async fn send<T>(
    queue: &mpsc::Sender<QueuedJob>,
    job: Job,
    receiver: ReplyReceiver<T>,
) -> Result<T, Error> {
    let stopping = || Error::Unavailable("The server is shutting down; retry.".to_owned());
    let queued = QueuedJob { job, since: Instant::now() };
    queue.send(queued).await.map_err(|_| stopping())?;
    receiver.await.map_err(|_| stopping())?
}
