//! A removed session comes back: with its content and history, and with its events numbered on.

use super::limit::too_many_sessions;
use crate::error::Error;
use crate::model::{EventKind, Session, SessionId};
use crate::store::handle::Store;
use crate::store::job::Write;
use crate::store::sqlite::rows::sessions::find;
use crate::store::sqlite::transaction::Transaction;

impl Store {
    /// Restores a session that was removed and can still be restored.
    pub async fn restore_session(&self, session_id: SessionId) -> Result<Session, Error> {
        // A batch is answered after it was published, so after this the removal is published too. In one
        // batch with it, the restore would let the hub end a session that exists.
        self.write(AwaitRemoval(session_id)).await?;
        self.write(RestoreSession(session_id)).await
    }
}

/// Fails unless the session is removed and can be restored.
async fn check_restorable(
    transaction: &mut Transaction<'_>,
    session_id: SessionId,
) -> Result<(), Error> {
    match transaction.head(session_id).await {
        Ok(_) => Err(Error::SessionExists {
            message: format!("Session {session_id} exists, so there is nothing to restore."),
            session_id,
        }),
        Err(Error::SessionRemoved { removed_at, reason, restorable_until, .. }) => {
            let now = transaction.now();
            let restorable_until = restorable_until.filter(|until| *until > now);
            if restorable_until.is_some() {
                return Ok(());
            }
            Err(Error::SessionRemoved { session_id, removed_at, reason, restorable_until })
        }
        Err(other) => Err(other),
    }
}

struct AwaitRemoval(SessionId);

impl Write for AwaitRemoval {
    type Output = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        check_restorable(transaction, self.0).await
    }
}

struct RestoreSession(SessionId);

impl Write for RestoreSession {
    type Output = Session;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Session, Error> {
        let Self(session_id) = *self;
        check_restorable(transaction, session_id).await?;
        let now = transaction.now();
        let limit = transaction.limits().sessions.sessions;
        let most = limit as i64;
        let restored = sqlx::query!(
            "insert into sessions
                 (session, session_id, project_id, name, created_at, last_activity, last_command_at,
                  time_floor, pinned, idle_timeout_hours, seq, revision, generation, node_count,
                  root_count, steps, history_bytes, attributes)
             select r.session, t.session_id, r.project_id, r.name, r.created_at,
                    max(r.last_activity, ?2), r.last_command_at, r.time_floor, r.pinned,
                    r.idle_timeout_hours, r.seq, r.revision, r.generation, r.node_count,
                    r.root_count, r.steps, r.history_bytes, r.attributes
             from tombstones as t
             join internal_removed_sessions as r on r.session = t.session
             join internal_session_total
             where t.session_id = ?1 and internal_session_total.sessions < ?3",
            session_id,
            now,
            most
        );
        if transaction.storage.execute(restored).await? == 0 {
            return Err(too_many_sessions(limit));
        }
        let removed = sqlx::query!(
            "delete from internal_removed_sessions
             where session = (select session from tombstones where session_id = ?)",
            session_id
        );
        transaction.storage.execute(removed).await?;
        let tombstone = sqlx::query!("delete from tombstones where session_id = ?", session_id);
        transaction.storage.execute(tombstone).await?;
        transaction.load([session_id]).await?;
        transaction.record(session_id, &EventKind::SessionRestored {})?;
        // Those who follow all sessions were notified that it is gone.
        transaction.record_created(session_id);
        transaction.flush_events()?;
        find(transaction.storage.connection().await?, session_id).await
    }
}
