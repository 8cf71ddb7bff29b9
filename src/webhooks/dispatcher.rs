//! The task that makes messages, sends them, and records what came of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::messages::messages;
use super::sender::{Answer, Sender};
use crate::clock::Clock;
use crate::error::Error;
use crate::log_limit::LogLimit;
use crate::metrics::Metrics;
use crate::model::webhook::{DeliveryState, Schedule};
use crate::store::{Attempt, Due, QueueMessages, RecordAttempts, Store};

/// The most messages that are being sent: to all endpoints, to one, and to one that is failing. The first to an
/// endpoint does not count in all. So receivers that hang do not hold up the others.
const MAX_IN_FLIGHT: usize = 64;
const MAX_IN_FLIGHT_PER_ENDPOINT: usize = 16;
const MAX_IN_FLIGHT_FAILING: usize = 1;
/// The time between two rounds at least: what is committed meanwhile is read together.
const PACE: Duration = Duration::from_millis(10);
/// After a round there are so many times its duration without one. So webhooks take a small part of the writer and
/// of the processor, however much there is to send; what that does not suffice for is sent later.
const REST: u32 = 4;
/// The time between two reads of the log at least, unless there is more than is read at a time: each that finds
/// something is a commit of its own.
const QUEUE_INTERVAL: Duration = Duration::from_millis(50);
/// The time between two rounds at most: a person may have changed the tables.
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// The pause after a round that has failed.
const RETRY_PAUSE: Duration = Duration::from_secs(5);
/// How long messages that are being sent may take when the server shuts down. They are sent again later.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// Limits the log lines about an endpoint that fails.
static FAILURE_LOG: LogLimit = LogLimit::new();

/// Sends messages to endpoints.
pub struct Dispatcher {
    store: Store,
    clock: Clock,
    schedule: Schedule,
    metrics: Arc<Metrics>,
    sender: Sender,
    /// When the log may be read again.
    next_queue: Instant,
    in_flight: JoinSet<Attempt>,
    /// The messages that are being sent or that have been, until that is recorded: by endpoint and session.
    lines: HashMap<(i64, i64), i64>,
    /// What is not recorded yet.
    ended: Vec<Attempt>,
}

impl Dispatcher {
    /// A dispatcher for the endpoints in `store`.
    pub fn new(
        store: Store,
        clock: Clock,
        schedule: Schedule,
        allows_private: bool,
        metrics: Arc<Metrics>,
    ) -> Self {
        let sender = Sender::new(schedule.timeout, allows_private);
        Self {
            store,
            clock,
            schedule,
            metrics,
            sender,
            next_queue: Instant::now(),
            in_flight: JoinSet::new(),
            lines: HashMap::new(),
            ended: Vec::new(),
        }
    }

    /// Sends messages until `draining` is cancelled.
    pub async fn run(mut self, draining: CancellationToken) {
        while !draining.is_cancelled() {
            let start = Instant::now();
            let pause = match self.round().await {
                Ok(pause) => pause,
                Err(failure) => {
                    failure.log();
                    RETRY_PAUSE
                }
            };
            tokio::select! {
                () = draining.cancelled() => break,
                () = self.wait(pause, start.elapsed() * REST) => {}
            }
        }
        let rest = async {
            while let Some(ended) = self.in_flight.join_next().await {
                self.end(ended);
            }
        };
        let _ = timeout(SHUTDOWN_TIMEOUT, rest).await;
        if let Err(failure) = self.record().await {
            failure.log();
        }
    }

    /// Waits until there is something to do, for `pause` at most, and for `rest` at least.
    async fn wait(&mut self, pause: Duration, rest: Duration) {
        let end = Instant::now() + pause;
        sleep(rest.max(PACE)).await;
        tokio::select! {
            Some(ended) = self.in_flight.join_next() => self.end(ended),
            () = self.store.webhook_signal() => {}
            () = tokio::time::sleep_until(end) => {}
        }
    }

    fn end(&mut self, ended: Result<Attempt, tokio::task::JoinError>) {
        match ended {
            Ok(attempt) => {
                let outcome = if attempt.error.is_none() { "delivered" } else { "failed" };
                let metrics = &self.metrics.webhooks;
                metrics.webhook_deliveries_total.with([outcome]).inc();
                let seconds = attempt.duration_ms as f64 / 1000.0;
                metrics.webhook_delivery_duration_seconds.observe(seconds);
                self.ended.push(attempt);
            }
            Err(failure) => Error::from(failure).log(),
        }
    }

