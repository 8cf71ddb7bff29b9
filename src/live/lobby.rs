//! Notifies those who follow all sessions of what has changed, and of how much the server has to do.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::hub::{Load, Message, SessionChanges};
use crate::model::SessionId;
use crate::state::AppState;

/// The time between two looks at what has changed. A session that changes more often is published once.
const INTERVAL: Duration = Duration::from_millis(250);
/// The time between two figures of how much the server has to do.
const LOAD_INTERVAL: Duration = Duration::from_secs(2);
/// The most sessions that are read at once: with all that one can have, they are 8 MiB.
const MAX_SESSIONS_PER_READ: usize = 100;

/// Notifies all watchers, for as long as the server runs.
pub async fn run(state: Arc<AppState>) -> Infallible {
    let (never, _) = tokio::join!(publish_changes(&state), publish_load(&state));
    never
}

async fn publish_load(state: &AppState) -> Infallible {
    loop {
        sleep(LOAD_INTERVAL).await;
        state.hub.lobby().publish_load(|| load(state));
    }
}

fn load(state: &AppState) -> Load {
    let metrics = &state.metrics;
    let (commits, duration) = metrics.writer.commit_duration_seconds.totals();
    Load {
        clients: metrics.live.clients.sum(),
        commands: metrics.sessions.commands_total.sum(),
        commits,
        commit_seconds: duration.as_secs_f64(),
        waiting_jobs: state.store.waiting_jobs(),
    }
}

async fn publish_changes(state: &AppState) -> Infallible {
    loop {
        let changes = state.hub.lobby().changes().await;
        publish(state, changes).await;
        sleep(INTERVAL).await;
    }
}

async fn publish(state: &AppState, changes: SessionChanges) {
    let SessionChanges { changed, removed, is_incomplete } = changes;
    let lobby = state.hub.lobby();
    if is_incomplete {
        lobby.publish(vec![Message::SessionsGap]);
    }
    // First: a session that is in both was restored.
    lobby.publish(removed.into_iter().map(Message::Event).collect());
    let session_ids: Vec<SessionId> = changed.keys().copied().collect();
    for some in session_ids.chunks(MAX_SESSIONS_PER_READ) {
        let sessions = match state.store.sessions(some).await {
            Ok(sessions) => sessions,
            Err(failure) => {
                failure.log();
                return lobby.publish(vec![Message::SessionsGap]);
            }
        };
        let messages = sessions.into_iter().map(|(session_id, session)| {
            let is_new = changed.get(&session_id).copied().unwrap_or_default();
            Message::Session { is_new, session: session.into() }
        });
        lobby.publish(messages.collect());
    }
}
