//! The life of a session: it is created, changed, kept alive, removed.

mod limit;
mod restore;

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use limit::too_many_sessions;

use super::rows::clients;
use super::rows::sessions::find;
use super::rows::tombstones::{Tombstone, insert_tombstones};
use super::transaction::{Transaction, json};
use crate::engine::commands;
use crate::engine::head::Head;
use crate::engine::request::{Action, ContentRequest, History, WalkLimit};
use crate::error::Error;
use crate::metrics::Occurrence;
use crate::model::event::RemovalReason;
use crate::model::graph::build_forest;
use crate::model::limits::check_node_count;
use crate::model::patch::SessionChanges;
use crate::model::{
    ContentLimits, EventKind, NewSession, Node, Precondition, Session, SessionId, SessionPatch,
    Timestamp,
};
use crate::store::job::Write;

/// Makes a session, under the caller's id or a new one, with the content that it starts from.
#[derive(Default)]
pub struct CreateSession {
    session: NewSession,
    /// Each with all below it, in order.
    roots: Arc<[Vec<Node>]>,
}

impl CreateSession {
    /// Fails if the nodes break a limit, or are no forest.
    pub fn new(mut session: NewSession, limits: &ContentLimits) -> Result<Self, Error> {
        let nodes = std::mem::take(&mut session.nodes);
        let (count, most) = (nodes.len() as i64, limits.staging_threshold);
        check_node_count(count, limits)?;
        if count > most {
            return Err(Error::LimitReached {
                message: format!(
                    "nodes: {count} nodes, but a session is created with at most {most}. Create it without \
                     them, then PUT them to its graph with \"history\": \"restart\"."
                ),
                limit: usize::try_from(most).unwrap_or_default(),
                setting: "--staging-threshold",
            });
        }
        Ok(Self { session, roots: build_forest(nodes, limits)?.into() })
    }

    /// Puts the nodes into the new session. They were checked, so a refusal is a mistake of the server's.
    async fn fill(
        &self,
        transaction: &mut Transaction<'_>,
        session_id: SessionId,
    ) -> Result<(), Error> {
        if self.roots.is_empty() {
            return Ok(());
        }
        transaction.load([session_id]).await?;
        let action = Action::Replace(self.roots.clone(), History::Restart);
        let request = ContentRequest::new(session_id, None, action, None, None, 0);
        let request = ContentRequest { walk: WalkLimit::Unlimited, ..request };
        for outcome in commands::apply(transaction, &[request]).await? {
            outcome.map_err(|refusal| Error::internal(refusal.into()))?;
        }
        transaction.flush_events()
    }
}

impl Write for CreateSession {
    type Output = Session;

    fn size(&self) -> usize {
        self.session.size()
    }

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Session, Error> {
        let new = &self.session;
        new.check().map_err(Error::InvalidRequest)?;
        let session_id = new.session_id.unwrap_or_else(SessionId::new);
        if new.session_id.is_some() {
            refuse_taken(transaction, session_id).await?;
        }
        let now = transaction.now();
        let attributes = json(&new.attributes)?;
        let timeout = new.idle_timeout_hours.map(|hours| hours.get());
        let most = transaction.limits().sessions.sessions;
        let limit = most as i64;
        let made = sqlx::query!(
            "insert into sessions (session_id, project_id, name, created_at, last_activity,
                                   pinned, idle_timeout_hours, attributes)
             select ?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7 from internal_session_total where sessions < ?8",
            session_id,
            new.project_id,
            new.name,
            now,
            new.pinned,
            timeout,
            attributes,
            limit
        );
        if transaction.storage.execute(made).await? == 0 {
            return Err(too_many_sessions(most));
        }
        transaction.record_created(session_id);
        self.fill(transaction, session_id).await?;
        transaction.count(Occurrence::Created);
        find(transaction.storage.connection().await?, session_id).await
    }
}

