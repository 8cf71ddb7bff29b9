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
use crate::model::SessionId;
use crate::store::sqlite::rows::sessions::{self, Overview};
use crate::supervisor::Supervisor;

/// Lookups that may wait; more callers wait for a place.
const LOOKUP_QUEUE: usize = 4096;
/// The most lookups that one statement serves.
const MAX_BATCH: usize = 512;
/// How often all others that are ready to run have their turn before a statement is sent: those who
/// are about to ask then go along. Each statement takes two changes of thread.
const YIELDS_BEFORE_BATCH: u32 = 2;

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
        let session_ids: Vec<SessionId> = callers.keys().copied().collect();
        let read = sessions::overviews(&readers, &session_ids).await;
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

async fn missing(readers: &SqlitePool, session_id: SessionId) -> Error {
    let reason = async {
        let mut reader = readers.acquire().await?;
        sessions::missing(&mut reader, session_id).await
    };
    reason.await.unwrap_or_else(|failure| failure)
}
