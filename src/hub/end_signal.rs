//! How the server ends one connection.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use crate::model::DisconnectReason;

/// Signals the task of one connection to end it, and why. Clones are the same signal.
#[derive(Debug, Clone)]
pub struct EndSignal {
    token: CancellationToken,
    /// Empty if the server is shutting down.
    reason: Arc<OnceLock<DisconnectReason>>,
}

impl EndSignal {
    /// A signal for one connection, which is given as well when the server begins to shut down
    /// (`draining`).
    pub fn new(draining: &CancellationToken) -> Self {
        // A token of its own, since all waits for the service's token share one lock.
        Self { token: draining.child_token(), reason: Arc::default() }
    }

    /// Ends the connection. Only the first reason counts.
    pub fn end(&self, reason: DisconnectReason) {
        let _ = self.reason.set(reason);
        self.token.cancel();
    }

    /// Whether the connection is to end.
    pub fn is_given(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until the connection is to end, and returns why. The future borrows nothing.
    pub fn given(&self) -> impl Future<Output = DisconnectReason> + use<> {
        let Self { token, reason } = self.clone();
        async move {
            token.cancelled().await;
            reason.get().copied().unwrap_or(DisconnectReason::ServerShutdown)
        }
    }
}
