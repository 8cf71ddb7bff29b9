//! Where the plain WebSocket comes in.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use hyper_util::rt::TokioIo;
use tokio::time::sleep;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::failure::{AnyFailure, ErrorBody, Failure};
use super::upgrade;
use crate::error::Error;
use crate::live::{socketio, ws};
use crate::net::PeerClosed;
use crate::service::Service;

/// Bytes read from a connection at a time. Every idle connection holds so many; a larger frame
/// makes it grow.
const READ_BUFFER: usize = 2048;

/// The plain WebSocket: one JSON object a text frame; docs/protocol.md has the frames.
#[utoipa::path(get, path = "/api/v1/ws", tag = "live",
    operation_id = "connectWebSocket", summary = "Connect by WebSocket",
    responses(
        (status = 101, description = "From here on it is a WebSocket"),
        (status = 426, body = ErrorBody, description = "INVALID_REQUEST: an unsupported version of WebSocket; the header Sec-WebSocket-Version has the supported one"),
        AnyFailure
    ))]
pub async fn websocket(
    State(service): State<Arc<Service>>,
    mut request: Request,
) -> Result<Response, Failure> {
    let (response, upgraded) = upgrade::websocket(&mut request)?;
    if service.draining.is_cancelled() {
        return Err(Failure(Error::Unavailable("The server is stopping.".to_owned())));
    }
    // A larger one is refused when its length is read, before there is room for it.
    let largest = Some(service.limits.body);
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(largest)
        .max_frame_size(largest);
    service.tasks.clone().spawn(async move {
        match upgraded.await {
            Ok(upgraded) => {
                let stream = TokioIo::new(upgraded);
                let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config));
                ws::serve(service, socket.await).await;
            }
            Err(cause) => tracing::debug!(%cause, "the client went away before the upgrade"),
        }
    });
    Ok(response)
}

/// Where Socket.IO comes in.
pub const SOCKET_IO: &str = "/socket.io";
/// How long a poll that waits may take to end once its connection is closed.
const LAST_POLL: Duration = Duration::from_millis(500);

/// The routes of Socket.IO, which are not the API's: the protocol is described elsewhere.
pub fn socketio<S: Clone + Send + Sync + 'static>(service: &Arc<Service>) -> Router<S> {
    let door = socketio::door(service, SOCKET_IO);
    door.layer(from_fn_with_state(service.clone(), admit)).with_state(())
}

/// Copies what the request holds of the buffer that it was read into. The library keeps the request
/// as long as the connection lives, and with a single header all 16 KiB of the buffer.
fn own(request: &mut Request) {
    for value in request.headers_mut().values_mut() {
        if let Ok(copy) = HeaderValue::from_bytes(value.as_bytes()) {
            *value = copy;
        }
    }
    if let Ok(copy) = request.uri().to_string().parse() {
        *request.uri_mut() = copy;
    }
    request.extensions_mut().remove::<OriginalUri>();
}

/// Lets requests in until the service drains, and then ends those that wait: a connection that has not
/// reached a namespace yet polls for longer than the end may take.
async fn admit(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    upgrade::check_version(request.headers())?;
    own(&mut request);
    let client_gone = client_gone(&request);
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
        // Nobody hears what this poll is answered.
        () = client_gone => refusal(),
    }
}

/// Waits until the client has gone away from a poll that waits; for ever with any other request,
/// which is worked on to its end.
fn client_gone(request: &Request) -> impl Future<Output = ()> + use<> {
    let is_poll = request.method() == Method::GET && !upgrade::is_wanted(request.headers());
    let peer = request.extensions().get::<PeerClosed>().filter(|_| is_poll).cloned();
    async move {
        match peer {
            Some(peer) => peer.closed().await,
            None => std::future::pending().await,
        }
    }
}
