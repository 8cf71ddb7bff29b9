//! The one writing connection: take what waits, one transaction, hand it on to be told.

use std::future::Future;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};

use super::file::DatabaseFile;
use super::transaction::Memory;
use super::{Publish, Transaction, commands, presence};
use crate::clock::Clock;
use crate::error::Error;
use crate::session::ContentLimits;
use crate::supervisor::Supervisor;

mod batch;
mod health;
mod teller;

use batch::{Batch, gather};
pub(super) use batch::{Job, Promise, Reply, waiting};
pub(super) use health::Health;
use health::PROBE_INTERVAL;
use teller::{Committed, Teller};

/// A change of the store. It may be applied again when a neighbour has spoilt the transaction.
///
/// What it changes of a session that a transaction may know ([`Head`](super::transaction::Head)) or of
/// who is in one, it changes in what the transaction knows as well.
pub trait Change: Send + Sync + 'static {
    type Answer: Send + 'static;

    /// Looks, then writes; refuses only before its first write.
    fn apply(
        &self,
        transaction: &mut Transaction<'_>,
    ) -> impl Future<Output = Result<Self::Answer, Error>> + Send;
}

pub(super) struct Writer {
    file: Arc<DatabaseFile>,
    options: SqliteConnectOptions,
    connection: SqliteConnection,
    teller: Teller,
    health: Arc<Health>,
    /// Whether a change has failed and no probe has succeeded since.
    is_failing: bool,
    limits: ContentLimits,
    clock: Clock,
    /// None after a failure.
    memory: Option<Memory>,
}

/// What the writer works with.
pub(super) struct Tools {
    pub publisher: Arc<dyn Publish>,
    pub health: Arc<Health>,
    pub limits: ContentLimits,
    pub clock: Clock,
    pub supervisor: Supervisor,
}

impl Writer {
    pub fn new(
        file: Arc<DatabaseFile>,
        options: SqliteConnectOptions,
        connection: SqliteConnection,
        tools: Tools,
    ) -> Self {
        let Tools { publisher, health, limits, clock, supervisor } = tools;
        let teller = Teller::start(publisher, &supervisor);
        let (is_failing, memory) = (false, None);
        Self { file, options, connection, teller, health, is_failing, limits, clock, memory }
    }

    /// Serves jobs until told to stop, then those that are queued, then closes the file. After each
    /// batch of `queue` comes one of `slices`, so that neither waits for more than one of the other.
    pub async fn run(
        mut self,
        mut queue: mpsc::Receiver<Job>,
        mut slices: mpsc::Receiver<Job>,
        mut stop: oneshot::Receiver<()>,
    ) {
        let mut open = true;
        let mut probes = interval(PROBE_INTERVAL);
        probes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = &mut stop, if open => {
                    open = false;
                    queue.close();
                    slices.close();
                }
                // Before the others, who never stop asking on a busy server.
                _ = probes.tick(), if self.is_failing && open => self.probe().await,
                job = queue.recv() => {
                    let Some(job) = job else { break };
                    self.serve(gather(job, &mut queue)).await;
                    if let Ok(slice) = slices.try_recv() {
                        self.serve(Batch::of(slice)).await;
                    }
                }
                Some(slice) = slices.recv() => self.serve(Batch::of(slice)).await,
            }
        }
        self.teller.finish().await;
        if let Err(cause) = self.connection.close().await {
            tracing::error!(%cause, "the database did not close cleanly");
        }
    }

    async fn serve(&mut self, mut batch: Batch) {
        match self.transact(&mut batch).await {
            Ok(committed) => {
                self.teller.take(batch, committed).await;
            }
            // One job may have spoilt it for all: each gets a transaction of its own.
            Err(Error::Internal(_)) if batch.len() > 1 => {
                for job in batch.split() {
                    Box::pin(self.serve(job)).await;
                }
            }
            Err(failure) => {
                self.note_failure(&failure);
                batch.fail(&failure);
            }
        }
    }

    /// The server is not ready from here on until a probe succeeds, and never where the file is damaged.
    fn note_failure(&mut self, failure: &Error) {
        if failure.is_ours() {
            self.is_failing = !failure.is_damage();
            self.health.set(Some(failure.clone()));
        }
    }

    /// Tries whether changes can be written again.
    async fn probe(&mut self) {
        match health::probe(&mut self.connection).await {
            Ok(()) => {
                self.is_failing = false;
                self.health.set(None);
                tracing::info!("changes can be written again");
            }
            Err(failure) => {
                self.note_failure(&failure);
                if let Err(failure) = self.recover().await {
                    self.note_failure(&failure);
                }
            }
        }
    }

    async fn transact(&mut self, batch: &mut Batch) -> Result<Committed, Error> {
        let remembers = self.memory.as_ref().is_some_and(|memory| !memory.is_empty());
        let outcome = self.try_transact(batch).await;
        if outcome.is_err() {
            self.recover().await?;
        }
        match outcome {
            // Others may have written to the file. It is tried once more, with nothing remembered.
            Err(Error::Internal(_)) if remembers => Box::pin(self.transact(batch)).await,
            outcome => outcome,
        }
    }

    /// Leaves the failed transaction, so that another can begin.
    async fn recover(&mut self) -> Result<(), Error> {
        match sqlx::query("rollback").execute(&mut self.connection).await {
            // SQLite ends a transaction by itself when the disk refuses, and it may not have begun.
            Ok(_) | Err(sqlx::Error::Database(_)) => {}
            Err(_) => {
                self.connection = self.options.connect().await?;
                self.file.check_opened()?;
            }
        }
        Ok(())
    }

    async fn try_transact(&mut self, batch: &mut Batch) -> Result<Committed, Error> {
        let now = self.clock.now();
        let memory = match self.memory.take() {
            Some(memory) => memory,
            None => Memory::begin(&mut self.connection).await?,
        };
        let mut transaction = Transaction::new(&mut self.connection, now, memory)?;
        #[cfg(debug_assertions)]
        transaction.check_memory().await?;
        for single in &mut batch.singles {
            single.run(&mut transaction).await?;
        }
        let client_ids = presence::client_ids(&batch.presence);
        transaction.load(batch.session_ids(), &client_ids).await?;
        let presence = presence::apply(&mut transaction, &batch.presence).await?;
        let content = commands::apply(&mut transaction, &batch.content, &self.limits).await?;
        presence.ask(&mut transaction)?;
        let (events, told, memory) = transaction.commit().await?;
        self.memory = Some(memory);
        Ok(Committed { events, presence, told, content })
    }
}
