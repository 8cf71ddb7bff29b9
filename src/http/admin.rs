//! What an operator asks of a running server.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{ApiError, CommonErrors, ErrorBody};
use super::extract::NoInput;
use crate::error::Error;
use crate::state::AppState;
use crate::store::Backup;

/// A backup that was made.
#[derive(Serialize, ToSchema)]
pub struct BackupReport {
    /// The path of the backup on the machine of the server.
    #[schema(example = "/var/backups/rollcall.db.backup")]
    file: String,
    /// The size of the backup.
    bytes: u64,
    /// How many sessions are in it.
    sessions: i64,
    /// How long it took.
    duration_seconds: f64,
}

/// Backs the database up.
///
/// The backup goes into the folder that `--backup-dir` names. It has everything that was answered before
/// the request.
#[utoipa::path(post, path = "/api/v1/admin/backup", tag = "service",
    operation_id = "createBackup", summary = "Back up the database",
    responses(
        (status = 200, body = BackupReport, description = "Backup made"),
        (status = 422, body = ErrorBody, description = "INVALID_COMMAND: --backup-dir is not set"),
        CommonErrors
    ))]
pub async fn back_up(
    State(state): State<Arc<AppState>>,
    _: NoInput,
) -> Result<Json<BackupReport>, ApiError> {
    let Some(target) = state.backups.target.clone() else {
        let text = "There is no folder for backups. Start the server with --backup-dir, or use \
                    'rollcall backup FILE' on its machine.";
        return Err(ApiError(Error::InvalidCommand(text.to_owned())));
    };
    // In a task of its own, so that the backup is completed even if the caller disconnects.
    let (store, draining, keep) = (state.store.clone(), state.draining.clone(), state.backups.keep);
    let backup = state
        .tasks
        .spawn(async move { draining.run_until_cancelled(store.back_up(&target, keep)).await });
    let made = backup.await.map_err(Error::from)?.ok_or_else(Error::shutting_down)?;
    let made =
        made.map_err(|cause| Error::Unavailable(format!("The backup failed: {cause:#}.")))?;
    tracing::info!(file = %made.file.display(), bytes = made.bytes, "backed up the database");
    let Backup { file, bytes, sessions, duration } = made;
    let file = file.display().to_string();
    Ok(Json(BackupReport { file, bytes, sessions, duration_seconds: duration.as_secs_f64() }))
}
