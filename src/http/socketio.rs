//! Where Socket.IO comes in: the HTTP requests of Engine.IO 4.

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
use super::{extract, upgrade};
use crate::error::Error;
use crate::live::socketio::{HttpRequest, SocketIo};
use crate::net::PeerClosed;

/// The path of the transport; a slash may stand behind it.
pub const PATH: &str = "/socket.io";

/// Why a request is refused, as the reference implementation says it.
#[derive(Debug, Clone, Copy)]
enum HandshakeError {
    UnknownTransport,
    UnknownSid,
    BadHandshakeMethod,
    BadRequest,
    UnsupportedVersion,
}

impl IntoResponse for HandshakeError {
    fn into_response(self) -> Response {
        let (code, message) = match self {
            Self::UnknownTransport => (0, "Transport unknown"),
            Self::UnknownSid => (1, "Session ID unknown"),
            Self::BadHandshakeMethod => (2, "Bad handshake method"),
            Self::BadRequest => (3, "Bad request"),
            Self::UnsupportedVersion => (5, "Unsupported protocol version"),
        };
        (StatusCode::BAD_REQUEST, Json(json!({"code": code, "message": message}))).into_response()
    }
}

/// What the query says.
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

/// Serves one request of Engine.IO.
pub async fn serve(State(socketio): State<SocketIo>, request: Request) -> Response {
    if socketio.state.draining.is_cancelled() {
        return ApiError(Error::shutting_down()).into_response();
    }
    answer(socketio, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn answer(socketio: SocketIo, request: Request) -> Result<Response, HandshakeError> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let query = EngineQuery::parse(&query);
    let by_websocket = match query.transport {
        "polling" => false,
        "websocket" => true,
        _ => return Err(HandshakeError::UnknownTransport),
    };
    let session = match query.sid {
        Some(sid) => Some(socketio.find(sid).ok_or(HandshakeError::UnknownSid)?),
        None => None,
    };
    if session.is_none() && request.method() != Method::GET {
        return Err(HandshakeError::BadHandshakeMethod);
    }
    if query.version != "4" {
        return Err(HandshakeError::UnsupportedVersion);
    }
    if by_websocket != upgrade::is_requested(request.headers()) {
        return Err(HandshakeError::BadRequest);
    }
    if by_websocket {
        let state = socketio.state.clone();
        let upgraded = serve_websocket(&state, request, async move |socket| match session {
            // What a session can't take is dropped, and so closed.
            Some(session) => {
                session.send(HttpRequest::Upgrade(Box::new(socket))).await;
            }
            None => socketio.serve_websocket(socket).await,
        });
        return Ok(upgraded.map_err(ApiError).into_response());
    }
    let Some(session) = session else {
        let opened = socketio.open_polling().map_err(ApiError);
        return Ok(opened.map(payload_response).into_response());
    };
    match *request.method() {
        Method::GET => {
            // While it waits it holds nothing else of the request.
            let peer = request.extensions().get::<PeerClosed>().cloned();
            drop(request);
            let (poll, answer) = oneshot::channel();
            session.send(HttpRequest::Poll(poll)).await;
            let answer = tokio::select! {
                answer = answer => answer.map_err(|_| HandshakeError::BadRequest)?,
                // Nobody hears the answer; what drops the poll lets the session know.
                () = closed(peer) => return Err(HandshakeError::BadRequest),
            };
            Ok(payload_response(answer.into_payload()))
        }
        Method::POST => {
            let post = session.begin_post().ok_or(HandshakeError::BadRequest)?;
            let body = match extract::read_body(request.into_body(), &socketio.state.limits).await {
                Ok(body) => body,
                Err(failure) => return Ok(ApiError(failure).into_response()),
            };
            let payload = String::from_utf8(body.into()).map_err(|_| HandshakeError::BadRequest)?;
            if !post.finish(payload).await {
                return Err(HandshakeError::BadRequest);
            }
            // As the reference implementation has it.
            Ok(([(CONTENT_TYPE, "text/html"), (CACHE_CONTROL, "no-store")], "ok").into_response())
        }
        _ => Err(HandshakeError::BadRequest),
    }
}

/// Comes back when the client has closed its side of the connection.
async fn closed(peer: Option<PeerClosed>) {
    match peer {
        Some(peer) => peer.closed().await,
        None => pending().await,
    }
}

/// An answer with packets in it.
fn payload_response(payload: impl Into<Body>) -> Response {
    let headers = [(CONTENT_TYPE, "text/plain; charset=UTF-8"), (CACHE_CONTROL, "no-store")];
    (headers, payload.into()).into_response()
}
