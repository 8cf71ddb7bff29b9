//! Accepts connections and serves HTTP/1.1 on each.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use futures_util::future::join_all;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connections::{ConnectionLimits, Connections, Permit};
use super::deadline::ReadTimeouts;
use super::listener::{Listeners, accept};
use super::serving;
use super::stream::{Stream, Timeouts};
use super::work::Request;
use crate::error::Error;
use crate::log_limit::LogLimit;

/// How many connections beyond the limit are told so at once; those that are still more are closed.
const MAX_REFUSING: usize = 64;
/// How long a connection beyond the limit may take for anything.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(2);

/// What it takes to serve connections.
pub struct Server {
    router: Router,
    /// How an error is answered.
    refuse: fn(Error) -> Response,
    connections: Arc<Connections>,
    timeouts: Arc<Timeouts>,
    refusing: Arc<Semaphore>,
    refusal_log: LogLimit,
    stop: CancellationToken,
    /// The connections that are served; one that became a WebSocket is none of them.
    served: TaskTracker,
}

impl Server {
    /// Serves `router` until `stop`.
    pub fn new(
        router: Router,
        refuse: fn(Error) -> Response,
        limits: ConnectionLimits,
        timeouts: Timeouts,
        stop: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            router,
            refuse,
            connections: Connections::new(limits),
            timeouts: Arc::new(timeouts),
            refusing: Arc::new(Semaphore::new(MAX_REFUSING)),
            refusal_log: LogLimit::new(),
            stop,
            served: TaskTracker::new(),
        })
    }

    /// Accepts connections until the server is to stop, and waits until their requests have ended.
    pub async fn run(self: Arc<Self>, listeners: Listeners) {
        // In one task, so that a panic of any of them is one of this.
        join_all(listeners.sockets.into_iter().map(|socket| self.accept_all(socket))).await;
        self.served.close();
        self.served.wait().await;
    }

    async fn accept_all(self: &Arc<Self>, socket: TcpListener) {
        while let Some((stream, address)) = self.stop.run_until_cancelled(accept(&socket)).await {
            match self.connections.admit(address.ip()) {
                Ok(permit) => self.serve(stream, permit),
                Err(refusal) => self.refuse(stream, address, refusal),
            }
        }
    }

    fn serve(self: &Arc<Self>, stream: TcpStream, permit: Permit) {
        let stream = Stream::new(stream, self.timeouts.clone(), Some(permit));
        let server = self.clone();
        // A token of its own: every connection that waits for the one token would take its lock.
        let stop = self.stop.child_token();
        self.served.spawn(async move {
            serving::serve(stream, &server.router, server.timeouts.rest, stop).await;
        });
    }

    /// Answers the first request of a connection with `refusal`: a client that hears why it is not let
    /// in needs no guess, and comes back later.
    fn refuse(self: &Arc<Self>, stream: TcpStream, address: SocketAddr, refusal: Error) {
        self.log_refusal(address, &refusal);
        let Ok(turn) = self.refusing.clone().try_acquire_owned() else { return };
        let timeouts =
            ReadTimeouts { idle: REFUSAL_TIMEOUT, header: REFUSAL_TIMEOUT, body: REFUSAL_TIMEOUT };
        let timeouts = Timeouts { read: timeouts, write: REFUSAL_TIMEOUT, rest: REFUSAL_TIMEOUT };
        let stream = Stream::new(stream, Arc::new(timeouts), None);
        let refuse = self.refuse;
        let stop = self.stop.clone();
        self.served.spawn(async move {
            let _turn: OwnedSemaphorePermit = turn;
            let service = service_fn(|_: Request| {
                let mut response = refuse(refusal.clone());
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                std::future::ready(Ok::<_, Infallible>(response))
            });
            let connection = serving::http().serve_connection(TokioIo::new(stream), service);
            let _ = stop.run_until_cancelled(connection).await;
        });
    }

    fn log_refusal(&self, address: SocketAddr, refusal: &Error) {
        // Not told apart by address, or many addresses could fill the log.
        if let Some(suppressed) = self.refusal_log.admit(refusal.code()) {
            let address = address.ip().to_canonical();
            tracing::warn!(suppressed, %address, reason = %refusal, "a connection is not let in");
        }
    }
}
