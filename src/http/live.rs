//! Where the plain WebSocket comes in.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tokio::time::sleep;

use super::failure::{AnyFailure, Failure};
use crate::error::Error;
use crate::live::{socketio, ws};
use crate::service::{FORBEARANCE, Service};

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
    // What is above the limit is refused in an answer; the library would end the connection.
    let largest = service.limits.body.saturating_add(FORBEARANCE);
    Ok(upgrade
        .read_buffer_size(READ_BUFFER)
        .max_message_size(largest)
        .max_frame_size(largest)
        .on_upgrade(move |socket| tasks.track_future(ws::serve(service, socket))))
}

/// Where Socket.IO comes in.
pub const SOCKET_IO: &str = "/socket.io";
/// How long a poll that waits may take to end once its connection is closed.
const LAST_POLL: Duration = Duration::from_millis(500);

/// The routes of Socket.IO, which are not the API's: the protocol is described elsewhere.
pub fn socketio<S: Clone + Send + Sync + 'static>(service: &Arc<Service>) -> Router<S> {
    let door = socketio::door(service, SOCKET_IO);
    door.layer(from_fn_with_state(service.clone(), until_drained)).with_state(())
}

/// A connection that has not reached a namespace yet polls for longer than the end may take.
async fn until_drained(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let stopping = async {
        service.draining.cancelled().await;
        sleep(LAST_POLL).await;
    };
    let refusal = || Err(Failure(Error::Unavailable("The server is stopping.".to_owned())));
    if service.draining.is_cancelled() {
        return refusal();
    }
    tokio::select! {
        response = next.run(request) => Ok(response),
        () = stopping => refusal(),
    }
}
