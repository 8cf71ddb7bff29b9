//! `/admin/settings` and `/admin/log_filter`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::{ApiError, CommonErrors};
use super::extract::JsonBody;
use crate::config::GivenSetting;
use crate::error::Error;
use crate::state::AppState;

/// The settings that the server was started with.
#[derive(Serialize, ToSchema)]
pub struct SettingsReport {
    /// The settings file; null if there is none.
    #[schema(example = "/etc/rollcall/rollcall.toml")]
    config_file: Option<String>,
    /// The filter of the log that is in force now.
    #[schema(example = "info")]
    log_filter: String,
    /// All settings in the order of `rollcall --help`.
    settings: Vec<GivenSetting>,
}

/// A filter of the log.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"log_filter": "rollcall=debug"}))]
pub struct LogFilterBody {
    /// What is logged, as filter directives of tracing, such as `info,rollcall=debug`.
    log_filter: String,
}

/// Returns the settings.
///
/// They are those of the start. Only `log_filter` can change while the server runs.
#[utoipa::path(get, path = "/api/v1/admin/settings", tag = "service",
    operation_id = "getSettings", summary = "List the settings and where each comes from",
    responses((status = 200, body = SettingsReport, description = "The settings"), CommonErrors))]
pub async fn list(State(state): State<Arc<AppState>>) -> Json<SettingsReport> {
    let settings = &state.settings;
    Json(SettingsReport {
        config_file: settings.file.as_ref().map(|file| file.display().to_string()),
        log_filter: settings.log_filter.directives(),
        settings: settings.given.clone(),
    })
}

/// Changes what is logged.
///
/// It holds until the next start, or until the settings are read again (SIGHUP).
#[utoipa::path(put, path = "/api/v1/admin/log_filter", tag = "service",
    operation_id = "setLogFilter", summary = "Change the filter of the log",
    request_body = LogFilterBody,
    responses((status = 200, body = LogFilterBody, description = "The filter that is in force"),
        CommonErrors))]
pub async fn set_log_filter(
    State(state): State<Arc<AppState>>,
    JsonBody(body): JsonBody<LogFilterBody>,
) -> Result<Json<LogFilterBody>, ApiError> {
    let set = state.settings.log_filter.set(&body.log_filter);
    set.map_err(|cause| Error::InvalidRequest(format!("log_filter: {cause:#}.")))?;
    tracing::info!(log_filter = body.log_filter, "log filter changed");
    Ok(Json(body))
}
