//! The one writing connection: take what waits, one transaction, hand it on to be told.

use std::future::Future;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};

use super::file::DatabaseFile;
use super::transaction::Memory;
use super::{Publish, StoreLimits, Transaction, commands, presence};
use crate::clock::Clock;
use crate::error::Error;
use crate::supervisor::Supervisor;

mod batch;
mod health;
mod teller;

use batch::Batch;
pub(super) use batch::{Job, Promise, Reply, Room, waiting};
pub(super) use health::Health;
use health::PROBE_INTERVAL;
use teller::{Committed, Teller};

/// A change of the store. It may be applied again when a neighbour has spoilt the transaction.
///
/// What it changes of a session that a transaction may know ([`Head`](super::transaction::Head)) or of
/// who is in one, it changes in what the transaction knows as well.
pub trait Change: Send + Sync + 'static {
    type Answer: Send + 'static;

    /// About the bytes that it brings along, where they may be many.
    fn size(&self) -> usize {
        0
    }

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
    limits: StoreLimits,
    clock: Clock,
    /// None after a failure.
    memory: Option<Memory>,
    /// What the last transactions had no room for.
    rest: Batch,
}

/// What the writer works with.
pub(super) struct Tools {
    pub publisher: Arc<dyn Publish>,
    pub health: Arc<Health>,
    pub limits: StoreLimits,
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
        let (is_failing, memory, rest) = (false, None, Batch::default());
        Self { file, options, connection, teller, health, is_failing, limits, clock, memory, rest }
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
            if self.rest.len() > 0 {
                let rest = std::mem::take(&mut self.rest);
                self.serve_in_turn(rest, &mut queue, &mut slices).await;
                continue;
            }
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
                    self.serve_in_turn(Batch::of(job), &mut queue, &mut slices).await;
                }
                Some(slice) = slices.recv() => self.serve(Batch::of(slice)).await,
            }
        }
        self.teller.finish().await;
        if let Err(cause) = self.connection.close().await {
            tracing::error!(%cause, "the database did not close cleanly");
        }
    }

    /// Serves a batch together with what else waits, and then one slice.
    async fn serve_in_turn(
        &mut self,
        mut batch: Batch,
        queue: &mut mpsc::Receiver<Job>,
        slices: &mut mpsc::Receiver<Job>,
    ) {
        batch.fill(queue, &self.limits.capacities);
        self.serve(batch).await;
        if let Ok(slice) = slices.try_recv() {
            self.serve(Batch::of(slice)).await;
        }
    }

    async fn serve(&mut self, mut batch: Batch) {
        match self.transact(&mut batch).await {
            Ok(mut committed) => {
                let unfinished = committed.presence.take_unfinished();
                let Committed { singles, content, .. } = &committed;
                self.rest.append(batch.take_rest(*singles, content.len(), &unfinished));
                self.teller.take(batch, committed).await;
            }
            // One job may have spoilt it for all: by halves, few transactions find out which.
            Err(Error::Internal(_)) if batch.len() > 1 => {
                let (first, second) = batch.halve();
                Box::pin(self.serve(first)).await;
                Box::pin(self.serve(second)).await;
            }
            Err(failure) => {
                self.note_failure(&failure);
                batch.fail(&failure);
            }
        }
    }

    /// The server is not ready from here on until a probe succeeds, and never where the file is damaged.
    fn note_failure(&mut self, failure: &Error) {
        if failure.is_server_error() {
            self.is_failing = self.health.fail(failure);
        }
    }

    /// Tries whether changes can be written again.
    async fn probe(&mut self) {
        match health::probe(&mut self.connection).await {
            Ok(()) => {
                self.is_failing = false;
                self.health.recover();
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
                let connection = self.options.connect().await?;
                // One to another file must never be written to.
                self.file.check_opened()?;
                self.connection = connection;
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
        let mut transaction = Transaction::new(&mut self.connection, now, memory, &self.limits)?;
        #[cfg(debug_assertions)]
        transaction.check_memory().await?;
        let mut singles = 0;
        for single in &mut batch.singles {
            single.run(&mut transaction).await?;
            singles += 1;
            if transaction.is_full() {
                break;
            }
        }
        let departures = presence::departures(&mut transaction, &batch.presence).await?;
        transaction.load(batch.session_ids().chain(departures)).await?;
        let presence = presence::apply(&mut transaction, &batch.presence).await?;
        let content =
            commands::apply(&mut transaction, &batch.content, &self.limits.content).await?;
        presence.ask(&mut transaction)?;
        let (events, told, memory) = transaction.commit().await?;
        self.memory = Some(memory);
        Ok(Committed { singles, events, presence, told, content })
    }
}
