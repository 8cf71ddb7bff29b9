//! The manual cleanup of idle sessions, and the cleanup status of a session.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::{ApiError, CommonErrors, SessionErrors};
use super::extract::{JsonBody, SessionPath};
use crate::error::Error;
use crate::model::{Hours, SessionId, Timestamp};
use crate::state::AppState;
use crate::store::CleanupStatus;

/// Options of a cleanup. Unknown fields are rejected, since a misspelt option could remove too much.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"max_inactive_hours": 48, "dry_run": true}))]
pub struct CleanupRequest {
    /// Idle hours after which a session is removed, unless the session has a timeout of its own. The default
    /// is the server's setting (24).
    max_inactive_hours: Option<Hours>,
    /// Only report what would be removed.
    #[serde(default)]
    dry_run: bool,
}

/// The result of a cleanup: the sessions that were removed, or with `dry_run` would be.
#[derive(Serialize, ToSchema)]
pub struct CleanupReport {
    removed_sessions: Vec<SessionId>,
    count: usize,
    dry_run: bool,
}

/// The rule of the scheduled cleanup.
#[derive(Serialize, ToSchema)]
pub struct CleanupPolicy {
    /// Idle hours after which a session is removed, unless the session has a timeout of its own.
    max_inactive_hours: Hours,
    /// Seconds between two cleanups; null if none is scheduled.
    interval_seconds: Option<f64>,
}

/// Returns the rule of the scheduled cleanup.
#[utoipa::path(get, path = "/api/v1/sessions/cleanup", tag = "cleanup",
    operation_id = "getCleanupPolicy", summary = "Get the rule of the scheduled cleanup",
    responses((status = 200, body = CleanupPolicy, description = "Cleanup policy"), CommonErrors))]
pub async fn cleanup_policy(State(state): State<Arc<AppState>>) -> Json<CleanupPolicy> {
    Json(CleanupPolicy {
        max_inactive_hours: state.limits.max_inactive,
        interval_seconds: state.limits.cleanup_interval.map(|interval| interval.as_secs_f64()),
    })
}

/// Removes idle sessions.
///
/// A session is removed if it has no clients, is not pinned, and has been idle for longer than allowed.
#[utoipa::path(post, path = "/api/v1/sessions/cleanup", tag = "cleanup",
    operation_id = "cleanUpSessions", summary = "Clean up idle sessions",
    request_body = Option<CleanupRequest>,
    responses((status = 200, body = CleanupReport, description = "Removed sessions"), CommonErrors))]
pub async fn clean_up(
    State(state): State<Arc<AppState>>,
    JsonBody(request): JsonBody<CleanupRequest>,
) -> Result<Json<CleanupReport>, ApiError> {
    let hours = request.max_inactive_hours.unwrap_or(state.limits.max_inactive);
    let now = state.clock.now();
    let removed_sessions = if request.dry_run {
        state.store.idle(hours, now).await?
    } else {
        // In a task of its own, so that the cleanup is completed even if the caller disconnects.
        let cleanup = state.tasks.spawn(clean_up_now(state.clone(), hours, now));
        cleanup.await.map_err(Error::from)??
    };
    let count = removed_sessions.len();
    Ok(Json(CleanupReport { removed_sessions, count, dry_run: request.dry_run }))
}

async fn clean_up_now(
    state: Arc<AppState>,
    hours: Hours,
    now: Timestamp,
) -> Result<Vec<SessionId>, Error> {
    let start = Instant::now();
    let outcome = state.store.cleanup(hours, now).await;
    state.metrics.maintenance.observe_cleanup("request", outcome.is_ok(), start.elapsed());
    outcome
}

/// Returns the cleanup status of a session.
///
/// The status says whether a cleanup would remove the session now, why not, and from when on it may.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}/cleanup", tag = "cleanup",
    operation_id = "getCleanupStatus", summary = "Get the cleanup status of a session",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = CleanupStatus, description = "Cleanup status"), SessionErrors, CommonErrors))]
pub async fn cleanup_status(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
) -> Result<Json<CleanupStatus>, ApiError> {
    let hours = state.limits.max_inactive;
    Ok(Json(state.store.removability(session_id, hours, state.clock.now()).await?))
}
