//! Supervises essential tasks: if one panics, or ends before the server shuts down, the server must end too.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;

/// Watches tasks. It is a handle that is cheap to clone.
#[derive(Clone, Default)]
pub struct Supervisor(Arc<State>);

#[derive(Default)]
struct State {
    /// Cancelled when the server shuts down. From then on tasks may end.
    stopping: CancellationToken,
    /// Why the first failed task has failed.
    reason: OnceLock<String>,
    /// Cancelled when a task has failed.
    failed: CancellationToken,
}

impl Supervisor {
    /// A supervisor of tasks that may end once `stopping` is cancelled.
    pub fn new(stopping: CancellationToken) -> Self {
        Self(Arc::new(State { stopping, ..State::default() }))
    }

    /// Wraps an essential task, so that its panic or its early end is recorded as a failure. `name` is
    /// for the reason, such as `writer`.
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
                Ok(()) => supervisor.fail(format!("the {name} task ended before the server")),
                Err(panic) => {
                    supervisor.fail(format!("the {name} task panicked: {}", panic_text(&*panic)));
                }
            }
        }
    }

    fn fail(&self, reason: String) {
        // Only the first reason is kept, since other tasks may fail because of that one.
        let _ = self.0.reason.set(reason);
        self.0.failed.cancel();
    }

    /// Why a task has failed; None if none has.
    pub fn failure(&self) -> Option<&str> {
        self.0.reason.get().map(String::as_str)
    }

    /// Completes when a task has failed.
    pub async fn failed(&self) {
        self.0.failed.cancelled().await;
    }

    /// Allows tasks to end from now on.
    pub fn stop(&self) {
        self.0.stopping.cancel();
    }

    /// Completes when tasks may end.
    pub async fn stopping(&self) {
        self.0.stopping.cancelled().await;
    }
}

/// The message of a panic.
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
