//! The request of a connection that a handler works on.

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

pub type Request = hyper::Request<Incoming>;
/// The answer that a handler works on.
pub type Answer = Pin<Box<RouteFuture<Infallible>>>;

/// What is done for a connection. The HTTP library asks for the answer, but does not own it: the
/// connection can be taken away from the library in the meantime.
pub struct Work {
    state: Mutex<State>,
    peer: PeerClosed,
}

enum State {
    /// There is no request. `is_whole` says whether all of the last answer was there at once: of one
    /// that is made piece by piece, more may be still to come.
    Idle { is_whole: bool },
    /// `is_plain` says whether the request is done with for the HTTP library, and nothing about it
    /// makes the answer another one than that to a plain GET.
    Working { answer: Answer, is_plain: bool },
    /// The answer was made while the library was away.
    Answered(Box<Response>),
}

impl Work {
    pub fn new(peer: PeerClosed) -> Self {
        Self { state: Mutex::new(State::Idle { is_whole: true }), peer }
    }

    /// Has a request answered. The one that brings the library back gets the answer that is there.
    pub fn begin(&self, router: &Router, request: Request) {
        if matches!(*self.state(), State::Answered(_)) {
            return;
        }
        self.peer.advance();
        let is_plain = is_plain(&request);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(self.peer.clone());
        let answer = Box::pin(router.clone().call(request));
        *self.state() = State::Working { answer, is_plain };
    }

    /// Comes back with the answer.
    pub fn poll_answer(&self, context: &mut Context<'_>) -> Poll<Response> {
        let response = match self.take() {
            State::Working { mut answer, is_plain } => match answer.as_mut().poll(context) {
                Poll::Ready(Ok(response)) => response,
                Poll::Ready(Err(never)) => match never {},
                Poll::Pending => {
                    *self.state() = State::Working { answer, is_plain };
                    return Poll::Pending;
                }
            },
            State::Answered(response) => *response,
            // The library asks once for each request.
            State::Idle { .. } => return Poll::Pending,
        };
        match response.status() {
            StatusCode::SWITCHING_PROTOCOLS => self.peer.upgrade(),
            _ => self.peer.advance(),
        }
        let is_whole = response.body().size_hint().exact().is_some();
        *self.state() = State::Idle { is_whole };
        Poll::Ready(response)
    }

    /// Whether the library has nothing to do until the next request comes, or the answer is there.
    pub fn may_rest(&self) -> bool {
        match *self.state() {
            State::Idle { is_whole } => is_whole,
            State::Working { is_plain, .. } => is_plain,
            State::Answered(_) => false,
        }
    }

    /// The answer that is being worked on.
    pub fn take_answer(&self) -> Option<Answer> {
        match self.take() {
            State::Working { answer, .. } => Some(answer),
            _ => None,
        }
    }

    /// Keeps an answer until the library is back.
    pub fn put_answer(&self, response: Response) {
        *self.state() = State::Answered(Box::new(response));
    }

    fn take(&self) -> State {
        std::mem::replace(&mut *self.state(), State::Idle { is_whole: true })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No handler runs under the lock, and nothing else panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_plain(request: &Request) -> bool {
    let keeps_alive = match request.headers().get(CONNECTION) {
        Some(value) => value.as_bytes().eq_ignore_ascii_case(b"keep-alive"),
        None => true,
    };
    request.method() == Method::GET
        && request.version() == Version::HTTP_11
        && request.body().is_end_stream()
        && keeps_alive
}
