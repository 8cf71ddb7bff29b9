//! The one writer: it takes what waits, applies it in one transaction, and hands it on to be published.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::health::{Health, PROBE_INTERVAL};
use super::job::{Job, QueuedJob};
use super::publish::Publish;
use super::sqlite::{Committed, WriteConnection, commit};
use super::webhook_signal::WebhookSignal;
use crate::clock::Clock;
use crate::engine::limits::Limits;
use crate::engine::{commands, presence};
use crate::error::Error;
use crate::metrics::Metrics;
use crate::supervisor::Supervisor;

mod applied_presence;
mod batch;
mod publisher;

use applied_presence::AppliedPresence;
use batch::Batch;
use publisher::{Outcome, Publisher};

pub(super) struct Writer {
    connection: WriteConnection,
    publisher: Publisher,
    health: Arc<Health>,
    webhooks: Arc<WebhookSignal>,
    /// Whether a change has failed and no probe has succeeded since.
    is_failing: bool,
    limits: Limits,
    clock: Clock,
    metrics: Arc<Metrics>,
    /// What the last transactions had no room for.
    rest: Batch,
}

/// What the writer works with.
pub(super) struct Tools {
    pub publish: Arc<dyn Publish>,
    pub health: Arc<Health>,
    pub webhooks: Arc<WebhookSignal>,
    pub limits: Limits,
    pub clock: Clock,
    pub metrics: Arc<Metrics>,
    pub supervisor: Supervisor,
}

impl Writer {
    /// A writer that has not begun.
    pub fn new(connection: WriteConnection, tools: Tools) -> Self {
        let Tools { publish, health, webhooks, limits, clock, metrics, supervisor } = tools;
        let publisher = Publisher::start(publish, metrics.clone(), &supervisor);
        let (is_failing, rest) = (false, Batch::default());
        Self { connection, publisher, health, webhooks, is_failing, limits, clock, metrics, rest }
    }

    /// Serves jobs until asked to stop, then those that are queued, then closes the file. After each
    /// batch of `queue` comes one of `chunks`, so that neither waits for more than one of the other.
    pub async fn run(
        mut self,
        mut queue: mpsc::Receiver<QueuedJob>,
        mut chunks: mpsc::Receiver<QueuedJob>,
        mut stop: oneshot::Receiver<()>,
    ) {
        let mut open = true;
        let mut probes = interval(PROBE_INTERVAL);
        probes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if self.rest.len() > 0 {
                let rest = std::mem::take(&mut self.rest);
                self.serve_in_turn(rest, &mut queue, &mut chunks).await;
                continue;
            }
            tokio::select! {
                biased;
                _ = &mut stop, if open => {
                    open = false;
                    queue.close();
                    chunks.close();
                }
                // Before the others, who never stop asking on a busy server.
                _ = probes.tick(), if self.is_failing && open => self.probe().await,
                job = queue.recv() => {
                    let Some(job) = job else { break };
                    let batch = Batch::of(self.begin(job));
                    self.serve_in_turn(batch, &mut queue, &mut chunks).await;
                }
                Some(chunk) = chunks.recv() => self.serve(Batch::of(chunk.job)).await,
            }
        }
        self.publisher.finish().await;
        self.connection.close().await;
    }

    /// The first job of a batch, whose wait stands for all of them.
    fn begin(&self, first: QueuedJob) -> Job {
        let wait = first.since.elapsed().as_secs_f64();
        self.metrics.writer.write_queue_wait_seconds.observe(wait);
        first.job
    }

    /// Serves a batch together with what else waits, and then one chunk.
    async fn serve_in_turn(
        &mut self,
        mut batch: Batch,
        queue: &mut mpsc::Receiver<QueuedJob>,
        chunks: &mut mpsc::Receiver<QueuedJob>,
    ) {
        batch.fill(queue, &self.limits.capacities);
        self.serve(batch).await;
        if let Ok(chunk) = chunks.try_recv() {
            self.serve(Batch::of(chunk.job)).await;
        }
    }

    async fn serve(&mut self, mut batch: Batch) {
        match self.transact(&mut batch).await {
            Ok(mut outcome) => {
                self.metrics.writer.write_batch_jobs.observe(batch.len() as f64);
                let unfinished = outcome.presence.take_unfinished();
                let Outcome { singles, content, .. } = &outcome;
                self.rest.append(batch.take_rest(*singles, content.len(), &unfinished));
                self.publisher.take(batch, outcome).await;
                self.webhooks.notify();
                self.connection.after_commit().await;
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
            self.metrics.writer.write_failures_total.with([failure.code()]).inc();
            self.is_failing = self.health.fail(failure);
        }
    }

    /// Tries whether changes can be written again.
    async fn probe(&mut self) {
        match self.connection.probe().await {
            Ok(()) => {
                self.is_failing = false;
                self.health.recover();
                tracing::info!("changes can be written again");
            }
            Err(failure) => {
                self.note_failure(&failure);
                if let Err(failure) = self.connection.recover().await {
                    self.note_failure(&failure);
                }
            }
        }
    }

    async fn transact(&mut self, batch: &mut Batch) -> Result<Outcome, Error> {
        let had_cache = self.connection.has_cache();
        let outcome = self.try_transact(batch).await;
        if outcome.is_err() {
            self.connection.recover().await?;
        }
        match outcome {
            // Another program may have written to the file. It is tried once more, without the cache.
            Err(Error::Internal(_)) if had_cache => Box::pin(self.transact(batch)).await,
            outcome => outcome,
        }
    }

    async fn try_transact(&mut self, batch: &mut Batch) -> Result<Outcome, Error> {
        let (mut transaction, version) =
            self.connection.begin(self.clock.now(), &self.limits).await?;
        #[cfg(debug_assertions)]
        super::sqlite::check_cache(&mut transaction).await?;
        let mut singles = 0;
        for single in &mut batch.singles {
            single.run(&mut transaction).await?;
            singles += 1;
            if transaction.is_full() {
                break;
            }
        }
        let leaving = presence::sessions_to_leave(&mut transaction, &batch.presence).await?;
        transaction.load(batch.session_ids().chain(leaving)).await?;
        let presence = presence::apply(&mut transaction, &batch.presence).await?;
        let presence = AppliedPresence::new(presence);
        let content = commands::apply(&mut transaction, &batch.content).await?;
        presence.queue_lists(&mut transaction)?;
        let start = Instant::now();
        let Committed { happened, returned, cache } = commit(transaction).await?;
        self.metrics.writer.commit_duration_seconds.observe(start.elapsed());
        self.connection.keep(version, cache);
        Ok(Outcome { singles, happened, presence, client_lists: returned, content })
    }
}
