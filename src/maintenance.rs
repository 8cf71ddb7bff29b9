//! Scheduled maintenance: the cleanup of idle sessions, the retention of events and tombstones, and the
//! purge of content whose session was removed; the service tokens.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use tracing::Instrument;

use crate::clock::SteadyClock;
use crate::error::Error;
use crate::model::Timestamp;
use crate::state::AppState;
use crate::store::RecordTokenUses;
use crate::supervisor::Supervisor;

/// Time between two runs of retention. The retention periods themselves are days.
const RETENTION_INTERVAL: Duration = Duration::from_secs(60);

/// How long the stored answer of an Idempotency-Key is kept.
const IDEMPOTENCY_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// How long messages of webhooks are kept, sent or not.
const DELIVERY_RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Time between two searches for content whose session was removed.
const PURGE_INTERVAL: Duration = Duration::from_secs(1);

/// Time between two reads of the service tokens.
const TOKEN_INTERVAL: Duration = Duration::from_secs(1);
/// How many of these reads there are between two writes of when tokens were used: a minute.
const TICKS_BETWEEN_RECORDS: u32 = 60;

/// How long events and tombstones are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// How long events are kept.
    pub events: Duration,
    /// How long tombstones are kept, by which a removed session answers `SESSION_REMOVED`.
    pub tombstones: Duration,
}

/// Spawns the maintenance tasks. They end when the server starts to shut down.
///
/// `cleanup_interval` is the time between two cleanups of idle sessions; None means that no cleanup is
/// scheduled.
pub fn start(
    state: &Arc<AppState>,
    supervisor: &Supervisor,
    cleanup_interval: Option<Duration>,
    retention: Retention,
) {
    let clock = Arc::new(SteadyClock::new(state.clock.clone()));
    if let Some(period) = cleanup_interval {
        let span = tracing::info_span!("cleanup");
        let cleanup =
            supervisor.watch("cleanup", run_cleanup(state.clone(), clock.clone(), period));
        state.tasks.spawn(cleanup.instrument(span));
    }
    let span = tracing::info_span!("retention");
    let retention =
        supervisor.watch("retention", run_retention(state.clone(), clock.clone(), retention));
    state.tasks.spawn(retention.instrument(span));
    let span = tracing::info_span!("tokens");
    let tokens = supervisor.watch("tokens", refresh_tokens(state.clone()));
    state.tasks.spawn(tokens.instrument(span));
    let span = tracing::info_span!("purge");
    let purge = supervisor.watch("purge", run_purge(state.clone(), clock));
    state.tasks.spawn(purge.instrument(span));
}

/// Notices within a second when `rollcall token` has changed the tokens in the database, and ends those that
/// have expired. Writes now and then when tokens were used.
async fn refresh_tokens(state: Arc<AppState>) {
    let mut ticks = spaced_interval(TOKEN_INTERVAL);
    let mut ticks_until_record = TICKS_BETWEEN_RECORDS;
    while state.draining.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Err(failure) = state.reload_tokens().await {
            failure.log();
        }
        ticks_until_record -= 1;
        if ticks_until_record == 0 {
            ticks_until_record = TICKS_BETWEEN_RECORDS;
            let uses = state.access.tokens.take_uses();
            if !uses.is_empty()
                && let Err(failure) = state.store.write(RecordTokenUses(uses)).await
            {
                failure.log();
            }
        }
    }
}

async fn run_purge(state: Arc<AppState>, clock: Arc<SteadyClock>) {
    let mut ticks = spaced_interval(PURGE_INTERVAL);
    while state.draining.run_until_cancelled(ticks.tick()).await.is_some() {
        let purge = async {
            state.store.purge(clock.now()).await?;
            state.store.give_back_pages().await
        };
        if let Some(Err(failure)) = state.draining.run_until_cancelled(purge).await {
            failure.log();
        }
    }
}

async fn run_cleanup(state: Arc<AppState>, clock: Arc<SteadyClock>, period: Duration) {
    let mut ticks = spaced_interval(period);
    while state.draining.run_until_cancelled(ticks.tick()).await.is_some() {
        let Some(now) = clock.now() else { continue };
        let start = Instant::now();
        let cleanup = state.store.cleanup(state.limits.max_inactive, now);
        let outcome = state.draining.run_until_cancelled(cleanup).await;
        if let Some(outcome) = &outcome {
            let (is_success, duration) = (outcome.is_ok(), start.elapsed());
            state.metrics.maintenance.observe_cleanup("schedule", is_success, duration);
        }
        match outcome {
            Some(Ok(removed)) if !removed.is_empty() => {
                tracing::info!(count = removed.len(), "removed idle sessions");
            }
            // The failure is logged and the task goes on: the next cleanup may succeed.
            Some(Err(failure)) => failure.log(),
            _ => {}
        }
    }
}

async fn run_retention(state: Arc<AppState>, clock: Arc<SteadyClock>, retention: Retention) {
    let mut ticks = spaced_interval(RETENTION_INTERVAL);
    while state.draining.run_until_cancelled(ticks.tick()).await.is_some() {
        let prune = prune(&state, clock.now(), retention);
        if let Some(Err(failure)) = state.draining.run_until_cancelled(prune).await {
            failure.log();
        }
    }
}

/// Removes events, idempotent answers, messages of webhooks and tombstones whose retention period is over at `now`. Nothing is
/// removed while `now` is None, which means that the clock can't be trusted at the moment.
async fn prune(
    state: &AppState,
    now: Option<Timestamp>,
    retention: Retention,
) -> Result<(), Error> {
    if let Some(now) = now {
        state.store.prune_events(now.before(retention.events)).await?;
        state.store.prune_answers(now.before(IDEMPOTENCY_RETENTION)).await?;
        state.store.prune_deliveries(now.before(DELIVERY_RETENTION)).await?;
        state.store.prune_tombstones(now.before(retention.tombstones)).await?;
        state.store.correct_times().await?;
    }
    state.store.record_max_inactive(state.limits.max_inactive).await?;
    // A database file that was deleted or replaced shows up in the log even where nobody polls `/ready`.
    state.store.check_file().await
}

/// An interval that ticks at once and then every `period`. When a run takes longer than `period`, the next
/// tick comes a whole period after it, and missed ticks are skipped.
fn spaced_interval(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
