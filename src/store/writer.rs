//! The one writing connection: take what waits, one transaction, publish, answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::commands::{self, ContentRequest, Executed};
use super::presence::{self, Outcome, PresenceChange};
use super::{Publish, Transaction, clock};
use crate::error::Error;
use crate::session::{ContentLimits, Event, SessionId, Timestamp};

/// The most jobs in one transaction: past it a commit costs nothing beside the work.
const LARGEST_BATCH: usize = 1024;

/// A change of the store. It may be applied again when a neighbour has spoilt the transaction.
pub trait Change: Send + Sync + 'static {
    type Answer: Send + 'static;

    /// Looks, then writes; refuses only before its first write.
    fn apply(
        &self,
        transaction: &mut Transaction<'_>,
    ) -> impl Future<Output = Result<Self::Answer, Error>> + Send;
}

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, Error>>;
/// Where it arrives.
pub(super) type Promise<T> = oneshot::Receiver<Result<T, Error>>;

/// What callers hand to the writer.
pub(super) enum Job {
    Presence(PresenceChange, Reply<Outcome>),
    Content(Box<ContentRequest>, Reply<Executed>),
    Single(Box<dyn Pending>),
}

/// A [`Change`] of any kind with its caller.
pub(super) trait Pending: Send {
    /// Fails only if the transaction has to go.
    fn run<'a>(
        &'a mut self,
        transaction: &'a mut Transaction<'_>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

    /// Tells the caller; `failure` is why nothing was committed.
    fn answer(self: Box<Self>, failure: Option<&Error>);
}

struct Waiting<C: Change> {
    change: C,
    outcome: Option<Result<C::Answer, Error>>,
    reply: Reply<C::Answer>,
}

/// A change as a job, and where its answer arrives.
pub(super) fn waiting<C: Change>(change: C) -> (Box<dyn Pending>, Promise<C::Answer>) {
    let (reply, answer) = oneshot::channel();
    (Box::new(Waiting { change, outcome: None, reply }), answer)
}

impl<C: Change> Pending for Waiting<C> {
    fn run<'a>(
        &'a mut self,
        transaction: &'a mut Transaction<'_>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
        Box::pin(async move {
            let outcome = self.change.apply(transaction).await;
            match outcome {
                Err(failure) if failure.is_ours() => Err(failure),
                outcome => {
                    self.outcome = Some(outcome);
                    Ok(())
                }
            }
        })
    }

    fn answer(self: Box<Self>, failure: Option<&Error>) {
        let outcome = match (failure, self.outcome) {
            (Some(failure), _) => Err(failure.clone()),
            (None, Some(outcome)) => outcome,
            (None, None) => Err(Error::internal(anyhow::anyhow!("a change was not applied"))),
        };
        // The caller may have gone; what it asked for is done all the same.
        let _ = self.reply.send(outcome);
    }
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
    publisher: Arc<dyn Publish>,
    health: Arc<Health>,
    limits: ContentLimits,
    /// The time of the last transaction: the clock of the machine may go backwards, ours not.
    last: Timestamp,
}

#[derive(Default)]
struct Batch {
    singles: Vec<Box<dyn Pending>>,
    presence: Vec<PresenceChange>,
    presence_replies: Vec<Reply<Outcome>>,
    content: Vec<ContentRequest>,
    content_replies: Vec<Reply<Executed>>,
}

/// What a transaction came to.
struct Committed {
    events: Vec<Event>,
    presence: Vec<Result<Outcome, Error>>,
    content: Vec<Result<Executed, Error>>,
}

impl Batch {
    fn push(&mut self, job: Job) {
        match job {
            Job::Single(single) => self.singles.push(single),
            Job::Presence(change, reply) => {
                self.presence.push(change);
                self.presence_replies.push(reply);
            }
            Job::Content(request, reply) => {
                self.content.push(*request);
                self.content_replies.push(reply);
            }
        }
    }

    fn of(job: Job) -> Self {
        let mut batch = Self::default();
        batch.push(job);
        batch
    }

    /// The sessions that most of it is about.
    fn session_ids(&self) -> impl Iterator<Item = SessionId> {
        let presence = self.presence.iter().filter_map(PresenceChange::session_id);
        presence.chain(self.content.iter().map(|request| request.session_id))
    }

    fn len(&self) -> usize {
        self.singles.len() + self.presence.len() + self.content.len()
    }

    /// Each job by itself.
    fn split(self) -> impl Iterator<Item = Self> {
        let presence = self.presence.into_iter().zip(self.presence_replies);
        let content = self.content.into_iter().zip(self.content_replies);
        self.singles
            .into_iter()
            .map(Job::Single)
            .chain(presence.map(|(change, reply)| Job::Presence(change, reply)))
            .chain(content.map(|(request, reply)| Job::Content(Box::new(request), reply)))
            .map(Self::of)
    }

    /// Tells every caller. Who has gone does not hear it; what it asked for is done all the same.
    fn answer(self, presence: Vec<Result<Outcome, Error>>, content: Vec<Result<Executed, Error>>) {
        for single in self.singles {
            single.answer(None);
        }
        for (reply, outcome) in self.presence_replies.into_iter().zip(presence) {
            let _ = reply.send(outcome);
        }
        for (reply, outcome) in self.content_replies.into_iter().zip(content) {
            let _ = reply.send(outcome);
        }
    }

    /// Tells every caller that nothing was done.
    fn fail(self, failure: &Error) {
        for single in self.singles {
            single.answer(Some(failure));
        }
        for reply in self.presence_replies {
            let _ = reply.send(Err(failure.clone()));
        }
        for reply in self.content_replies {
            let _ = reply.send(Err(failure.clone()));
        }
    }
}

/// What waits, as one batch.
fn gather(first: Job, queue: &mut mpsc::Receiver<Job>) -> Batch {
    let mut batch = Batch::of(first);
    while batch.len() < LARGEST_BATCH
        && let Ok(job) = queue.try_recv()
    {
        batch.push(job);
    }
    batch
}

impl Writer {
    pub fn new(
        options: SqliteConnectOptions,
        connection: SqliteConnection,
        publisher: Arc<dyn Publish>,
        health: Arc<Health>,
        limits: ContentLimits,
    ) -> Self {
        Self { options, connection, publisher, health, limits, last: Timestamp::now() }
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
        if let Err(cause) = self.connection.close().await {
            tracing::error!(%cause, "the database did not close cleanly");
        }
    }

    async fn serve(&mut self, mut batch: Batch) {
        match self.transact(&mut batch).await {
            Ok(Committed { events, presence, content }) => {
                self.health.failing.store(false, Ordering::Relaxed);
                if !events.is_empty() {
                    self.publisher.publish(events);
                }
                batch.answer(presence, content);
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
        let outcome = self.try_transact(batch).await;
        if outcome.is_err() {
            self.recover().await?;
        }
        outcome
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
        let mut transaction = Transaction::new(&mut self.connection, self.last);
        for single in &mut batch.singles {
            single.run(&mut transaction).await?;
        }
        let client_ids = presence::client_ids(&batch.presence);
        let memberships = transaction.load(batch.session_ids(), &client_ids).await?;
        let presence = presence::apply(&mut transaction, memberships, &batch.presence).await?;
        let content = commands::apply(&mut transaction, &batch.content, &self.limits).await?;
        presence.ask(&mut transaction)?;
        let (events, told) = transaction.commit().await?;
        let presence = presence.conclude(told.as_deref());
        Ok(Committed { events, presence, content })
    }
}
