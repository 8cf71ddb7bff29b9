//! The rows of `sessions`, one by one.

use std::collections::HashMap;

use sqlx::{SqliteConnection, SqliteExecutor};

use crate::error::Error;
use crate::model::{Session, SessionId, Timestamp};
use crate::store::sqlite::columns::{Object, Unchecked};
use crate::store::sqlite::transaction::json;

/// A session, and whether anybody can undo and redo something in it.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The session with its metadata.
    pub session: Session,
    /// Whether a command can be undone, in the scope of the session.
    pub undo_available: bool,
    /// Whether a command can be redone, in the scope of the session.
    pub redo_available: bool,
}

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

/// The session.
pub async fn find(
    connection: &mut SqliteConnection,
    session_id: SessionId,
) -> Result<Session, Error> {
    match overviews(&mut *connection, &[session_id]).await?.remove(&session_id) {
        Some(overview) => Ok(overview?.session),
        None => Err(missing(connection, session_id).await?),
    }
}

/// Those of the sessions that exist. One whose row can't be read is an error of its own.
pub async fn overviews(
    executor: impl SqliteExecutor<'_>,
    session_ids: &[SessionId],
) -> Result<HashMap<SessionId, Result<Overview, Error>>, Error> {
    let wanted = json(&session_ids)?;
    let rows = sqlx::query!(
        r#"select s.session_id as "session_id: SessionId", s.name, s.project_id,
                  s.created_at as "created_at!: Unchecked<Timestamp>",
                  s.last_activity as "last_activity!: Unchecked<Timestamp>",
                  s.active_clients, s.node_count, s.pinned as "pinned: bool",
                  s.idle_timeout_hours, s.attributes as "attributes!: Unchecked<Object>", s.seq, s.revision,
                  exists(select 1 from history as h
                         where h.session = s.session and h.state = 'applied') as "undo!: bool",
                  exists(select 1 from history as h
                         where h.session = s.session and h.state = 'undone'
                           and h.undo_scope = 'session') as "redo!: bool"
           from json_each(?) as wanted
           join sessions as s on s.session_id = wanted.value"#,
        wanted
    )
    .fetch_all(executor)
    .await?;
    let overviews = rows.into_iter().map(|row| {
        let session_id = row.session_id;
        let overview = || {
            let session = Session {
                session_id,
                name: row.name,
                project_id: row.project_id,
                created_at: readable(session_id, "created_at", row.created_at)?,
                last_activity: readable(session_id, "last_activity", row.last_activity)?,
                active_clients: row.active_clients,
                node_count: row.node_count,
                pinned: row.pinned,
                idle_timeout_hours: row.idle_timeout_hours,
                attributes: readable(session_id, "attributes", row.attributes)?.0,
                seq: row.seq,
                revision: row.revision,
            };
            Ok(Overview { session, undo_available: row.undo, redo_available: row.redo })
        };
        (session_id, overview())
    });
    Ok(overviews.collect())
}

/// A value of the session's row, or the failure that names both.
fn readable<T>(
    session_id: SessionId,
    column: &'static str,
    value: Unchecked<T>,
) -> Result<T, Error> {
    value.0.map_err(|reason| {
        Error::unreadable("sessions", format!("session {session_id}"), column, reason)
    })
}

/// Why a session is not there: it was removed, or never was.
pub async fn missing(
    connection: &mut SqliteConnection,
    session_id: SessionId,
) -> Result<Error, Error> {
    let tombstone = sqlx::query!(
        r#"select removed_at as "removed_at: Timestamp", reason,
                  (select nullif(restorable_until, '') from internal_removed_sessions as r
                   where r.session = t.session) as "restorable_until: Timestamp"
           from tombstones as t where session_id = ?"#,
        session_id
    )
    .fetch_optional(connection)
    .await?;
    Ok(match tombstone {
        Some(row) => Error::SessionRemoved {
            session_id,
            removed_at: row.removed_at,
            reason: row.reason,
            restorable_until: row.restorable_until,
        },
        None => Error::SessionNotFound(session_id),
    })
}
