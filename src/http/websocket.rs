//! `/ws`, and the upgrade of a request to a WebSocket for any protocol.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use axum::response::Response;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::error::{ApiError, CommonErrors, ErrorBody};
use super::{access, upgrade};
use crate::error::Error;
use crate::live::ws::{self, Socket};
use crate::state::AppState;

/// The size of the read buffer that every connection holds, also while it is idle. It grows with larger
/// frames.
const READ_BUFFER_BYTES: usize = 2048;

/// The name of the protocol, which a browser offers beside the one with its token.
const PROTOCOL: &str = "rollcall.v1";

/// Opens a WebSocket.
///
/// A client without the header `Authorization` sends its token as the subprotocol `rollcall.token.<token>`
/// beside `rollcall.v1`, or in its first frame. Each text frame is one JSON object; docs/protocol.md describes the frames.
#[utoipa::path(get, path = "/api/v1/ws", tag = "live",
    operation_id = "connectWebSocket", summary = "Open a WebSocket",
    responses(
        (status = 101, description = "Switching to WebSocket"),
        (status = 401, body = ErrorBody, description = "UNAUTHORIZED: the token of the handshake is not valid"),
        (status = 426, body = ErrorBody, description = "INVALID_REQUEST: unsupported version of WebSocket; the header Sec-WebSocket-Version has the supported one"),
        CommonErrors
    ))]
pub async fn connect(
    State(state): State<Arc<AppState>>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let handshake = access::handshake(&state, &parts).await?;
    let request = Request::from_parts(parts, body);
    let offers_protocol = access::protocols(request.headers()).any(|name| name == PROTOCOL);
    let connection = state.clone();
    let mut response =
        serve_websocket(&state, request, |socket| ws::serve(connection, socket, handshake))?;
    if offers_protocol {
        // A browser closes the connection if none of the protocols that it offers is chosen.
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    }
    Ok(response)
}

/// Accepts the handshake of `request`, and runs `serve` with the WebSocket in a task of its own. Returns the
/// response to the handshake, or fails if the request is not a handshake or the server is shutting down.
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
    // A larger frame is rejected when its length is read, before memory is allocated for it.
    let max_bytes = Some(state.limits.body);
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(max_bytes)
        .max_frame_size(max_bytes);
    state.tasks.spawn(async move {
        match upgraded.await {
            Ok(upgraded) => {
                let stream = TokioIo::new(upgraded);
                let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config));
                serve(socket.await).await;
            }
            Err(cause) => tracing::debug!(%cause, "the client disconnected before the upgrade"),
        }
    });
    Ok(response)
}
