//! One staged change at a time, and nobody else changes the content of its session.

use tokio::sync::{Semaphore, SemaphorePermit, watch};

use crate::error::Error;
use crate::model::SessionId;

/// One change is staged at a time, since each takes memory for its whole session.
pub(in crate::store) struct StagingLock {
    turn: Semaphore,
    /// The session whose content nobody else may change.
    session: watch::Sender<Option<SessionId>>,
}

/// Keeps the lock, and the session's content, while it lives.
pub(in crate::store) struct StagingGuard<'l> {
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

    /// Waits until no other change is being staged, and keeps the session's content.
    pub async fn acquire(&self, session_id: SessionId) -> Result<StagingGuard<'_>, Error> {
        let turn = self.turn.acquire().await.map_err(|cause| Error::internal(cause.into()))?;
        self.session.send_replace(Some(session_id));
        Ok(StagingGuard { session: &self.session, _turn: turn })
    }
}
