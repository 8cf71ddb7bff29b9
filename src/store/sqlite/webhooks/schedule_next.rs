//! Of each session the first message that is pending has a time; those behind it wait for it.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;

use crate::error::Error;
use crate::model::Timestamp;
use crate::store::sqlite::statement_batch::{StatementBatch, queue};
use crate::store::sqlite::transaction::json;

/// An endpoint and a session, by their keys.
pub type Line = (i64, i64);

/// Gives the first pending message of each of these a time, if none has one. A line may come several times.
pub fn first_of(
    batch: &mut StatementBatch,
    now: Timestamp,
    lines: impl IntoIterator<Item = Line>,
) -> Result<(), Error> {
    let lines: BTreeSet<Line> = lines.into_iter().collect();
    if lines.is_empty() {
        return Ok(());
    }
    queue!(
        batch,
        "update webhook_deliveries set next_at = max(not_before, ?)
         where delivery in (
             select (select min(delivery) from webhook_deliveries as d
                     where d.endpoint = line.value ->> 0 and d.session = line.value ->> 1
                       and d.state = 'pending')
             from json_each(?) as line
             where not exists (select 1 from webhook_deliveries as d
                               where d.endpoint = line.value ->> 0
                                 and d.session = line.value ->> 1 and d.next_at is not null))",
        now,
        &json(&lines)?
    )
}

/// Switches an endpoint on. What waits for another attempt is sent now.
pub async fn enable(
    connection: &mut SqliteConnection,
    endpoint: i64,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "update webhook_endpoints
         set disabled_at = null, disabled_reason = null, failing_since = null where endpoint = ?",
        endpoint
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "update webhook_deliveries set next_at = ?1
         where endpoint = ?2 and next_at > ?1 and attempts > 0",
        now,
        endpoint
    )
    .execute(connection)
    .await?;
    Ok(())
}
