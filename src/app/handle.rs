//! What can be asked of a server while it runs.

use std::sync::Arc;

use crate::model::Transport;
use crate::state::AppState;

/// A handle on a server that runs.
#[derive(Clone)]
pub struct AppHandle(Arc<AppState>);

impl AppHandle {
    pub(super) fn new(state: Arc<AppState>) -> Self {
        Self(state)
    }

    /// How many live connections have joined a session.
    pub fn clients(&self) -> i64 {
        let clients = &self.0.metrics.live.clients;
        Transport::ALL.into_iter().map(|transport| clients.with([transport.label()]).get()).sum()
    }
}