async fn refuse_taken(
    transaction: &mut Transaction<'_>,
    session_id: SessionId,
) -> Result<(), Error> {
    let message = match transaction.head(session_id).await {
        Err(Error::SessionNotFound(_)) => return Ok(()),
        Err(Error::SessionRemoved { removed_at, restorable_until: Some(_), .. }) => format!(
            "Session {session_id} was removed at {removed_at}. Restore it, or choose another id."
        ),
        Err(Error::SessionRemoved { removed_at, .. }) => format!(
            "Session {session_id} existed and was removed at {removed_at}. Choose another id."
        ),
        Err(other) => return Err(other),
        Ok(_) => format!("Session {session_id} exists. Use it, or choose another id."),
    };
    Err(Error::SessionExists { message, session_id })
}

/// Changes a session's metadata.
pub struct PatchSession {
    /// The session to change.
    pub session_id: SessionId,
    /// The fields to change.
    pub patch: SessionPatch,
}

impl Write for PatchSession {
    type Output = Session;

    fn size(&self) -> usize {
        self.patch.size()
    }

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Session, Error> {
        let head = transaction.head(self.session_id).await?;
        let mut session = find(transaction.storage.connection().await?, self.session_id).await?;
        let changes = self.patch.apply(&mut session).map_err(Error::InvalidRequest)?;
        if changes == SessionChanges::default() {
            touch(transaction, self.session_id, head.key).await?;
        } else {
            let attributes = json(&session.attributes)?;
            sqlx::query!(
                "update sessions set name = ?, project_id = ?, attributes = ?,
                                     idle_timeout_hours = ?, pinned = ?
                 where session = ?",
                session.name,
                session.project_id,
                attributes,
                session.idle_timeout_hours,
                session.pinned,
                head.key
            )
            .execute(transaction.storage.connection().await?)
            .await?;
            transaction.record(self.session_id, &EventKind::SessionUpdated { changes })?;
            transaction.flush_events()?;
        }
        find(transaction.storage.connection().await?, self.session_id).await
    }
}

/// Changes nothing: its answer shows that the writer works.
pub struct NoChange;

impl Write for NoChange {
    type Output = ();

    async fn apply(&self, _: &mut Transaction<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// Keeps a session alive.
pub struct TouchSession(pub SessionId);

/// When a session was last active.
#[derive(Debug, Serialize, ToSchema)]
pub struct Touched {
    /// Which session was kept alive.
    pub session_id: SessionId,
    /// When it was last active: now, or later if a wrong clock had dated it so.
    pub last_activity: Timestamp,
}

impl Write for TouchSession {
    type Output = Touched;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Touched, Error> {
        let head = transaction.head(self.0).await?;
        let last_activity = touch(transaction, self.0, head.key).await?;
        Ok(Touched { session_id: self.0, last_activity })
    }
}

async fn touch(
    transaction: &mut Transaction<'_>,
    session_id: SessionId,
    key: i64,
) -> Result<Timestamp, Error> {
    let now = transaction.now();
    let row = sqlx::query!(
        r#"update sessions set last_activity = max(last_activity, ?) where session = ?
           returning last_activity as "last_activity: Timestamp""#,
        now,
        key
    )
    .fetch_one(transaction.storage.connection().await?)
    .await?;
    if let Some(head) = transaction.known_head_mut(session_id) {
        head.time = head.time.max(now);
    }
    Ok(row.last_activity)
}

/// Removes a session because somebody asked for it, clients or not.
pub struct RemoveSession {
    /// The session to remove.
    pub session_id: SessionId,
    /// What the revision of its content must be.
    pub precondition: Option<Precondition>,
}

impl Write for RemoveSession {
    type Output = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let head = transaction.head(self.session_id).await?;
        if let Some(precondition) = &self.precondition {
            precondition.check(head.revision)?;
        }
        if head.active_clients > 0 {
            let connection = transaction.storage.connection().await?;
            for client_id in clients::ids(connection, head.key).await? {
                transaction.cache.remove_member(&client_id, self.session_id);
            }
        }
        sqlx::query!("delete from sessions where session = ?", head.key)
            .execute(transaction.storage.connection().await?)
            .await?;
        let Head { key, seq, time, .. } = head;
        let tombstone = Tombstone { session_id: self.session_id, key, seq, time };
        insert_tombstones(transaction, &[tombstone], RemovalReason::Deleted)
    }
}
