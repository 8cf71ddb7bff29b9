//! Messages are queued for all endpoints that want them.

use std::time::Duration;

use serde::Serialize;

use super::endpoints::key;
use super::schedule_next::{Line, first_of};
use crate::error::Error;
use crate::model::webhook::MessageType;
use crate::model::{EndpointId, Timestamp};
use crate::store::job::Write;
use crate::store::sqlite::statement_batch::queue;
use crate::store::sqlite::transaction::{Transaction, json};

/// A message, before it is known who wants it.
#[derive(Debug, Clone, Serialize)]
pub struct NewMessage {
    /// The key of the session inside the file.
    pub session: i64,
    /// What the session belongs to.
    pub project_id: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// When it happened.
    pub at: Timestamp,
    /// The JSON that is sent.
    pub body: String,
    /// Of a change of content: the number of its last event, and the revision.
    pub last_seq: i64,
    /// The revision of the content; None for other messages.
    pub revision: Option<i64>,
}

/// Queues messages, and notes up to where of the log there are messages.
pub struct QueueMessages {
    /// In order.
    pub messages: Vec<NewMessage>,
    /// See [`Happenings::entries`](super::happenings::Happenings::entries).
    pub entries: Option<(i64, i64)>,
    /// Messages that are being sent: their bodies do not change any more.
    pub in_flight: Vec<i64>,
    /// The time between two messages about the content of one session.
    pub content_interval: Duration,
}

impl Write for QueueMessages {
    type Output = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let now = transaction.now();
        let after = self.entries.map(|(after, _)| after);
        let messages = json(&self.messages)?;
        let extended = self.extend_content(transaction, &messages).await?;
        let (extended, interval) = (json(&extended)?, modifier(self.content_interval));
        // A session that was created is new to those endpoints that are as old as it.
        let queued = sqlx::query!(
            r#"with message (place, session, project_id, type, at, body) as materialized (
                   select key, value ->> 'session', value ->> 'project_id', value ->> 'type',
                          value ->> 'at', value ->> 'body'
                   from json_each(?3)
               )
               insert into webhook_deliveries
                   (endpoint, session, type, at, created_at, body, not_before)
               select w.endpoint, m.session, m.type, m.at, ?1, m.body,
                      iif(m.type <> 'content.changed', ?1,
                          max(?1, coalesce(
                              (select strftime('%Y-%m-%dT%H:%M:%f000+00:00', last.not_before, ?2)
                               from webhook_deliveries as last
                               where last.endpoint = w.endpoint and last.session = m.session
                                 and last.type = 'content.changed'
                               order by last.delivery desc limit 1), '')))
               from message as m join webhook_endpoints as w
               where iif(m.type = 'session.created', w.created_at <= m.at, w.entry <= ?4)
                 and (w.project_id is null or w.project_id = m.project_id)
                 and (w.types is null or m.type in (select value from json_each(w.types)))
                 and not (m.type = 'content.changed'
                          and (w.endpoint, m.session) in
                              (select value ->> 0, value ->> 1 from json_each(?5)))
               order by m.place
               returning endpoint as "endpoint!", session as "session!""#,
            now,
            interval,
            messages,
            after,
            extended
        )
        .fetch_all(transaction.storage.connection().await?)
        .await?;
        let batch = transaction.storage.batch();
        first_of(batch, now, queued.into_iter().map(|row| (row.endpoint, row.session)))?;
        queue!(
            batch,
            "delete from internal_webhook_created_sessions
             where session in (select value ->> 'session' from json_each(?)
                               where value ->> 'type' = 'session.created')",
            &messages
        )?;
        if let Some((after, last)) = self.entries {
            queue!(batch, "update webhook_endpoints set entry = ? where entry <= ?", last, after)?;
        }
        Ok(())
    }
}

impl QueueMessages {
    /// Lets messages about content that nobody has seen yet speak of what came later as well. Returns of which
    /// endpoints and sessions.
    async fn extend_content(
        &self,
        transaction: &mut Transaction<'_>,
        messages: &str,
    ) -> Result<Vec<Line>, Error> {
        if self.messages.iter().all(|message| message.kind != MessageType::ContentChanged) {
            return Ok(Vec::new());
        }
        let after = self.entries.map(|(after, _)| after);
        let in_flight = json(&self.in_flight)?;
        // The rows are found first: a plan that begins with all that waits would be slower the more that is.
        let rows = sqlx::query!(
            r#"with extension (delivery, at, last_seq, revision) as materialized (
                   select (select max(delivery) from webhook_deliveries as last
                           where last.endpoint = w.endpoint
                             and last.session = m.value ->> 'session'
                             and last.type = 'content.changed'),
                          m.value ->> 'at', m.value ->> 'last_seq', m.value ->> 'revision'
                   from json_each(?1) as m join webhook_endpoints as w
                   where m.value ->> 'type' = 'content.changed' and w.entry <= ?2
                     and (w.project_id is null or w.project_id = m.value ->> 'project_id')
                     and (w.types is null
                          or 'content.changed' in (select value from json_each(w.types)))
               )
               update webhook_deliveries as d
               set body = json_set(body, '$.timestamp', e.at, '$.data.last_seq', e.last_seq,
                                   '$.data.revision', e.revision)
               from extension as e
               where d.delivery = e.delivery
                 and +d.state = 'pending' and d.last_attempt_at is null
                 and d.delivery not in (select value from json_each(?3))
               returning endpoint as "endpoint!: i64", session as "session!: i64""#,
            messages,
            after,
            in_flight
        )
        .fetch_all(transaction.storage.connection().await?)
        .await?;
        Ok(rows.into_iter().map(|row| (row.endpoint, row.session)).collect())
    }
}

/// A span as a modifier of SQLite's date functions.
fn modifier(span: Duration) -> String {
    format!("+{:.3} seconds", span.as_secs_f64())
}

/// Queues a message for one endpoint, of no session, to be sent at once.
pub struct QueueTest {
    /// The endpoint to try.
    pub endpoint_id: EndpointId,
}

impl Write for QueueTest {
    type Output = String;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<String, Error> {
        let now = transaction.now();
        let connection = transaction.storage.connection().await?;
        let key = key(connection, self.endpoint_id).await?;
        let message_id = sqlx::query_scalar!(
            r#"insert into webhook_deliveries
                   (endpoint, session, type, at, created_at, not_before, next_at, body)
               values (?1, 0, 'webhook.test', ?2, ?2, ?2, ?2, json_object(
                   'type', 'webhook.test', 'timestamp', ?2,
                   'data', json_object('endpoint_id', ?3)))
               returning message_id as "message_id!""#,
            key,
            now,
            self.endpoint_id
        )
        .fetch_one(connection)
        .await?;
        Ok(message_id)
    }
}
