//! Reading single sessions: those that wait are read together, in one statement.
//!
//! A statement costs the same whether it reads one session or a hundred, so many callers cost
//! little more than one. Nobody waits for company that may not come: what has come while the last
//! statement ran, and what others are about to ask, is the next one.

use std::collections::HashMap;

use sqlx::SqlitePool;
use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;

use crate::error::Error;
use crate::model::{Session, SessionId, Timestamp};
use crate::store::sqlite::columns::{Object, Unchecked};
use crate::store::sqlite::rows::sessions;
use crate::store::sqlite::transaction::json;
use crate::supervisor::Supervisor;

/// Lookups that may wait; more callers wait for a place.
const LOOKUP_QUEUE: usize = 4096;
/// The most lookups that one statement serves.
const MAX_BATCH: usize = 512;
/// How often all others that are ready to run have their turn before a statement is sent: those who
/// are about to ask then go along. Each statement takes two changes of thread.
const YIELDS_BEFORE_BATCH: u32 = 2;

/// A session, and whether anybody can undo and redo something in it.
#[derive(Debug, Clone)]
pub struct Overview {
    pub session: Session,
    pub undo_available: bool,
    pub redo_available: bool,
}

/// Where an answer goes.
type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// Where lookups go.
pub(in crate::store) type Lookups = mpsc::Sender<(SessionId, Reply<Overview>)>;

/// Starts to serve lookups; it ends when nobody can send any.
pub(in crate::store) fn start(readers: SqlitePool, supervisor: &Supervisor) -> Lookups {
    let (lookups, queue) = mpsc::channel(LOOKUP_QUEUE);
    tokio::spawn(supervisor.watch("lookup", serve(readers, queue)));
    lookups
}

async fn serve(readers: SqlitePool, mut queue: mpsc::Receiver<(SessionId, Reply<Overview>)>) {
    let mut waiting = Vec::with_capacity(MAX_BATCH);
    while let Some(first) = queue.recv().await {
        for _ in 0..YIELDS_BEFORE_BATCH {
            yield_now().await;
        }
        waiting.push(first);
        while waiting.len() < MAX_BATCH
            && let Ok(next) = queue.try_recv()
        {
            waiting.push(next);
        }
        let mut callers: HashMap<SessionId, Vec<Reply<Overview>>> = HashMap::new();
        for (session_id, reply) in waiting.drain(..) {
            callers.entry(session_id).or_default().push(reply);
        }
        let read = read(&readers, callers.keys()).await;
        let mut found = match read {
            Ok(found) => found,
            Err(failure) => {
                for reply in callers.into_values().flatten() {
                    let _ = reply.send(Err(failure.clone()));
                }
                continue;
            }
        };
        for (session_id, replies) in callers {
            let outcome = match found.remove(&session_id) {
                Some(overview) => overview,
                None => Err(missing(&readers, session_id).await),
            };
            for reply in replies {
                // Who has gone needs no answer.
                let _ = reply.send(outcome.clone());
            }
        }
    }
}

/// What of these sessions there is; one whose row can't be read fails alone.
async fn read(
    readers: &SqlitePool,
    session_ids: impl Iterator<Item = &SessionId>,
) -> Result<HashMap<SessionId, Result<Overview, Error>>, Error> {
    let wanted = json(&session_ids.collect::<Vec<_>>())?;
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
    .fetch_all(readers)
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

async fn missing(readers: &SqlitePool, session_id: SessionId) -> Error {
    let reason = async {
        let mut reader = readers.acquire().await?;
        sessions::missing(&mut reader, session_id).await
    };
    reason.await.unwrap_or_else(|failure| failure)
}
