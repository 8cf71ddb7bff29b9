//! Endpoints are created, listed, changed and removed.

use std::time::Duration;

use sqlx::SqliteConnection;

use super::schedule_next;
use crate::error::Error;
use crate::model::webhook::{
    DisabledReason, Endpoint, EndpointPatch, MessageType, NewEndpoint, Secret,
};
use crate::model::{EndpointId, Timestamp};
use crate::store::handle::Store;
use crate::store::job::Write;
use crate::store::sqlite::transaction::{Transaction, json, read_json};

/// The maximum number of endpoints. Each is looked at for every message.
const MAX_ENDPOINTS: i64 = 100;
/// How long the secret before a rotation signs as well.
const ROTATION: Duration = Duration::from_secs(24 * 60 * 60);

/// An endpoint with its secret, which nothing else returns.
#[derive(Debug)]
pub struct NewSecret {
    /// The endpoint as it is now.
    pub endpoint: Endpoint,
    /// The secret that was just made.
    pub secret: Secret,
}

/// The key of an endpoint inside the file.
pub async fn key(connection: &mut SqliteConnection, endpoint_id: EndpointId) -> Result<i64, Error> {
    let key = sqlx::query_scalar!(
        r#"select endpoint as "endpoint!" from webhook_endpoints where endpoint_id = ?"#,
        endpoint_id
    )
    .fetch_optional(connection)
    .await?;
    key.ok_or(Error::EndpointNotFound(endpoint_id))
}

/// All endpoints, or only the one with this key, in the order of their creation.
async fn read(
    connection: &mut SqliteConnection,
    only: Option<i64>,
) -> Result<Vec<Endpoint>, Error> {
    let rows = sqlx::query!(
        r#"select endpoint_id as "endpoint_id: EndpointId", url, types, project_id,
                  created_at as "created_at: Timestamp", disabled_at as "disabled_at: Timestamp",
                  disabled_reason, failing_since as "failing_since: Timestamp",
                  (select count(*) from (select 1 from webhook_deliveries as d
                                         where d.endpoint = w.endpoint and d.state = 'pending'
                                         limit 10000)) as "pending!: i64"
           from webhook_endpoints as w where ?1 is null or endpoint = ?1 order by endpoint"#,
        only
    )
    .fetch_all(connection)
    .await?;
    let endpoints = rows.into_iter().map(|row| {
        let reason = row.disabled_reason.map(|reason| read_json(&format!("\"{reason}\"")));
        Ok(Endpoint {
            endpoint_id: row.endpoint_id,
            url: row.url,
            types: row.types.as_deref().map(read_json).transpose()?,
            project_id: row.project_id,
            enabled: row.disabled_at.is_none(),
            created_at: row.created_at,
            disabled_at: row.disabled_at,
            disabled_reason: reason.transpose()?,
            failing_since: row.failing_since,
            pending: row.pending,
        })
    });
    endpoints.collect()
}

async fn find(connection: &mut SqliteConnection, key: i64) -> Result<Endpoint, Error> {
    let mut found = read(connection, Some(key)).await?;
    found.pop().ok_or_else(|| Error::internal(anyhow::anyhow!("endpoint {key} is gone")))
}

impl Store {
    /// All endpoints, in the order of their creation.
    pub async fn endpoints(&self) -> Result<Vec<Endpoint>, Error> {
        let mut reader = self.database.readers.acquire().await?;
        read(&mut reader, None).await
    }

    /// One endpoint.
    pub async fn endpoint(&self, endpoint_id: EndpointId) -> Result<Endpoint, Error> {
        let mut reader = self.database.readers.begin().await?;
        let key = key(&mut reader, endpoint_id).await?;
        find(&mut reader, key).await
    }
}

/// Types as they are stored.
fn types_json(types: Option<&[MessageType]>) -> Result<Option<String>, Error> {
    types.map(|types| json(&types)).transpose()
}

fn new_secret() -> Result<Secret, Error> {
    Secret::random().map_err(|cause| Error::internal(anyhow::Error::new(cause)))
}

/// Creates an endpoint. It gets messages of what happens from its commit on.
pub struct CreateEndpoint(pub NewEndpoint);