    /// Does what is to be done now; returns when there is more to do at the latest.
    async fn round(&mut self) -> Result<Duration, Error> {
        while let Some(ended) = self.in_flight.try_join_next() {
            self.end(ended);
        }
        self.record().await?;
        if !self.store.watch_endpoints().await? {
            return Ok(MAX_PAUSE);
        }
        let may_be_more = Instant::now() < self.next_queue || self.queue().await?;
        self.send_due().await?;
        if may_be_more {
            return Ok(self.next_queue.saturating_duration_since(Instant::now()));
        }
        let now = self.clock.now();
        let next = self.store.next_due(now).await?;
        let wait = next.map_or(MAX_PAUSE, |next| {
            let micros = next.as_micros().saturating_sub(now.as_micros());
            Duration::from_micros(u64::try_from(micros).unwrap_or_default())
        });
        Ok(wait.min(MAX_PAUSE))
    }

    /// Makes messages of what has happened; returns whether there may be more.
    async fn queue(&mut self) -> Result<bool, Error> {
        self.next_queue = Instant::now() + QUEUE_INTERVAL;
        let happenings = self.store.happenings().await?;
        if happenings.all.is_empty() && happenings.entries.is_none() {
            return Ok(false);
        }
        if happenings.is_more {
            self.next_queue = Instant::now();
        }
        let queue = QueueMessages {
            messages: messages(&happenings.all)?,
            entries: happenings.entries,
            in_flight: self.lines.values().copied().collect(),
            content_interval: self.schedule.content_interval,
        };
        // Together with what others write: a transaction of its own would be one more that they wait for.
        self.store.write(queue).await?;
        Ok(true)
    }

    /// Sends the messages that are due, as many as may be in flight.
    async fn send_due(&mut self) -> Result<(), Error> {
        let now = self.clock.now();
        // Some of them are in flight.
        let limit = 2 * MAX_IN_FLIGHT_PER_ENDPOINT as i64;
        let mut of_endpoint: HashMap<i64, usize> = HashMap::new();
        for (endpoint, _) in self.lines.keys() {
            *of_endpoint.entry(*endpoint).or_default() += 1;
        }
        for due in self.store.due_messages(now, limit).await? {
            let most = match due.is_failing {
                true => MAX_IN_FLIGHT_FAILING,
                false => MAX_IN_FLIGHT_PER_ENDPOINT,
            };
            let count = of_endpoint.entry(due.line.0).or_default();
            let is_full = *count > 0 && self.lines.len() >= MAX_IN_FLIGHT;
            if is_full || *count >= most || self.lines.contains_key(&due.line) {
                continue;
            }
            *count += 1;
            self.lines.insert(due.line, due.delivery);
            let (sender, clock, schedule) =
                (self.sender.clone(), self.clock.clone(), self.schedule);
            self.in_flight.spawn(async move {
                let answer = sender.send(&due, clock.now()).await;
                attempt(due, answer, &schedule, &clock)
            });
        }
        Ok(())
    }

    /// Records what has ended. What can't be recorded now is kept.
    async fn record(&mut self) -> Result<(), Error> {
        if self.ended.is_empty() {
            return Ok(());
        }
        let record = RecordAttempts {
            attempts: self.ended.clone(),
            failing_before: self.clock.now().before(self.schedule.max_failing),
        };
        for (endpoint_id, reason) in self.store.write(record).await? {
            tracing::warn!(%endpoint_id, reason = reason.as_str(), "webhook switched off");
        }
        for attempt in self.ended.drain(..) {
            self.lines.remove(&attempt.due.line);
        }
        Ok(())
    }
}

/// What becomes of a message after an attempt.
fn attempt(due: Due, answer: Answer, schedule: &Schedule, clock: &Clock) -> Attempt {
    let Answer { status, error, retry_after, duration } = answer;
    let delay = match error {
        None => None,
        Some(_) => schedule.delay(due.attempts + 1, random(), retry_after),
    };
    let state = match (&error, delay) {
        (None, _) => DeliveryState::Delivered,
        (Some(_), Some(_)) => DeliveryState::Pending,
        (Some(_), None) => DeliveryState::Failed,
    };
    if let Some(error) = &error
        && let Some(suppressed) = FAILURE_LOG.admit(&due.endpoint_id.to_string())
    {
        let endpoint_id = due.endpoint_id;
        tracing::warn!(%endpoint_id, error, suppressed, "a webhook did not take a message");
    }
    let next_at = delay.map(|delay| clock.now().after(delay));
    let duration_ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    Attempt { due, state, next_at, status, error, duration_ms }
}

/// A random number, or the middle of all of them if the machine has none.
fn random() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX / 2)
}
