//! Liveness and readiness.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{ApiError, ErrorBody};
use crate::error::Error;
use crate::state::AppState;

/// The health of the server.
#[derive(Serialize, ToSchema)]
pub struct Health {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Returns 200 as long as the process runs.
#[utoipa::path(get, path = "/api/v1/health", tag = "service",
    operation_id = "getHealth", summary = "Check liveness",
    responses((status = 200, body = Health, description = "Server is alive")))]
pub async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Returns whether the server can process requests.
///
/// It can if it is not shutting down, the open database is the file at the configured path, changes can be
/// written, and a connection for reads is free.
#[utoipa::path(get, path = "/api/v1/ready", tag = "service",
    operation_id = "getReadiness", summary = "Check readiness",
    responses(
    (status = 200, body = Health, description = "Server is ready"),
    (status = 503, body = ErrorBody, description = "UNAVAILABLE: not ready; the message has the reason")
))]
pub async fn readiness(State(state): State<Arc<AppState>>) -> Result<Json<Health>, ApiError> {
    if state.draining.is_cancelled() {
        return Err(ApiError(Error::shutting_down()));
    }
    state.store.check().await?;
    Ok(Json(Health { status: "ok" }))
}
