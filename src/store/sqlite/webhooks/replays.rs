//! Messages are sent again on request: one, or those of a span of time.

use super::deliveries::key;
use super::endpoints;
use super::schedule_next::first_of;
use crate::error::Error;
use crate::model::{EndpointId, Timestamp};
use crate::store::handle::Store;
use crate::store::job::Write;
use crate::store::sqlite::statement_batch::queue;
use crate::store::sqlite::transaction::Transaction;

/// The most messages that one transaction sends again.
const CHUNK_ROWS: i64 = 500;

impl Store {
    /// Sends the messages of a span again that are not waiting anyway: of what happened from `since` on and
    /// before `until`. Returns how many.
    pub async fn replay(
        &self,
        endpoint_id: EndpointId,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<i64, Error> {
        let mut reader = self.database.bulk_readers.acquire().await?;
        let endpoint = endpoints::key(&mut reader, endpoint_id).await?;
        let (mut count, mut after) = (0, 0);
        loop {
            let chunk = sqlx::query!(
                r#"select json_group_array(delivery) as "keys!: String", count(*) as "count!: i64",
                          coalesce(max(delivery), 0) as "last!: i64"
                   from (select delivery from webhook_deliveries
                         where endpoint = ? and delivery > ? and at >= ? and at < ?
                           and state <> 'pending' order by delivery limit ?)"#,
                endpoint,
                after,
                since,
                until,
                CHUNK_ROWS
            )
            .fetch_one(&mut *reader)
            .await?;
            if chunk.count == 0 {
                return Ok(count);
            }
            after = chunk.last;
            count += self.write_chunk(SendAgain { keys: chunk.keys }).await?;
        }
    }
}

/// Puts messages (a JSON list of keys) back to where they have not been sent; how many. Those of a session
/// go out in order.
struct SendAgain {
    keys: String,
}

impl Write for SendAgain {
    type Output = i64;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<i64, Error> {
        let now = transaction.now();
        let rows = sqlx::query!(
            r#"update webhook_deliveries
               set state = 'pending', attempts = 0, next_at = null, not_before = ?1
               where delivery in (select value from json_each(?2)) and state <> 'pending'
               returning endpoint as "endpoint!", session as "session!""#,
            now,
            self.keys
        )
        .fetch_all(transaction.storage.connection().await?)
        .await?;
        let count = rows.len() as i64;
        let lines = rows.into_iter().map(|row| (row.endpoint, row.session));
        first_of(transaction.storage.batch(), now, lines)?;
        Ok(count)
    }
}

/// Sends a message now, whatever has become of it and whatever it waits for.
pub struct RetryDelivery {
    /// The endpoint.
    pub endpoint_id: EndpointId,
    /// The message.
    pub message_id: String,
}

impl Write for RetryDelivery {
    type Output = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let now = transaction.now();
        let connection = transaction.storage.connection().await?;
        let endpoint = endpoints::key(connection, self.endpoint_id).await?;
        let key = key(connection, endpoint, &self.message_id).await?;
        queue!(
            transaction.storage.batch(),
            "update webhook_deliveries
             set state = 'pending', attempts = 0, next_at = ?, not_before = min(not_before, ?)
             where delivery = ?",
            now,
            now,
            key
        )
    }
}
