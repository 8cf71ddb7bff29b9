//! Messages are listed, and forgotten when they are old.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::endpoints;
use super::schedule_next::first_of;
use crate::error::Error;
use crate::model::webhook::DeliveryState;
use crate::model::{EndpointId, Timestamp};
use crate::store::handle::Store;
use crate::store::job::Write;
use crate::store::sqlite::transaction::Transaction;

/// The most messages that one transaction removes.
const CHUNK_ROWS: i64 = 500;

/// A message for an endpoint, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// What the receiver knows it by: the header `webhook-id`.
    pub message_id: String,
    /// The type of the message.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened.
    pub timestamp: Timestamp,
    /// What has become of it.
    #[schema(value_type = DeliveryState)]
    pub state: String,
    /// How many attempts there were since it was queued or sent again on request.
    pub attempts: i64,
    /// When the next attempt is; null if there is none, or if the message waits for an earlier one.
    pub next_attempt_at: Option<Timestamp>,
    /// When the last attempt ended; null if there was none.
    pub last_attempt_at: Option<Timestamp>,
    /// The HTTP status of the last attempt; null if there was no response.
    pub last_status: Option<i64>,
    /// What was wrong with the last attempt; null if nothing was.
    pub last_error: Option<String>,
    /// How long the last attempt took, in milliseconds.
    pub last_duration_ms: Option<i64>,
    /// The JSON that is sent.
    #[schema(value_type = Object)]
    pub body: Box<RawValue>,
}

/// A page of an endpoint's messages.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryPage {
    /// The newest first.
    pub deliveries: Vec<Delivery>,
    /// The `before` of the next page; null on the last page.
    pub next_before: Option<String>,
}

impl Store {
    /// At most `limit` messages of an endpoint, all or those in a state, made before the one with the id
    /// `before`.
    pub async fn deliveries(
        &self,
        endpoint_id: EndpointId,
        state: Option<DeliveryState>,
        before: Option<&str>,
        limit: i64,
    ) -> Result<DeliveryPage, Error> {
        let mut reader = self.database.bulk_readers.begin().await?;
        let endpoint = endpoints::key(&mut reader, endpoint_id).await?;
        let before = match before {
            None => i64::MAX,
            Some(message_id) => key(&mut reader, endpoint, message_id).await?,
        };
        let mut deliveries = read(&mut reader, endpoint, state, before, limit + 1).await?;
        let limit = usize::try_from(limit).unwrap_or_default();
        let is_more = deliveries.len() > limit;
        deliveries.truncate(limit);
        let next_before = deliveries.last().map(|last| last.message_id.clone());
        Ok(DeliveryPage { deliveries, next_before: next_before.filter(|_| is_more) })
    }

    /// One message of an endpoint.
    pub async fn delivery(
        &self,
        endpoint_id: EndpointId,
        message_id: &str,
    ) -> Result<Delivery, Error> {
        let mut reader = self.database.readers.begin().await?;
        let endpoint = endpoints::key(&mut reader, endpoint_id).await?;
        let key = key(&mut reader, endpoint, message_id).await?;
        // The newest message up to this one is this one.
        let found = read(&mut reader, endpoint, None, key + 1, 1).await?;
        found.into_iter().next().ok_or_else(|| Error::DeliveryNotFound(message_id.to_owned()))
    }

    /// Removes messages from before `cutoff`, and those of endpoints that were deleted.
    pub async fn prune_deliveries(&self, cutoff: Timestamp) -> Result<(), Error> {
        while self.write_chunk(PruneDeliveries { cutoff }).await? > 0 {}
        Ok(())
    }
}

/// At most `limit` messages of an endpoint, all or those in a state, with keys below `before`: the newest first.
async fn read(
    connection: &mut sqlx::SqliteConnection,
    endpoint: i64,
    state: Option<DeliveryState>,
    before: i64,
    limit: i64,
) -> Result<Vec<Delivery>, Error> {
    let state = state.map(DeliveryState::as_str);
    let rows = sqlx::query!(
        r#"select message_id, type as kind, at as "at: Timestamp", state, attempts,
                  next_at as "next_at: Timestamp",
                  last_attempt_at as "last_attempt_at: Timestamp", last_status, last_error,
                  last_duration_ms, body
           from webhook_deliveries
           where endpoint = ?1 and delivery < ?2 and (?3 is null or state = ?3)
           order by delivery desc limit ?4"#,
        endpoint,
        before,
        state,
        limit
    )
    .fetch_all(connection)
    .await?;
    let mut deliveries = Vec::with_capacity(rows.len());
    for row in rows {
        deliveries.push(Delivery {
            message_id: row.message_id,
            kind: row.kind,
            timestamp: row.at,
            state: row.state,
            attempts: row.attempts,
            next_attempt_at: row.next_at,
            last_attempt_at: row.last_attempt_at,
            last_status: row.last_status,
            last_error: row.last_error,
            last_duration_ms: row.last_duration_ms,
            body: RawValue::from_string(row.body).map_err(|cause| Error::internal(cause.into()))?,
        });
    }
    Ok(deliveries)
}

/// The key of a message inside the file.
pub(super) async fn key(
    connection: &mut sqlx::SqliteConnection,
    endpoint: i64,
    message_id: &str,
) -> Result<i64, Error> {
    let key = sqlx::query_scalar!(
        r#"select delivery as "delivery!" from webhook_deliveries
           where message_id = ? and endpoint = ?"#,
        message_id,
        endpoint
    )
    .fetch_optional(connection)
    .await?;
    key.ok_or_else(|| Error::DeliveryNotFound(message_id.to_owned()))
}

/// Removes some messages that are no longer kept; how many.
struct PruneDeliveries {
    cutoff: Timestamp,
}

impl Write for PruneDeliveries {
    type Output = u64;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<u64, Error> {
        // Endpoints have rows by the thousand, so those that are gone are found by a jump from one to the
        // next.
        let orphan = sqlx::query_scalar!(
            r#"with recursive owner (endpoint) as (
                   select min(endpoint) from webhook_deliveries
                   union all
                   select (select min(endpoint) from webhook_deliveries
                           where endpoint > owner.endpoint)
                   from owner where endpoint is not null
               )
               select endpoint as "endpoint!: i64" from owner
               where endpoint is not null
                 and endpoint not in (select endpoint from webhook_endpoints) limit 1"#
        )
        .fetch_optional(transaction.storage.connection().await?)
        .await?;
        let rows = sqlx::query!(
            r#"delete from webhook_deliveries where delivery in (
                   select delivery from (
                       select delivery from webhook_deliveries where endpoint = ?1 limit ?3)
                   union all
                   select delivery from (
                       select delivery from webhook_deliveries where created_at < ?2
                       order by created_at limit ?3))
               returning endpoint as "endpoint!", session as "session!""#,
            orphan,
            self.cutoff,
            CHUNK_ROWS
        )
        .fetch_all(transaction.storage.connection().await?)
        .await?;
        let removed = rows.len() as u64;
        let lines = rows.into_iter().map(|row| (row.endpoint, row.session));
        let now = transaction.now();
        first_of(transaction.storage.batch(), now, lines)?;
        Ok(removed)
    }
}
