//! Changes of very many nodes, staged in the background so that nobody waits long for them.
//!
//! In one transaction such a change would hold the writer for seconds. So it is simulated on a copy of
//! its session in memory. What came of that is written into the file in chunks, under a generation that
//! belongs to no session yet (`orphaned_content`), and one small transaction switches the session to it.
//! Other changes of the session's content wait meanwhile; joins and leaves go on.

use tokio::sync::{Semaphore, SemaphorePermit, watch};

use crate::engine::request::{ContentRequest, Executed, WalkLimit};
use crate::error::Error;
use crate::model::SessionId;
use crate::store::Store;

mod activation;
mod chunks;
mod needs_staging;
mod simulation;
mod subtree_height;

use activation::Activate;
use simulation::{Outcome, Simulation, simulate};

/// How often a change is staged before it is done in one transaction after all. What others had under
/// way when it began may change the content in the meantime.
const MAX_ATTEMPTS: u32 = 3;

/// One change is staged at a time, since each takes memory for its whole session.
pub(in crate::store) struct StagingLock {
    turn: Semaphore,
    /// The session whose content nobody else may change.
    session: watch::Sender<Option<SessionId>>,
}

/// Keeps the lock, and the session's content, while it lives.
struct StagingGuard<'l> {
    session: &'l watch::Sender<Option<SessionId>>,
    _turn: SemaphorePermit<'l>,
}

impl Drop for StagingGuard<'_> {
    fn drop(&mut self) {
        self.session.send_replace(None);
    }
}

impl StagingLock {
    /// A lock that nobody has.
    pub fn new() -> Self {
        Self { turn: Semaphore::new(1), session: watch::Sender::new(None) }
    }

    /// Waits until the session's content may be changed.
    pub async fn wait_for(&self, session_id: SessionId) {
        let is_free = |staged: &Option<SessionId>| *staged != Some(session_id);
        if !is_free(&self.session.borrow()) {
            // It fails only when there is nobody to wait for any more.
            let _ = self.session.subscribe().wait_for(is_free).await;
        }
    }

    /// Whether a change is being staged.
    pub fn is_taken(&self) -> bool {
        self.turn.available_permits() == 0
    }

    async fn acquire(&self, session_id: SessionId) -> Result<StagingGuard<'_>, Error> {
        let turn = self.turn.acquire().await.map_err(|cause| Error::internal(cause.into()))?;
        self.session.send_replace(Some(session_id));
        Ok(StagingGuard { session: &self.session, _turn: turn })
    }
}

/// Stages a change and commits it; the answer comes after its commit.
pub(in crate::store) async fn stage_and_commit(
    store: Store,
    request: ContentRequest,
) -> Result<Executed, Error> {
    // The caller may go away in the middle; a task of its own goes on.
    let task = tokio::spawn(async move {
        let _guard = store.staging.acquire(request.session_id).await?;
        run(&store, request).await
    });
    task.await?
}

async fn run(store: &Store, mut request: ContentRequest) -> Result<Executed, Error> {
    // The move of a large subtree is a small change, once its height is known.
    for _ in 0..MAX_ATTEMPTS {
        let Some(height) = subtree_height::of_moved(store, &request).await? else { break };
        request.walk = WalkLimit::KnownHeight(height);
        match store.submit_content(request).await {
            Ok(outcome) => return outcome,
            Err(refused) => request = *refused,
        }
    }
    request.walk = WalkLimit::Unlimited;
    for _ in 0..MAX_ATTEMPTS {
        let outcome = match simulate(store, &request).await? {
            Simulation::NoSession => break,
            Simulation::Answered(executed) => return Ok(executed),
            Simulation::Done(outcome) => *outcome,
        };
        let session_id = request.session_id;
        let generation = chunks::begin(store, session_id).await?;
        let outcome = write_and_activate(store, &request, generation, outcome).await;
        // If even this can't be written, the next start does it.
        if let Err(failure) = chunks::release(store, session_id, generation).await {
            failure.log();
        }
        match outcome {
            Err(Error::RevisionMismatch { actual, .. }) if request.may_run_at(actual) => {}
            outcome => return outcome,
        }
    }
    store.submit_content(request).await.unwrap_or(Err(Error::TooLong))
}

async fn write_and_activate(
    store: &Store,
    request: &ContentRequest,
    generation: i64,
    outcome: Outcome,
) -> Result<Executed, Error> {
    let staged = chunks::write(store, request.session_id, generation, outcome).await?;
    store.write(Activate { request: request.clone(), staged }).await
}
