//! The request of a connection that is in flight: a handler is working on its response.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::http::header::CONNECTION;
use axum::http::{Method, Version};
use axum::response::Response;
use axum::routing::future::RouteFuture;
use hyper::StatusCode;
use hyper::body::Incoming;
use tower_service::Service;

use super::peer::PeerClosed;

/// A request as hyper passes it on.
pub type Request = hyper::Request<Incoming>;
/// The future of a handler.
pub type ResponseFuture = Pin<Box<RouteFuture<Infallible>>>;

/// The request in flight on a connection, if there is one. hyper polls for the response, but does not own the
/// handler's future, so that hyper can be dropped meanwhile.
pub struct InFlight {
    state: Mutex<State>,
    peer: PeerClosed,
}

enum State {
    /// There is no request. `is_complete` is false if the last response was streamed: hyper may still be
    /// writing its body then.
    Idle { is_complete: bool },
    /// A handler is working on it. `is_replayable` is true if another instance of hyper can read a plain GET
    /// in place of the request and still write the same response.
    Working { future: ResponseFuture, is_replayable: bool },
    /// The response was completed while the connection was parked.
    Answered(Box<Response>),
}

impl InFlight {
    pub fn new(peer: PeerClosed) -> Self {
        Self { state: Mutex::new(State::Idle { is_complete: true }), peer }
    }

    /// Starts the handler of a request. The request that stands for a parked one gets the response that is
    /// ready; no handler is started for it.
    pub fn start(&self, router: &Router, request: Request) {
        if matches!(*self.state(), State::Answered(_)) {
            return;
        }
        self.peer.advance();
        let is_replayable = is_replayable(&request);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(self.peer.clone());
        let future = Box::pin(router.clone().call(request));
        *self.state() = State::Working { future, is_replayable };
    }

    /// Polls the handler. Ready with the response.
    pub fn poll_response(&self, context: &mut Context<'_>) -> Poll<Response> {
        let response = match self.take() {
            State::Working { mut future, is_replayable } => match future.as_mut().poll(context) {
                Poll::Ready(Ok(response)) => response,
                Poll::Ready(Err(never)) => match never {},
                Poll::Pending => {
                    *self.state() = State::Working { future, is_replayable };
                    return Poll::Pending;
                }
            },
            State::Answered(response) => *response,
            // hyper polls for one response to each request.
            State::Idle { .. } => return Poll::Pending,
        };
        match response.status() {
            StatusCode::SWITCHING_PROTOCOLS => self.peer.upgrade(),
            _ => self.peer.advance(),
        }
        let is_complete = response.body().size_hint().exact().is_some();
        *self.state() = State::Idle { is_complete };
        Poll::Ready(response)
    }

    /// Whether hyper has nothing to do until the next request arrives, or the response is ready.
    pub fn can_park(&self) -> bool {
        match *self.state() {
            State::Idle { is_complete } => is_complete,
            State::Working { is_replayable, .. } => is_replayable,
            State::Answered(_) => false,
        }
    }

    /// Takes the handler's future out, if there is one.
    pub fn take_response_future(&self) -> Option<ResponseFuture> {
        match self.take() {
            State::Working { future, .. } => Some(future),
            _ => None,
        }
    }

    /// Keeps the response for the next instance of hyper.
    pub fn set_response(&self, response: Response) {
        *self.state() = State::Answered(Box::new(response));
    }

    fn take(&self) -> State {
        std::mem::replace(&mut *self.state(), State::Idle { is_complete: true })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No handler runs while the lock is held, so it is never poisoned.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A response can depend on the method, on the version and on `Connection`, and a body may still have to be
/// read.
fn is_replayable(request: &Request) -> bool {
    let keeps_alive = match request.headers().get(CONNECTION) {
        Some(value) => value.as_bytes().eq_ignore_ascii_case(b"keep-alive"),
        None => true,
    };
    request.method() == Method::GET
        && request.version() == Version::HTTP_11
        && request.body().is_end_stream()
        && keeps_alive
}
