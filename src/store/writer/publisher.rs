//! Publishes what was committed and answers the callers, while SQLite is busy with the next transaction.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::applied_presence::AppliedPresence;
use super::batch::Batch;
use crate::engine::request::Executed;
use crate::engine::transaction::Happened;
use crate::error::Error;
use crate::metrics::Metrics;
use crate::store::publish::Publish;
use crate::supervisor::Supervisor;

/// Committed batches that may wait to be published; with more the writer waits.
const MAX_UNPUBLISHED_BATCHES: usize = 1;

/// What a transaction came to.
pub(super) struct Outcome {
    /// How many of the single writes it had room for.
    pub singles: usize,
    pub happened: Happened,
    pub presence: AppliedPresence,
    /// The lists of clients for `presence`, as the database returned them.
    pub client_lists: Option<String>,
    /// Of those that it had room for.
    pub content: Vec<Result<Executed, Error>>,
}

/// Publishes one batch after the other, in the order of their commits.
pub(super) struct Publisher {
    queue: mpsc::Sender<(Batch, Outcome)>,
    task: JoinHandle<()>,
}

impl Publisher {
    /// Starts its task.
    pub fn start(
        publish: Arc<dyn Publish>,
        metrics: Arc<Metrics>,
        supervisor: &Supervisor,
    ) -> Self {
        let (queue, mut committed) = mpsc::channel(MAX_UNPUBLISHED_BATCHES);
        let task = tokio::spawn(supervisor.watch("publisher", async move {
            while let Some((batch, outcome)) = committed.recv().await {
                publish_and_answer(publish.as_ref(), &metrics, batch, outcome);
            }
        }));
        Self { queue, task }
    }

    /// Takes a committed batch.
    pub async fn take(&self, batch: Batch, outcome: Outcome) {
        if self.queue.send((batch, outcome)).await.is_err() {
            tracing::error!("committed changes are not published any more");
        }
    }

    /// Waits until everything is published.
    pub async fn finish(self) {
        drop(self.queue);
        if let Err(cause) = self.task.await {
            tracing::error!(%cause, "publisher task panicked");
        }
    }
}

fn publish_and_answer(publish: &dyn Publish, metrics: &Metrics, batch: Batch, outcome: Outcome) {
    let Outcome { happened, presence, client_lists, content, .. } = outcome;
    let Happened { created, events, logged, occurrences } = happened;
    metrics.sessions.count(&occurrences, events.len());
    if !created.is_empty() {
        publish.publish_created(created);
    }
    // A listener reads up to the last of these from the log, and drops what it has read by then.
    for (session_id, until) in logged {
        publish.publish_from_log(session_id, until);
    }
    if !events.is_empty() {
        publish.publish(events);
    }
    batch.answer(presence.into_replies(client_lists.as_deref()), content);
}
