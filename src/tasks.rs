//! What happens by itself: removal of idle sessions, and of events and tombstones out of date.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};
use tracing::Instrument;

use crate::clock::SteadyClock;
use crate::error::Error;
use crate::model::Timestamp;
use crate::service::Service;
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
    service: &Arc<Service>,
    supervisor: &Supervisor,
    cleanup: Option<Duration>,
    retention: Retention,
) {
    let clock = Arc::new(SteadyClock::new(service.clock.clone()));
    if let Some(period) = cleanup {
        let span = tracing::info_span!("cleanup");
        let sweep = supervisor.watch("cleanup", sweep(service.clone(), clock.clone(), period));
        service.tasks.spawn(sweep.instrument(span));
    }
    let span = tracing::info_span!("retention");
    let retain = supervisor.watch("retention", retain(service.clone(), clock, retention));
    service.tasks.spawn(retain.instrument(span));
    let span = tracing::info_span!("purge");
    let purge = supervisor.watch("purge", purge(service.clone()));
    service.tasks.spawn(purge.instrument(span));
}

async fn purge(service: Arc<Service>) {
    let mut ticks = calm_interval(PURGE_INTERVAL);
    while service.draining.run_until_cancelled(ticks.tick()).await.is_some() {
        let work = service.store.purge();
        if let Some(Err(failure)) = service.draining.run_until_cancelled(work).await {
            failure.log();
        }
    }
}

async fn sweep(service: Arc<Service>, clock: Arc<SteadyClock>, period: Duration) {
    let mut ticks = calm_interval(period);
    while service.draining.run_until_cancelled(ticks.tick()).await.is_some() {
        let Some(now) = clock.now() else { continue };
        let cleanup = service.store.cleanup(service.limits.max_inactive, now);
        match service.draining.run_until_cancelled(cleanup).await {
            Some(Ok(removed)) if !removed.is_empty() => {
                tracing::info!(count = removed.len(), "removed idle sessions");
            }
            // The next round may succeed.
            Some(Err(failure)) => failure.log(),
            _ => {}
        }
    }
}

async fn retain(service: Arc<Service>, clock: Arc<SteadyClock>, retention: Retention) {
    let mut ticks = calm_interval(RETENTION_INTERVAL);
    while service.draining.run_until_cancelled(ticks.tick()).await.is_some() {
        let work = forget(&service, clock.now(), retention);
        if let Some(Err(failure)) = service.draining.run_until_cancelled(work).await {
            failure.log();
        }
    }
}

/// Removes what is out of date at `now`, unless the clock can't be trusted for it.
async fn forget(
    service: &Service,
    now: Option<Timestamp>,
    retention: Retention,
) -> Result<(), Error> {
    if let Some(now) = now {
        service.store.forget_events(now.before(retention.events)).await?;
        service.store.forget_answers(now.before(ANSWER_RETENTION)).await?;
        service.store.forget_tombstones(now.before(retention.tombstones)).await?;
        service.store.correct_times().await?;
    }
    // For the log, where nobody asks whether the service is ready.
    service.store.check_file().await
}

/// Ticks at once, then every `period`, never two at a time.
fn calm_interval(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
