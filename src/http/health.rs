//! Whether the process lives, and whether it can serve.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{ApiError, ErrorBody};
use crate::error::Error;
use crate::state::AppState;

/// How the service is.
#[derive(Serialize, ToSchema)]
pub struct Health {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the process lives.
#[utoipa::path(get, path = "/api/v1/health", tag = "service",
    operation_id = "getHealth", summary = "Liveness",
    responses((status = 200, body = Health, description = "It does")))]
pub async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Whether it can serve: it is not stopping, the file that is open is the one at its path, changes can
/// be written, and reads have a connection at once.
#[utoipa::path(get, path = "/api/v1/ready", tag = "service",
    operation_id = "getReadiness", summary = "Readiness",
    responses(
    (status = 200, body = Health, description = "It does"),
    (status = 503, body = ErrorBody, description = "UNAVAILABLE: the message has the reason")
))]
pub async fn readiness(State(state): State<Arc<AppState>>) -> Result<Json<Health>, ApiError> {
    if state.draining.is_cancelled() {
        return Err(ApiError(Error::shutting_down()));
    }
    state.store.check().await?;
    Ok(Json(Health { status: "ok" }))
}
