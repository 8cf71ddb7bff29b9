//! Who tells of what was committed, while SQLite is busy with what comes next.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::batch::Batch;
use crate::error::Error;
use crate::model::Event;
use crate::store::Publish;
use crate::store::commands::Executed;
use crate::store::presence::Outcomes;
use crate::supervisor::Supervisor;

/// Batches that were committed and are still to be told of; the writer waits for more.
const BEHIND: usize = 1;

/// What a transaction came to.
pub(super) struct Committed {
    /// How many of the singles it had room for.
    pub singles: usize,
    pub events: Vec<Event>,
    pub presence: Outcomes,
    /// What the last statement told, for `presence`.
    pub told: Option<String>,
    /// Of those that it had room for.
    pub content: Vec<Result<Executed, Error>>,
}

/// Tells of one batch after the other, in the order of their commits.
pub(super) struct Teller {
    queue: mpsc::Sender<(Batch, Committed)>,
    task: JoinHandle<()>,
}

impl Teller {
    pub fn start(publisher: Arc<dyn Publish>, supervisor: &Supervisor) -> Self {
        let (queue, mut committed) = mpsc::channel(BEHIND);
        let task = tokio::spawn(supervisor.watch("publisher", async move {
            while let Some((batch, committed)) = committed.recv().await {
                tell(publisher.as_ref(), batch, committed);
            }
        }));
        Self { queue, task }
    }

    /// Takes what is to be told.
    pub async fn take(&self, batch: Batch, committed: Committed) {
        if self.queue.send((batch, committed)).await.is_err() {
            tracing::error!("nobody is told of commits any more");
        }
    }

    /// Waits until everything is told.
    pub async fn finish(self) {
        drop(self.queue);
        if let Err(cause) = self.task.await {
            tracing::error!(%cause, "publisher task panicked");
        }
    }
}

fn tell(publisher: &dyn Publish, batch: Batch, committed: Committed) {
    let Committed { events, presence, told, content, .. } = committed;
    if !events.is_empty() {
        publisher.publish(events);
    }
    batch.answer(presence.conclude(told.as_deref()), content);
}
