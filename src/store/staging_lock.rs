//! One staged change at a time, and nobody else changes the content of its session.

use tokio::sync::{Mutex, MutexGuard, watch};

use crate::model::SessionId;

/// One change is staged at a time, since each takes memory for its whole session.
pub(in crate::store) struct StagingLock {
    turn: Mutex<()>,
    /// The session whose content nobody else may change.
    session: watch::Sender<Option<SessionId>>,
}

/// Keeps the lock, and the session's content, while it lives.
pub(in crate::store) struct StagingGuard<'l> {
    session: &'l watch::Sender<Option<SessionId>>,
    _turn: MutexGuard<'l, ()>,
}

impl Drop for StagingGuard<'_> {
    fn drop(&mut self) {
        self.session.send_replace(None);
    }
}

impl StagingLock {
    /// A lock that nobody has.
    pub fn new() -> Self {
        Self { turn: Mutex::new(()), session: watch::Sender::new(None) }
    }

    /// Waits until the session's content may be changed.
    pub async fn wait_for(&self, session_id: SessionId) {
        // It fails only when there is nobody to wait for any more.
        let _ = self.session.subscribe().wait_for(|staged| *staged != Some(session_id)).await;
    }

    /// Whether a change is being staged.
    pub fn is_taken(&self) -> bool {
        self.session.borrow().is_some()
    }

    /// Waits until no other change is being staged, and keeps the session's content.
    pub async fn acquire(&self, session_id: SessionId) -> StagingGuard<'_> {
        let turn = self.turn.lock().await;
        self.session.send_replace(Some(session_id));
        StagingGuard { session: &self.session, _turn: turn }
    }
}
