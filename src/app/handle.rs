//! What can be asked of a server while it runs.

use std::sync::Arc;

use crate::model::Transport;
use crate::state::AppState;
use crate::store::NoChange;

/// A handle on a server that runs.
#[derive(Clone)]
pub struct AppHandle(Arc<AppState>);

impl AppHandle {
    pub(super) fn new(state: Arc<AppState>) -> Self {
        Self(state)
    }

    /// Completes when the server begins to shut down.
    pub async fn stopping(&self) {
        self.0.draining.cancelled().await;
    }

    /// Completes when the writer has answered, be it with an error.
    pub async fn writer_answers(&self) {
        // A failure is logged where it affects a request.
        let _ = self.0.store.write(NoChange).await;
    }

    /// How many live connections have joined a session.
    pub fn clients(&self) -> i64 {
        let clients = &self.0.metrics.live.clients;
        Transport::ALL.into_iter().map(|transport| clients.with([transport.label()]).get()).sum()
    }
}
