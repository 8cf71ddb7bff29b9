//! Accepts connections and serves HTTP/1.1 on each.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use futures_util::future::join_all;
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

use super::connections::{ConnectionLimits, Connections, Permit};
use super::deadline::ReadTimeouts;
use super::listener::{Listeners, accept};
use super::stream::{Stream, Timeouts};
use crate::error::Error;
use crate::log_limit::LogLimit;

type Request = hyper::Request<Incoming>;

/// The largest head of a request. Browsers send all cookies of a host, whatever its ports, and those of
/// `localhost` come together; no more than this is kept of a head that never ends.
const MAX_HEAD_BYTES: usize = 32 * 1024;
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
    /// Serves `router` until `stop`; a connection that takes nothing for `write_timeout` is closed.
    pub fn new(
        router: Router,
        refuse: fn(Error) -> Response,
        limits: ConnectionLimits,
        read: ReadTimeouts,
        write_timeout: Duration,
        stop: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            router,
            refuse,
            connections: Connections::new(limits),
            timeouts: Arc::new(Timeouts { read, write: write_timeout }),
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
        let (server, peer) = (self.clone(), stream.peer());
        // A token of its own: every connection that waits for the one token would take its lock.
        let stop = self.stop.child_token();
        self.served.spawn(async move {
            let service = service_fn(|request: Request| {
                peer.advance();
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(peer.clone());
                let (answer, peer) = (server.router.clone().call(request), peer.clone());
                async move {
                    let response = answer.await?;
                    match response.status() {
                        StatusCode::SWITCHING_PROTOCOLS => peer.upgrade(),
                        _ => peer.advance(),
                    }
                    Ok::<_, Infallible>(response)
                }
            });
            let connection = http().serve_connection(TokioIo::new(stream), service).with_upgrades();
            let mut connection = pin!(connection);
            let outcome = tokio::select! {
                outcome = connection.as_mut() => outcome,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(cause) = outcome {
                tracing::debug!(%cause, "a connection broke");
            }
        });
    }

    /// Answers the first request of a connection with `refusal`: a client that hears why it is not let
    /// in needs no guess, and comes back later.
    fn refuse(self: &Arc<Self>, stream: TcpStream, address: SocketAddr, refusal: Error) {
        self.log_refusal(address, &refusal);
        let Ok(turn) = self.refusing.clone().try_acquire_owned() else { return };
        let timeouts =
            ReadTimeouts { idle: REFUSAL_TIMEOUT, header: REFUSAL_TIMEOUT, body: REFUSAL_TIMEOUT };
        let timeouts = Timeouts { read: timeouts, write: REFUSAL_TIMEOUT };
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
            let connection = http().serve_connection(TokioIo::new(stream), service);
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

fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    // A client may close its side after its request and still wait for the answer.
    http.half_close(true).max_header_size(MAX_HEAD_BYTES);
    // The stream has its own, which tells a head from the wait for one.
    http.header_read_timeout(None);
    http
}
