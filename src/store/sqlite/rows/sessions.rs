//! The rows of `sessions`, one by one.

use sqlx::SqliteConnection;

use crate::error::Error;
use crate::model::{Session, SessionId, Timestamp};
use crate::store::sqlite::columns::Object;

/// The session's key inside the file.
pub async fn key(connection: &mut SqliteConnection, session_id: SessionId) -> Result<i64, Error> {
    let key = sqlx::query_scalar!(
        r#"select session as "session!" from sessions where session_id = ?"#,
        session_id
    )
    .fetch_optional(&mut *connection)
    .await?;
    match key {
        Some(key) => Ok(key),
        None => Err(missing(connection, session_id).await?),
    }
}

pub async fn find(
    connection: &mut SqliteConnection,
    session_id: SessionId,
) -> Result<Session, Error> {
    let session = sqlx::query_as!(
        Session,
        r#"select session_id as "session_id: SessionId", name, project_id,
                  created_at as "created_at: Timestamp",
                  last_activity as "last_activity: Timestamp",
                  active_clients, node_count, pinned as "pinned: bool", idle_timeout_hours,
                  attributes as "attributes: Object", seq, revision
           from sessions where session_id = ?"#,
        session_id
    )
    .fetch_optional(&mut *connection)
    .await?;
    match session {
        Some(session) => Ok(session),
        None => Err(missing(connection, session_id).await?),
    }
}

/// Why a session is not there: it was removed, or never was.
pub async fn missing(
    connection: &mut SqliteConnection,
    session_id: SessionId,
) -> Result<Error, Error> {
    let tombstone = sqlx::query!(
        r#"select removed_at as "removed_at: Timestamp", reason
           from tombstones where session_id = ?"#,
        session_id
    )
    .fetch_optional(connection)
    .await?;
    Ok(match tombstone {
        Some(row) => {
            Error::SessionRemoved { session_id, removed_at: row.removed_at, reason: row.reason }
        }
        None => Error::SessionNotFound(session_id),
    })
}
