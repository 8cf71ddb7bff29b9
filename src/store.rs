//! The session store: one file, one writer, many readers. The handle on it, and its machinery; SQL is in
//! `store::sqlite` alone.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::engine::limits::Limits;
use crate::metrics::Metrics;
use crate::supervisor::Supervisor;

mod content;
mod handle;
mod health;
mod job;
mod presence;
mod publish;
mod readiness;
mod sqlite;
mod staging_lock;
mod webhook_signal;
mod webhooks;
mod writer;

pub use handle::Store;
pub use job::{Joined, Write};
pub use publish::Publish;
pub use sqlite::{
    Attempt, Backup, Cell, CheckReport, CleanupStatus, CreateEndpoint, CreateSession, CreateToken,
    Cursor, DeleteEndpoint, Delivery, DeliveryPage, Due, EventPage, Filter, Finding, Graph,
    GraphHead, GraphReader, Happening, Happenings, HistoryItem, HistoryPage, KeepJoinKey,
    KeepReason, Listing, NewMessage, NewSecret, NoChange, NodeRow, Order, Overview, PAGE_BYTES,
    Page, PatchEndpoint, PatchSession, Placed, Progress, QueryFile, QueueMessages, QueueTest,
    RecordAttempts, RecordTokenUses, RemoveSession, Restored, RetryDelivery, RevokeToken,
    RotateSecret, Snapshot, Synchronous, TokenFile, TouchSession, Touched, Transaction, back_up,
    check, record_backup, restore,
};

use health::Health;
use sqlite::{Database, DatabaseFile};
use staging_lock::StagingLock;
use webhook_signal::WebhookSignal;
use writer::{Tools, Writer};

/// Jobs that may wait for the writer; more callers wait for a place.
const WRITER_QUEUE: usize = 4096;
/// Chunks of long work that may wait for their turn; more wait for a place.
const CHUNK_QUEUE: usize = 16;

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
        self.database.close_others().await;
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
        metrics: Arc<Metrics>,
    ) -> anyhow::Result<(Self, WriterTask)> {
        let (database, connection) =
            Database::open(path, synchronous, metrics.clone(), &supervisor).await?;
        let (jobs, queue) = mpsc::channel(WRITER_QUEUE);
        let (chunks, chunk_queue) = mpsc::channel(CHUNK_QUEUE);
        let (stop, stopped) = oneshot::channel();
        let health = Arc::new(Health::default());
        let webhooks = Arc::new(WebhookSignal::default());
        let tools = Tools {
            webhooks: webhooks.clone(),
            publish,
            health: health.clone(),
            limits,
            clock: clock.clone(),
            metrics: metrics.clone(),
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
            metrics,
            webhooks,
        };
        store.begin(&supervisor).await?;
        let file = database.file.clone();
        Ok((store, WriterTask { task, stop, database, file, supervisor }))
    }
}