impl Write for CreateEndpoint {
    type Output = NewSecret;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<NewSecret, Error> {
        let new = &self.0;
        new.check().map_err(Error::InvalidRequest)?;
        let (secret, now) = (new_secret()?, transaction.now());
        let (endpoint_id, text) = (EndpointId::new(), secret.to_string());
        let types = types_json(new.types.as_deref())?;
        // What this transaction has already recorded is before the endpoint.
        transaction.flush_events()?;
        let connection = transaction.storage.connection().await?;
        let key = sqlx::query_scalar!(
            r#"insert into webhook_endpoints
                   (endpoint_id, url, types, project_id, secret, created_at, entry)
               select ?1, ?2, ?3, ?4, ?5, ?6, coalesce((select max(entry) from internal_event_log), 0)
               where (select count(*) from webhook_endpoints) < ?7
               returning endpoint as "endpoint!""#,
            endpoint_id,
            new.url,
            types,
            new.project_id,
            text,
            now,
            MAX_ENDPOINTS
        )
        .fetch_optional(&mut *connection)
        .await?;
        let Some(key) = key else {
            return Err(Error::InvalidCommand(format!(
                "There may be at most {MAX_ENDPOINTS} endpoints, and there are. Delete some."
            )));
        };
        Ok(NewSecret { endpoint: find(connection, key).await?, secret })
    }
}

/// Changes an endpoint.
pub struct PatchEndpoint {
    /// The endpoint to change.
    pub endpoint_id: EndpointId,
    /// The fields to change.
    pub patch: EndpointPatch,
}

impl Write for PatchEndpoint {
    type Output = Endpoint;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Endpoint, Error> {
        let patch = &self.patch;
        patch.check().map_err(Error::InvalidRequest)?;
        let now = transaction.now();
        let connection = transaction.storage.connection().await?;
        let key = key(connection, self.endpoint_id).await?;
        let has_types = patch.types.is_some();
        let types = types_json(patch.types.as_ref().and_then(Option::as_deref))?;
        let has_project = patch.project_id.is_some();
        let project_id = patch.project_id.as_ref().and_then(Option::as_deref);
        sqlx::query!(
            "update webhook_endpoints
             set url = coalesce(?1, url), types = iif(?2, ?3, types),
                 project_id = iif(?4, ?5, project_id)
             where endpoint = ?6",
            patch.url,
            has_types,
            types,
            has_project,
            project_id,
            key
        )
        .execute(&mut *connection)
        .await?;
        match patch.enabled {
            Some(true) => schedule_next::enable(connection, key, now).await?,
            Some(false) => disable(connection, key, DisabledReason::Request, now).await?,
            None => {}
        }
        find(connection, key).await
    }
}

/// Switches an endpoint off, unless it is.
pub async fn disable(
    connection: &mut SqliteConnection,
    key: i64,
    reason: DisabledReason,
    now: Timestamp,
) -> Result<(), Error> {
    let reason = reason.as_str();
    sqlx::query!(
        "update webhook_endpoints set disabled_at = ?, disabled_reason = ?
         where endpoint = ? and disabled_at is null",
        now,
        reason,
        key
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives an endpoint another secret. The one before signs as well for a day.
pub struct RotateSecret(pub EndpointId);

impl Write for RotateSecret {
    type Output = NewSecret;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<NewSecret, Error> {
        let secret = new_secret()?;
        let (text, until) = (secret.to_string(), transaction.now().after(ROTATION));
        let connection = transaction.storage.connection().await?;
        let key = key(connection, self.0).await?;
        sqlx::query!(
            "update webhook_endpoints
             set previous_secret = secret, previous_until = ?, secret = ? where endpoint = ?",
            until,
            text,
            key
        )
        .execute(&mut *connection)
        .await?;
        Ok(NewSecret { endpoint: find(connection, key).await?, secret })
    }
}

/// Deletes an endpoint. Its messages are removed in the background.
pub struct DeleteEndpoint(pub EndpointId);

impl Write for DeleteEndpoint {
    type Output = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let connection = transaction.storage.connection().await?;
        let key = key(connection, self.0).await?;
        sqlx::query!("delete from webhook_endpoints where endpoint = ?", key)
            .execute(connection)
            .await?;
        Ok(())
    }
}
