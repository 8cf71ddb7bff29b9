//! `/socket.io`: the HTTP requests of Engine.IO 4, which carries Socket.IO.
//!
//! A GET without `sid` opens a session: over a WebSocket, or by long-polling. With `sid`, a GET polls for
//! packets or upgrades the session to a WebSocket, and a POST sends packets.

use std::future::pending;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::oneshot;

use super::error::ApiError;
use super::websocket::serve_websocket;
use super::{access, extract, upgrade};
use crate::error::Error;
use crate::live::socketio::{HttpRequest, SocketIo};
use crate::net::PeerClosed;

pub use super::origin::SOCKETIO_PATH as PATH;

/// Why a request is rejected. Codes and messages are those of the reference implementation; `NotUpgraded`
/// says more than its "Bad request", since it is what a proxy causes that is not set up for WebSockets.
#[derive(Debug, Clone, Copy)]
enum EngineError {
    UnknownTransport,
    UnknownSid,
    BadHandshakeMethod,
    BadRequest,
    NotUpgraded,
    UnsupportedVersion,
}

impl IntoResponse for EngineError {
    fn into_response(self) -> Response {
        let (code, message) = match self {
            Self::UnknownTransport => (0, "Transport unknown"),
            Self::UnknownSid => (1, "Session ID unknown"),
            Self::BadHandshakeMethod => (2, "Bad handshake method"),
            Self::BadRequest => (3, "Bad request"),
            Self::NotUpgraded => (
                3,
                "Bad request: a WebSocket needs the headers Upgrade and Connection; a proxy must pass them on",
            ),
            Self::UnsupportedVersion => (5, "Unsupported protocol version"),
        };
        (StatusCode::BAD_REQUEST, Json(json!({"code": code, "message": message}))).into_response()
    }
}

/// The parameters of the query string.
#[derive(Default)]
struct EngineQuery<'a> {
    version: &'a str,
    transport: &'a str,
    sid: Option<&'a str>,
}

impl<'a> EngineQuery<'a> {
    fn parse(query: &'a str) -> Self {
        let mut parsed = Self::default();
        for (name, value) in query.split('&').filter_map(|part| part.split_once('=')) {
            match name {
                "EIO" => parsed.version = value,
                "transport" => parsed.transport = value,
                "sid" => parsed.sid = Some(value),
                _ => {}
            }
        }
        parsed
    }
}

/// Handles one request.
pub async fn serve(State(socketio): State<SocketIo>, request: Request) -> Response {
    if socketio.state.draining.is_cancelled() {
        return ApiError(Error::shutting_down()).into_response();
    }
    handle(socketio, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn handle(socketio: SocketIo, request: Request) -> Result<Response, EngineError> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let query = EngineQuery::parse(&query);
    let by_websocket = match query.transport {
        "polling" => false,
        "websocket" => true,
        _ => return Err(EngineError::UnknownTransport),
    };
    let session = match query.sid {
        Some(sid) => Some(socketio.find(sid).ok_or(EngineError::UnknownSid)?),
        None => None,
    };
    if session.is_none() && request.method() != Method::GET {
        return Err(EngineError::BadHandshakeMethod);
    }
    if query.version != "4" {
        return Err(EngineError::UnsupportedVersion);
    }
    match (by_websocket, upgrade::is_requested(request.headers())) {
        (true, false) => return Err(EngineError::NotUpgraded),
        (false, true) => return Err(EngineError::BadRequest),
        _ => {}
    }
    if by_websocket {
        let state = socketio.state.clone();
        let (parts, body) = request.into_parts();
        let handshake = match access::handshake(&state, &parts).await {
            Ok(handshake) => handshake,
            Err(failure) => return Ok(ApiError(failure).into_response()),
        };
        let request = Request::from_parts(parts, body);
        let upgraded = serve_websocket(&state, request, async move |socket| match session {
            // If the session has ended, the socket is dropped with the request, which closes it.
            Some(session) => {
                session.send(HttpRequest::Upgrade(Box::new(socket))).await;
            }
            None => socketio.serve_websocket(socket, handshake).await,
        });
        return Ok(upgraded.map_err(ApiError).into_response());
    }
    let Some(session) = session else {
        let (parts, _) = request.into_parts();
        let handshake = access::handshake(&socketio.state, &parts).await;
        let opened = handshake.and_then(|handshake| socketio.open_polling(handshake));
        return Ok(opened.map(payload_response).map_err(ApiError).into_response());
    };
    match *request.method() {
        Method::GET => {
            // The request is dropped, so that a waiting poll holds no more than it needs.
            let peer = request.extensions().get::<PeerClosed>().cloned();
            drop(request);
            let (poll, payload) = oneshot::channel();
            session.send(HttpRequest::Poll(poll)).await;
            let payload = tokio::select! {
                payload = payload => payload.map_err(|_| EngineError::BadRequest)?,
                // The client has disconnected, so nobody reads this response. Dropping the channel
                // notifies the session.
                () = closed(peer) => return Err(EngineError::BadRequest),
            };
            Ok(payload_response(payload.into_payload()))
        }
        Method::POST => {
            let post = session.begin_post().ok_or(EngineError::BadRequest)?;
            let body = match extract::read_body(request.into_body(), &socketio.state.limits).await {
                Ok(body) => body,
                Err(failure) => return Ok(ApiError(failure).into_response()),
            };
            let payload = String::from_utf8(body.into()).map_err(|_| EngineError::BadRequest)?;
            if !post.finish(payload).await {
                return Err(EngineError::BadRequest);
            }
            // The same type and body as the reference implementation sends.
            Ok(([(CONTENT_TYPE, "text/html"), (CACHE_CONTROL, "no-store")], "ok").into_response())
        }
        _ => Err(EngineError::BadRequest),
    }
}

/// Completes when the client has closed its side of the connection.
async fn closed(peer: Option<PeerClosed>) {
    match peer {
        Some(peer) => peer.closed().await,
        None => pending().await,
    }
}

/// A response whose body is a payload of Engine.IO: one or more packets.
fn payload_response(payload: impl Into<Body>) -> Response {
    let headers = [(CONTENT_TYPE, "text/plain; charset=UTF-8"), (CACHE_CONTROL, "no-store")];
    (headers, payload.into()).into_response()
}
