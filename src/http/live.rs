//! Where the plain WebSocket comes in.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::Response;

use super::failure::{AnyFailure, Failure};
use crate::error::Error;
use crate::live::ws;
use crate::service::Service;

/// Bytes read from a connection at a time. Every idle connection holds so many; a larger frame
/// makes it grow.
const READ_BUFFER: usize = 2048;

/// The plain WebSocket: one JSON object a text frame; docs/protocol.md has the frames.
#[utoipa::path(get, path = "/ws", tag = "live",
    responses((status = 101, description = "From here on it is a WebSocket"), AnyFailure))]
pub async fn websocket(
    State(service): State<Arc<Service>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let upgrade = upgrade.map_err(|cause| {
        Error::InvalidRequest(format!("This route speaks WebSocket (RFC 6455). {cause}"))
    })?;
    if service.draining.is_cancelled() {
        return Err(Failure(Error::Unavailable("The server is stopping.".to_owned())));
    }
    let tasks = service.tasks.clone();
    Ok(upgrade
        .read_buffer_size(READ_BUFFER)
        .max_message_size(service.limits.body)
        .max_frame_size(service.limits.body)
        .on_upgrade(move |socket| tasks.track_future(ws::serve(service, socket))))
}
