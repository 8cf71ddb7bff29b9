//! `/metrics`, for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Operation;

use super::error::ApiError;
use crate::error::Error;
use crate::metrics::{HttpMetrics, TextFormat};
use crate::state::AppState;

/// Where Prometheus looks by default.
pub const PATH: &str = "/metrics";

/// Returns all metrics, in the newer format if the caller accepts it.
pub async fn scrape(
    State(state): State<Arc<AppState>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let is_ready = !state.draining.is_cancelled() && state.store.check().await.is_ok();
    state.metrics.service.ready.set(i64::from(is_ready));
    let is_open = state.access.anonymous().is_some();
    state.metrics.service.auth_required.set(i64::from(!is_open));
    // The rest of the metrics is true even while the file can't be read.
    if let Err(failure) = state.store.measure().await {
        failure.log();
    }
    match state.store.last_backup().await {
        Ok(Some(at)) => {
            let seconds = at.as_micros() / 1_000_000;
            state.metrics.maintenance.backup_last_success_timestamp_seconds.set(seconds);
        }
        Ok(None) => {}
        Err(failure) => failure.log(),
    }
    let accepts = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let format = match accepts.contains("application/openmetrics-text") {
        true => TextFormat::OpenMetrics,
        false => TextFormat::Prometheus,
    };
    let text = state.metrics.encode(format).map_err(|cause| Error::internal(cause.into()))?;
    Ok(([(CONTENT_TYPE, format.content_type())], text).into_response())
}

/// Begins to count the responses that the OpenAPI document knows, so that each is there from the beginning.
pub fn declare_routes(metrics: &HttpMetrics, document: &OpenApi) {
    for (route, item) in &document.paths.paths {
        let operations: [(&str, &Option<Operation>); 5] = [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ];
        for (method, operation) in operations {
            let responses =
                operation.iter().flat_map(|operation| operation.responses.responses.keys());
            for status in responses.filter_map(|status| status.parse().ok()) {
                metrics.declare(method, route, status);
            }
        }
    }
    metrics.declare("GET", PATH, 200);
}
