//! Tells when a task that the service cannot do without has ended before the service did.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;

/// Watches tasks; a cheap handle.
#[derive(Clone, Default)]
pub struct Supervisor(Arc<State>);

#[derive(Default)]
struct State {
    /// Cancelled when the service is told to stop: from then on its tasks may end.
    stopping: CancellationToken,
    /// Why the first task that failed did.
    reason: OnceLock<String>,
    /// Cancelled once there is a reason.
    failed: CancellationToken,
}

impl Supervisor {
    /// For a service that is told to stop by this token.
    pub fn new(stopping: CancellationToken) -> Self {
        Self(Arc::new(State { stopping, ..State::default() }))
    }

    /// Runs a task that must last as long as the service: neither its panic nor its end goes unseen.
    pub fn watch<T: Future<Output = ()> + Send>(
        &self,
        name: &'static str,
        task: T,
    ) -> impl Future<Output = ()> + Send + use<T> {
        let supervisor = self.clone();
        async move {
            let ended = AssertUnwindSafe(task).catch_unwind().await;
            match ended {
                Ok(()) if supervisor.0.stopping.is_cancelled() => {}
                Ok(()) => supervisor.fail(format!("the {name} task ended before the service did")),
                Err(panic) => {
                    supervisor.fail(format!("the {name} task panicked: {}", panic_text(&*panic)));
                }
            }
        }
    }

    fn fail(&self, reason: String) {
        // The first one counts: others may fail because of it.
        let _ = self.0.reason.set(reason);
        self.0.failed.cancel();
    }

    /// Why a task has failed, if one has.
    pub fn failure(&self) -> Option<&str> {
        self.0.reason.get().map(String::as_str)
    }

    /// Comes back once a task has failed.
    pub async fn failed(&self) {
        self.0.failed.cancelled().await;
    }

    /// Lets tasks end from now on.
    pub fn stop(&self) {
        self.0.stopping.cancel();
    }

    /// Comes back once tasks may end.
    pub async fn stopping(&self) {
        self.0.stopping.cancelled().await;
    }
}

/// What was said with a panic.
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
