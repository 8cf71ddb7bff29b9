//! What is measured of webhooks when somebody asks for the metrics.

use crate::error::Error;
use crate::model::Timestamp;
use crate::store::handle::Store;

impl Store {
    /// Counts endpoints and the messages that wait for them, and sets the metrics.
    pub async fn measure_webhooks(&self) -> Result<(), Error> {
        let row = sqlx::query!(
            r#"select count(*) filter (where disabled_at is null and failing_since is null)
                          as "working!: i64",
                      count(*) filter (where disabled_at is null and failing_since is not null)
                          as "failing!: i64",
                      count(*) filter (where disabled_reason <> 'request') as "off!: i64",
                      count(*) filter (where disabled_reason = 'request') as "paused!: i64"
               from webhook_endpoints"#
        )
        .fetch_one(&self.database.readers)
        .await?;
        let waiting = sqlx::query!(
            r#"select count(*) as "pending!: i64", min(created_at) as "oldest: Timestamp"
               from webhook_deliveries
               where state = 'pending' and endpoint in (select endpoint from webhook_endpoints
                                                        where disabled_at is null)"#
        )
        .fetch_one(&self.database.bulk_readers)
        .await?;
        let metrics = &self.metrics.webhooks;
        let counts = [
            ("working", row.working),
            ("failing", row.failing),
            ("off", row.off),
            ("paused", row.paused),
        ];
        for (state, count) in counts {
            metrics.webhook_endpoints.with([state]).set(count);
        }
        metrics.webhook_pending.set(waiting.pending);
        let waited = waiting
            .oldest
            .map_or(0, |oldest| self.clock.now().as_micros().saturating_sub(oldest.as_micros()));
        metrics.webhook_oldest_pending_seconds.set(waited.max(0) / 1_000_000);
        Ok(())
    }
}
