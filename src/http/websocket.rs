//! Where WebSockets come in.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::error::{ApiError, CommonErrors, ErrorBody};
use super::upgrade;
use crate::error::Error;
use crate::live::ws::{self, Socket};
use crate::state::AppState;

/// Bytes read from a connection at a time. Every idle connection holds so many; a larger frame
/// makes it grow.
const READ_BUFFER_BYTES: usize = 2048;

/// The plain WebSocket: one JSON object a text frame; docs/protocol.md has the frames.
#[utoipa::path(get, path = "/api/v1/ws", tag = "live",
    operation_id = "connectWebSocket", summary = "Connect by WebSocket",
    responses(
        (status = 101, description = "From here on it is a WebSocket"),
        (status = 426, body = ErrorBody, description = "INVALID_REQUEST: an unsupported version of WebSocket; the header Sec-WebSocket-Version has the supported one"),
        CommonErrors
    ))]
pub async fn connect(
    State(state): State<Arc<AppState>>,
    request: Request,
) -> Result<Response, ApiError> {
    let connection = state.clone();
    serve_websocket(&state, request, |socket| ws::serve(connection, socket)).map_err(ApiError)
}

/// Answers that the connection is a WebSocket from here on, and lets `serve` have it.
pub fn serve_websocket<F>(
    state: &Arc<AppState>,
    mut request: Request,
    serve: impl FnOnce(Socket) -> F + Send + 'static,
) -> Result<Response, Error>
where
    F: Future<Output = ()> + Send,
{
    let (response, upgraded) = upgrade::accept(&mut request)?;
    if state.draining.is_cancelled() {
        return Err(Error::shutting_down());
    }
    // A larger one is refused when its length is read, before there is room for it.
    let largest = Some(state.limits.body);
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(largest)
        .max_frame_size(largest);
    state.tasks.spawn(async move {
        match upgraded.await {
            Ok(upgraded) => {
                let stream = TokioIo::new(upgraded);
                let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config));
                serve(socket.await).await;
            }
            Err(cause) => tracing::debug!(%cause, "the client went away before the upgrade"),
        }
    });
    Ok(response)
}
