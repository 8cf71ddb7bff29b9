//! What happens by itself: removal of idle sessions, and of events and tombstones out of date.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};
use tracing::Instrument;

use crate::clock::SteadyClock;
use crate::error::Error;
use crate::model::Timestamp;
use crate::state::AppState;
use crate::supervisor::Supervisor;

/// How often retention looks for what is out of date; its spans are days.
const RETENTION_INTERVAL: Duration = Duration::from_secs(60);

/// How long a request may be sent again under its Idempotency-Key.
const ANSWER_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);
/// How often the content of sessions that are gone is looked for.
const PURGE_INTERVAL: Duration = Duration::from_secs(1);

/// How long events and tombstones are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    pub events: Duration,
    pub tombstones: Duration,
}

/// Starts the tasks; they end when the service drains.
pub fn start(
    state: &Arc<AppState>,
    supervisor: &Supervisor,
    cleanup: Option<Duration>,
    retention: Retention,
) {
    let clock = Arc::new(SteadyClock::new(state.clock.clone()));
    if let Some(period) = cleanup {
        let span = tracing::info_span!("cleanup");
        let sweep = supervisor.watch("cleanup", sweep(state.clone(), clock.clone(), period));
        state.tasks.spawn(sweep.instrument(span));
    }
    let span = tracing::info_span!("retention");
    let retain = supervisor.watch("retention", retain(state.clone(), clock, retention));
    state.tasks.spawn(retain.instrument(span));
    let span = tracing::info_span!("purge");
    let purge = supervisor.watch("purge", purge(state.clone()));
    state.tasks.spawn(purge.instrument(span));
}

async fn purge(state: Arc<AppState>) {
    let mut ticks = calm_interval(PURGE_INTERVAL);
    while state.draining.run_until_cancelled(ticks.tick()).await.is_some() {
        let work = state.store.purge();
        if let Some(Err(failure)) = state.draining.run_until_cancelled(work).await {
            failure.log();
        }
    }
}

async fn sweep(state: Arc<AppState>, clock: Arc<SteadyClock>, period: Duration) {
    let mut ticks = calm_interval(period);
    while state.draining.run_until_cancelled(ticks.tick()).await.is_some() {
        let Some(now) = clock.now() else { continue };
        let cleanup = state.store.cleanup(state.limits.max_inactive, now);
        match state.draining.run_until_cancelled(cleanup).await {
            Some(Ok(removed)) if !removed.is_empty() => {
                tracing::info!(count = removed.len(), "removed idle sessions");
            }
            // The next round may succeed.
            Some(Err(failure)) => failure.log(),
            _ => {}
        }
    }
}

async fn retain(state: Arc<AppState>, clock: Arc<SteadyClock>, retention: Retention) {
    let mut ticks = calm_interval(RETENTION_INTERVAL);
    while state.draining.run_until_cancelled(ticks.tick()).await.is_some() {
        let work = forget(&state, clock.now(), retention);
        if let Some(Err(failure)) = state.draining.run_until_cancelled(work).await {
            failure.log();
        }
    }
}

/// Removes what is out of date at `now`, unless the clock can't be trusted for it.
async fn forget(
    state: &AppState,
    now: Option<Timestamp>,
    retention: Retention,
) -> Result<(), Error> {
    if let Some(now) = now {
        state.store.forget_events(now.before(retention.events)).await?;
        state.store.forget_answers(now.before(ANSWER_RETENTION)).await?;
        state.store.forget_tombstones(now.before(retention.tombstones)).await?;
        state.store.correct_times().await?;
    }
    // For the log, where nobody asks whether the service is ready.
    state.store.check_file().await
}

/// Ticks at once, then every `period`, never two at a time.
fn calm_interval(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
