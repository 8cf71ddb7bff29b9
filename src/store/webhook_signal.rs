//! Notifies the sender of webhooks that something was committed.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Notified after commits, as long as there is an endpoint; without one it costs a look at a flag.
#[derive(Default)]
pub(in crate::store) struct WebhookSignal {
    has_endpoints: AtomicBool,
    committed: Notify,
}

impl WebhookSignal {
    /// Something was committed.
    pub fn notify(&self) {
        if self.has_endpoints.load(Ordering::Relaxed) {
            self.committed.notify_one();
        }
    }

    /// Whether commits are signalled from now on.
    pub fn set_active(&self, is_active: bool) {
        self.has_endpoints.store(is_active, Ordering::SeqCst);
    }

    /// Completes when something was committed since the last call.
    pub async fn committed(&self) {
        self.committed.notified().await;
    }
}
