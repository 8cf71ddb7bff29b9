//! The one writing connection: take what waits, one transaction, hand it on to be told.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::transaction::Memory;
use super::{Publish, Transaction, clock, commands, presence};
use crate::error::Error;
use crate::session::{ContentLimits, Timestamp};

mod batch;
mod teller;

use batch::{Batch, gather};
pub(super) use batch::{Job, Promise, Reply, waiting};
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

/// Whether the last transaction was refused by the machine.
#[derive(Default)]
pub(super) struct Health {
    failing: AtomicBool,
}

impl Health {
    pub fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }
}

/// A write that changes nothing that anybody reads, to learn whether writes work again.
pub(super) struct Probe;

impl Change for Probe {
    type Answer = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        // SQLite does not write what is as it was.
        sqlx::query!("update write_probe set filler = randomblob(65536)")
            .execute(transaction.connection().await?)
            .await?;
        Ok(())
    }
}

pub(super) struct Writer {
    options: SqliteConnectOptions,
    connection: SqliteConnection,
    teller: Teller,
    health: Arc<Health>,
    limits: ContentLimits,
    /// None after a failure.
    memory: Option<Memory>,
    /// The time of the last transaction: the clock of the machine may go backwards, ours not.
    last: Timestamp,
}

impl Writer {
    pub fn new(
        options: SqliteConnectOptions,
        connection: SqliteConnection,
        publisher: Arc<dyn Publish>,
        health: Arc<Health>,
        limits: ContentLimits,
    ) -> Self {
        let teller = Teller::start(publisher);
        Self { options, connection, teller, health, limits, memory: None, last: Timestamp::now() }
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
        loop {
            tokio::select! {
                biased;
                _ = &mut stop, if open => {
                    open = false;
                    queue.close();
                    slices.close();
                }
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
                self.health.failing.store(false, Ordering::Relaxed);
                self.teller.take(batch, committed).await;
            }
            // One job may have spoilt it for all: each gets a transaction of its own.
            Err(Error::Internal(_)) if batch.len() > 1 => {
                for job in batch.split() {
                    Box::pin(self.serve(job)).await;
                }
            }
            Err(failure) => {
                let outage = matches!(failure, Error::Unavailable(_));
                self.health.failing.store(outage, Ordering::Relaxed);
                batch.fail(&failure);
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
            Err(_) => self.connection = self.options.connect().await?,
        }
        Ok(())
    }

    async fn try_transact(&mut self, batch: &mut Batch) -> Result<Committed, Error> {
        self.last = clock(self.last);
        let memory = match self.memory.take() {
            Some(memory) => memory,
            None => Memory::begin(&mut self.connection).await?,
        };
        let mut transaction = Transaction::new(&mut self.connection, self.last, memory)?;
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
