//! The restore of a removed session.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::error::{ApiError, CommonErrors, ErrorBody, SessionErrors};
use super::extract::{NoInput, SessionPath};
use crate::model::{Session, SessionId};
use crate::state::AppState;

/// Restores a removed session.
///
/// It comes back with its metadata, content and history, and its events are numbered on. That is possible
/// until `restorable_until` in the details of `SESSION_REMOVED`.
#[utoipa::path(post, path = "/api/v1/sessions/{session_id}/restore", tag = "sessions",
    operation_id = "restoreSession", summary = "Restore a removed session",
    params(("session_id" = SessionId, Path)),
    responses((status = 200, body = Session, description = "Session restored"),
        (status = 409, body = ErrorBody, description = "SESSION_EXISTS: the session is not removed"),
        (status = 422, body = ErrorBody, description = "INVALID_COMMAND: --max-sessions is reached"),
        SessionErrors, CommonErrors))]
pub async fn restore(
    State(state): State<Arc<AppState>>,
    SessionPath(session_id): SessionPath,
    _: NoInput,
) -> Result<Json<Session>, ApiError> {
    Ok(Json(state.store.restore_session(session_id).await?))
}
