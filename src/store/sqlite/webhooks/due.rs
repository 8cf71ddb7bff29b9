//! Which messages are to be sent now, and what comes of it.

use super::endpoints::disable;
use super::schedule_next::first_of;
use crate::error::Error;
use crate::model::webhook::{DeliveryState, DisabledReason, Secret};
use crate::model::{EndpointId, Timestamp};
use crate::store::handle::Store;
use crate::store::job::Write;
use crate::store::sqlite::columns::Unchecked;
use crate::store::sqlite::statement_batch::queue;
use crate::store::sqlite::transaction::Transaction;

/// A message that is due.
#[derive(Debug, Clone)]
pub struct Due {
    /// Its key inside the file.
    pub delivery: i64,
    /// The keys of its endpoint and its session: of these one message is sent at a time.
    pub line: (i64, i64),
    /// What the receiver knows it by.
    pub message_id: String,
    /// Which endpoint it is for.
    pub endpoint_id: EndpointId,
    /// Where it is sent.
    pub url: String,
    /// What signs it: the secret, and for a while the one before. One that a person has made unreadable is
    /// left out.
    pub secrets: Vec<Secret>,
    /// The JSON that is sent.
    pub body: String,
    /// How many attempts there were.
    pub attempts: i64,
    /// Whether the last attempt for this endpoint has failed.
    pub is_failing: bool,
}

/// What an attempt came to.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The message.
    pub due: Due,
    /// What becomes of it.
    pub state: DeliveryState,
    /// When the next attempt is; None if there is none.
    pub next_at: Option<Timestamp>,
    /// The HTTP status; None if there was no response.
    pub status: Option<u16>,
    /// What was wrong; None if nothing was.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: i64,
}

/// The HTTP status by which a receiver says that it wants no more messages.
const GONE: u16 = 410;

impl Store {
    /// Messages that are due, at most `limit` of each endpoint, the oldest first.
    pub async fn due_messages(&self, now: Timestamp, limit: i64) -> Result<Vec<Due>, Error> {
        let rows = sqlx::query!(
            r#"select d.delivery as "delivery!", d.message_id, d.session, d.body, d.attempts,
                      w.endpoint as "endpoint!", w.endpoint_id as "endpoint_id: EndpointId", w.url,
                      w.secret as "secret: Unchecked<Secret>",
                      iif(w.previous_until > ?1, w.previous_secret, null)
                          as "previous: Unchecked<Secret>",
                      w.failing_since is not null as "is_failing!: bool"
               from webhook_endpoints as w
               join webhook_deliveries as d on d.delivery in (
                   select next.delivery from webhook_deliveries as next
                   where next.endpoint = w.endpoint and next.next_at <= ?1
                   order by next.next_at, next.delivery limit ?2)
               where w.disabled_at is null
               order by d.next_at, d.delivery"#,
            now,
            limit
        )
        .fetch_all(&self.database.bulk_readers)
        .await?;
        let due = rows.into_iter().map(|row| Due {
            delivery: row.delivery,
            line: (row.endpoint, row.session),
            message_id: row.message_id,
            endpoint_id: row.endpoint_id,
            url: row.url,
            secrets: [Some(row.secret), row.previous]
                .into_iter()
                .filter_map(|secret| secret?.0.ok())
                .collect(),
            body: row.body,
            attempts: row.attempts,
            is_failing: row.is_failing,
        });
        Ok(due.collect())
    }

    /// When the next message is due that is not yet.
    pub async fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let next = sqlx::query_scalar!(
            r#"select min((select min(next_at) from webhook_deliveries as d
                           where d.endpoint = w.endpoint and d.next_at > ?))
                   as "next: Timestamp"
               from webhook_endpoints as w where w.disabled_at is null"#,
            now
        )
        .fetch_one(&self.database.readers)
        .await?;
        Ok(next)
    }

    /// Whether there is any endpoint.
    pub async fn has_endpoints(&self) -> Result<bool, Error> {
        let any = sqlx::query_scalar!(
            r#"select exists (select 1 from webhook_endpoints) as "any!: bool""#
        )
        .fetch_one(&self.database.readers)
        .await?;
        Ok(any)
    }
}

/// Records what attempts came to. Returns the endpoints that are switched off because of that.
pub struct RecordAttempts {
    /// The attempts, in the order in which they ended.
    pub attempts: Vec<Attempt>,
    /// An endpoint that has failed since before this is switched off.
    pub failing_before: Timestamp,
}

impl Write for RecordAttempts {
    type Output = Vec<(EndpointId, DisabledReason)>;

    async fn apply(
        &self,
        transaction: &mut Transaction<'_>,
    ) -> Result<Vec<(EndpointId, DisabledReason)>, Error> {
        let now = transaction.now();
        let mut switched_off = Vec::new();
        for attempt in &self.attempts {
            let (endpoint, _) = attempt.due.line;
            let status = attempt.status.map(i64::from);
            let batch = transaction.storage.batch();
            queue!(
                batch,
                "update webhook_deliveries
                 set state = ?, next_at = ?, attempts = attempts + 1, last_attempt_at = ?,
                     last_status = ?, last_error = ?, last_duration_ms = ?
                 where delivery = ?",
                attempt.state.as_str(),
                attempt.next_at,
                now,
                status,
                attempt.error.as_deref(),
                attempt.duration_ms,
                attempt.due.delivery
            )?;
            if attempt.state == DeliveryState::Delivered {
                queue!(
                    batch,
                    "update webhook_endpoints set failing_since = null
                     where endpoint = ? and failing_since is not null",
                    endpoint
                )?;
                continue;
            }
            queue!(
                batch,
                "update webhook_endpoints set failing_since = ?
                 where endpoint = ? and failing_since is null",
                now,
                endpoint
            )?;
            let is_gone = attempt.status == Some(GONE);
            let connection = transaction.storage.connection().await?;
            let is_over = sqlx::query_scalar!(
                r#"select endpoint as "endpoint!" from webhook_endpoints
                   where endpoint = ?1 and disabled_at is null and (?2 or failing_since < ?3)"#,
                endpoint,
                is_gone,
                self.failing_before
            )
            .fetch_optional(&mut *connection)
            .await?;
            if is_over.is_some() {
                let reason = if is_gone { DisabledReason::Gone } else { DisabledReason::Failing };
                disable(connection, endpoint, reason, now).await?;
                switched_off.push((attempt.due.endpoint_id, reason));
            }
        }
        let lines = self.attempts.iter().map(|attempt| attempt.due.line);
        first_of(transaction.storage.batch(), now, lines)?;
        Ok(switched_off)
    }
}
