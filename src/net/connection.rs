//! Serves HTTP/1.1 on one connection.
//!
//! hyper holds 16 KiB of buffers for a connection, whatever the connection does. Most connections only wait:
//! for the next request of a client that keeps them alive, or, during a long poll of Socket.IO, for an event.
//! So a connection that has waited for a while is parked: hyper is dropped, and only the socket and the
//! handler's unfinished response are kept. When there is something to read or to respond, a new instance of
//! hyper takes over.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{self, pin};
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::in_flight::{InFlight, Request};
use super::stream::TimeoutStream;

/// How long a connection waits before it is parked. A connection in use waits for less, so parking does not
/// slow it down.
pub const PARK_AFTER: Duration = Duration::from_millis(250);

/// The maximum size of a request's head. Browsers send all cookies of a host regardless of the port, and
/// those of every service on `localhost` add up.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// What a new instance of hyper reads in place of the request whose response is ready.
const PLACEHOLDER_REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

/// hyper, as it is configured for every connection.
pub fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    // A client may close its side after its request and still read the response.
    http.half_close(true).max_header_size(MAX_HEAD_BYTES);
    // The stream has timeouts of its own, which distinguish a slow head from an idle connection.
    http.header_read_timeout(None);
    http
}

/// Serves a connection until it ends. After `stop` it ends with the request that is in flight.
pub async fn serve(
    mut stream: TimeoutStream,
    router: &Router,
    park_after: Duration,
    stop: CancellationToken,
) {
    let in_flight = InFlight::new(stream.peer());
    // Boxed, so that the memory of hyper's future is freed while the connection is parked.
    while let Some(parked) = Box::pin(run(stream, router, &in_flight, park_after, &stop)).await {
        stream = parked;
        match in_flight.take_response_future() {
            Some(response) => {
                let Ok(response) = response.await;
                in_flight.set_response(response);
                stream.unread(Bytes::from_static(PLACEHOLDER_REQUEST));
            }
            None => tokio::select! {
                is_readable = stream.readable() => if !is_readable { return },
                () = stop.cancelled() => return,
            },
        }
    }
}

/// Serves requests with one instance of hyper. Returns the stream when the connection can be parked, and None
/// when the connection has ended.
async fn run(
    stream: TimeoutStream,
    router: &Router,
    in_flight: &InFlight,
    park_after: Duration,
    stop: &CancellationToken,
) -> Option<TimeoutStream> {
    let peer = stream.peer();
    let service = service_fn(|request: Request| {
        in_flight.start(router, request);
        poll_fn(|context| in_flight.poll_response(context).map(Ok::<_, Infallible>))
    });
    let mut http = http();
    // During a shutdown the response is the last one, and says so with `Connection: close`.
    http.keep_alive(!stop.is_cancelled());
    let mut connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut check = pin!(sleep(park_after));
    let mut progress = peer.progress();
    let mut is_stopping = stop.is_cancelled();
    loop {
        tokio::select! {
            // hyper is polled first: a connection that was parked has bytes to process right away.
            biased;
            outcome = &mut connection => {
                if let Err(cause) = outcome {
                    tracing::debug!(%cause, "connection failed");
                }
                return None;
            }
            () = stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                pin::Pin::new(&mut connection).graceful_shutdown();
            }
            () = check.as_mut(), if !is_stopping => {
                let before = std::mem::replace(&mut progress, peer.progress());
                // A blocked connection is not parked: what hyper has still to write would be lost.
                if progress == before && in_flight.can_park() && !peer.is_blocked() {
                    break;
                }
                check.as_mut().reset(Instant::now() + park_after);
            }
        }
    }
    let parts = connection.into_parts()?;
    let mut stream = parts.io.into_inner();
    // A copy, since the unused bytes may be a small part of hyper's read buffer.
    stream.unread(Bytes::copy_from_slice(&parts.read_buf));
    Some(stream)
}
