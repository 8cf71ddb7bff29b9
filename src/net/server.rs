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

use super::connection;
use super::connection_limits::{ConnectionCounter, ConnectionLimits, Permit};
use super::deadline::ReadTimeouts;
use super::in_flight::Request;
use super::listener::{Listeners, accept};
use super::stream::{TimeoutStream, Timeouts};
use crate::error::Error;
use crate::log_limit::LogLimit;
use crate::metrics::Metrics;

/// The maximum number of connections beyond the limit that are sent an error at the same time. Further ones
/// are closed without a response.
const MAX_REJECTING: usize = 64;
/// The timeout of every step of a connection beyond the limit.
const REJECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// An HTTP server: accepts connections and serves a router on them.
pub struct Server {
    router: Router,
    /// Makes the response to a connection beyond the limit.
    error_response: fn(Error) -> Response,
    connection_counter: Arc<ConnectionCounter>,
    timeouts: Arc<Timeouts>,
    rejecting: Arc<Semaphore>,
    rejection_log: LogLimit,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
    /// The connections that are being served, without those that have become WebSockets.
    served: TaskTracker,
}

impl Server {
    /// A server of `router`, which stops accepting connections at `stop`. `error_response` makes the
    /// response to a connection beyond the limits.
    pub fn new(
        router: Router,
        error_response: fn(Error) -> Response,
        limits: ConnectionLimits,
        timeouts: Timeouts,
        metrics: Arc<Metrics>,
        stop: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            router,
            error_response,
            connection_counter: ConnectionCounter::new(limits),
            timeouts: Arc::new(timeouts),
            rejecting: Arc::new(Semaphore::new(MAX_REJECTING)),
            rejection_log: LogLimit::new(),
            metrics,
            stop,
            served: TaskTracker::new(),
        })
    }

    /// Accepts connections until `stop`, and then waits until the requests in flight have ended.
    pub async fn run(self: Arc<Self>, listeners: Listeners) {
        // In one task, so that the supervisor notices a panic in any of them.
        join_all(listeners.sockets.into_iter().map(|socket| self.accept_all(socket))).await;
        self.served.close();
        self.served.wait().await;
    }

    async fn accept_all(self: &Arc<Self>, socket: TcpListener) {
        while let Some((stream, address)) = self.stop.run_until_cancelled(accept(&socket)).await {
            match self.connection_counter.admit(address.ip()) {
                Ok(permit) => self.serve(stream, permit),
                Err(rejection) => self.reject(stream, address, rejection),
            }
        }
    }

    fn serve(self: &Arc<Self>, stream: TcpStream, permit: Permit) {
        let stream = TimeoutStream::new(stream, self.timeouts.clone(), Some(permit));
        let server = self.clone();
        // A child token, since all connections that wait on one token share its lock.
        let stop = self.stop.child_token();
        self.served.spawn(async move {
            connection::serve(stream, &server.router, server.timeouts.park_after, stop).await;
        });
    }

    /// Responds to the first request of a connection with an error, so that the client knows why it is
    /// rejected and can retry later.
    fn reject(self: &Arc<Self>, stream: TcpStream, address: SocketAddr, rejection: Error) {
        self.log_rejection(address, &rejection);
        let Ok(slot) = self.rejecting.clone().try_acquire_owned() else { return };
        let timeouts = ReadTimeouts {
            idle: REJECTION_TIMEOUT,
            header: REJECTION_TIMEOUT,
            body: REJECTION_TIMEOUT,
        };
        let timeouts =
            Timeouts { read: timeouts, write: REJECTION_TIMEOUT, park_after: REJECTION_TIMEOUT };
        let stream = TimeoutStream::new(stream, Arc::new(timeouts), None);
        let error_response = self.error_response;
        let stop = self.stop.clone();
        self.served.spawn(async move {
            let _slot: OwnedSemaphorePermit = slot;
            let service = service_fn(|_: Request| {
                let mut response = error_response(rejection.clone());
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                std::future::ready(Ok::<_, Infallible>(response))
            });
            let connection = connection::http().serve_connection(TokioIo::new(stream), service);
            let _ = stop.run_until_cancelled(connection).await;
        });
    }

    fn log_rejection(&self, address: SocketAddr, rejection: &Error) {
        let kind = match rejection {
            Error::RateLimited(_) => "address_connections",
            _ => "connections",
        };
        self.metrics.http.rate_limited_total.with([kind]).inc();
        // Limited by code, not by address: otherwise many addresses could fill the log.
        if let Some(suppressed) = self.rejection_log.admit(rejection.code()) {
            let address = address.ip().to_canonical();
            tracing::warn!(suppressed, %address, reason = %rejection, "connection rejected");
        }
    }
}
