//! Speaks HTTP/1.1 on one connection, as long as there is something to say.
//!
//! The HTTP library has 16 KiB of buffers for a connection, whatever the connection does. Most
//! connections only wait: for the next request of a client that keeps them open, or, with a poll of
//! Socket.IO, for something to happen. One that has waited for a while is taken away from the
//! library, and given back to a new instance of it when there is something to read or to answer.

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

use super::stream::Stream;
use super::work::{Request, Work};

/// How long a connection waits before it rests. One that is in use never does, and so is not slower.
pub const REST_AFTER: Duration = Duration::from_millis(250);
/// The largest head of a request. Browsers send all cookies of a host, whatever its ports, and those of
/// `localhost` come together; no more than this is kept of a head that never ends.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// What a new instance of the library reads in place of the request whose answer is there.
const ANSWERED_REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

/// The library, as it is set up for every connection.
pub fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    // A client may close its side after its request and still wait for the answer.
    http.half_close(true).max_header_size(MAX_HEAD_BYTES);
    // The stream has its own, which tells a head from the wait for one.
    http.header_read_timeout(None);
    http
}

/// Serves a connection until it ends; after `stop` it ends with the request that is being answered.
pub async fn serve(mut stream: Stream, router: &Router, rest: Duration, stop: CancellationToken) {
    let work = Work::new(stream.peer());
    // A connection at rest holds no room for what it takes to speak HTTP.
    while let Some(rested) = Box::pin(converse(stream, router, &work, rest, &stop)).await {
        stream = rested;
        match work.take_answer() {
            Some(answer) => {
                let Ok(response) = answer.await;
                work.put_answer(response);
                stream.put_back(Bytes::from_static(ANSWERED_REQUEST));
            }
            None => tokio::select! {
                is_readable = stream.readable() => if !is_readable { return },
                () = stop.cancelled() => return,
            },
        }
    }
}

/// Answers requests until the connection ends, or gives it back when there is nothing to do.
async fn converse(
    stream: Stream,
    router: &Router,
    work: &Work,
    rest: Duration,
    stop: &CancellationToken,
) -> Option<Stream> {
    let peer = stream.peer();
    let service = service_fn(|request: Request| {
        work.begin(router, request);
        poll_fn(|context| work.poll_answer(context).map(Ok::<_, Infallible>))
    });
    let mut http = http();
    // Where an answer is all that is left, it says so.
    http.keep_alive(!stop.is_cancelled());
    let mut connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    let mut look = pin!(sleep(rest));
    let mut progress = peer.progress();
    let mut is_stopping = stop.is_cancelled();
    loop {
        tokio::select! {
            // First, since a connection that rested begins with what it was given.
            biased;
            outcome = &mut connection => {
                if let Err(cause) = outcome {
                    tracing::debug!(%cause, "a connection broke");
                }
                return None;
            }
            () = stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                pin::Pin::new(&mut connection).graceful_shutdown();
            }
            () = look.as_mut(), if !is_stopping => {
                let before = std::mem::replace(&mut progress, peer.progress());
                // Whatever the library has still to write would be lost.
                if progress == before && work.may_rest() && !peer.is_blocked() {
                    break;
                }
                look.as_mut().reset(Instant::now() + rest);
            }
        }
    }
    let parts = connection.into_parts()?;
    let mut stream = parts.io.into_inner();
    // A copy, since what was read may be a small part of the library's buffer.
    stream.put_back(Bytes::copy_from_slice(&parts.read_buf));
    Some(stream)
}
