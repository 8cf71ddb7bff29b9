//! What may be removed, why not, and its removal by hand.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::{ApiError, CommonErrors, SessionErrors};
use super::extract::{JsonBody, SessionPath};
use crate::error::Error;
use crate::model::{Hours, SessionId};
use crate::state::AppState;
use crate::store::CleanupStatus;

/// What to remove. A field that is not known here is refused: a slip would remove too much.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"max_inactive_hours": 48, "dry_run": true}))]
pub struct CleanupRequest {
    /// Idle time after which a session may go, unless it has a limit of its own; as the service's
    /// setting (24) unless given.
    max_inactive_hours: Option<Hours>,
    /// Only tell.
    #[serde(default)]
    dry_run: bool,
}

/// What was removed, or would be.
#[derive(Serialize, ToSchema)]
pub struct CleanupReport {
    removed_sessions: Vec<SessionId>,
    count: usize,
    dry_run: bool,
}

/// Removes idle sessions now: no clients, not pinned, and idle for longer than allowed.
#[utoipa::path(post, path = "/api/v1/sessions/cleanup", tag = "cleanup",
    operation_id = "cleanUpSessions", summary = "Clean up idle sessions",
    request_body = Option<CleanupRequest>,
    responses((status = 200, body = CleanupReport, description = "What was removed, or would be"), CommonErrors))]
pub async fn clean_up(
    State(state): State<Arc<AppState>>,
    JsonBody(request): JsonBody<CleanupRequest>,
) -> Result<Json<CleanupReport>, ApiError> {
    let hours = request.max_inactive_hours.unwrap_or(state.limits.max_inactive);
    let now = state.clock.now();
    let removed_sessions = if request.dry_run {
        state.store.idle(hours, now).await?
    } else {
        // A caller that goes away does not end it half way.
        let store = state.store.clone();
        let work = state.tasks.spawn(async move { store.cleanup(hours, now).await });
        work.await.map_err(Error::from)??
    };
    let count = removed_sessions.len();
    Ok(Json(CleanupReport { removed_sessions, count, dry_run: request.dry_run }))
}

/// Whether the cleanup would remove a session now; when it will, or why not.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/cleanup", tag = "cleanup",
    operation_id = "getCleanupStatus", summary = "Get the cleanup status of a session",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = CleanupStatus, description = "Whether, when, and why not"), SessionErrors, CommonErrors))]
pub async fn cleanup_status(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
) -> Result<Json<CleanupStatus>, ApiError> {
    let hours = state.limits.max_inactive;
    Ok(Json(state.store.removability(session_id, hours, state.clock.now()).await?))
}
