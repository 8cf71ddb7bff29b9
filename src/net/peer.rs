//! What the parts that serve a connection share about it, and how a handler notices that its client has
//! disconnected.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::http::Extensions;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::time::sleep;

use super::deadline::Progress;

/// A connection without its read half.
pub struct SharedConnection {
    write: OwnedWriteHalf,
    /// The address of the peer; None if the connection was closed before it was asked for.
    address: Option<SocketAddr>,
    progress: AtomicU64,
    /// Whether the last write is waiting because the client reads nothing.
    is_blocked: AtomicBool,
}

impl SharedConnection {
    pub fn new(write: OwnedWriteHalf) -> Arc<Self> {
        let address = write.peer_addr().ok();
        let address =
            address.map(|address| SocketAddr::new(address.ip().to_canonical(), address.port()));
        Arc::new(Self {
            write,
            address,
            progress: AtomicU64::new(Progress::START.0),
            is_blocked: AtomicBool::new(false),
        })
    }

    pub fn progress(&self) -> Progress {
        Progress(self.progress.load(Ordering::Relaxed))
    }

    pub fn set_blocked(&self, is_blocked: bool) {
        self.is_blocked.store(is_blocked, Ordering::Relaxed);
    }

    pub fn write(&self) -> &OwnedWriteHalf {
        &self.write
    }

    pub fn tcp(&self) -> &TcpStream {
        self.write.as_ref()
    }
}

/// Notices when the client closes its side of the connection. Every request has it in its extensions.
///
/// A client may close its side right after a request and still read the response, so this does not cancel
/// ordinary requests. But a request that waits for an event, such as a long poll of Socket.IO, can end
/// then: a client that is still interested does not close its side.
#[derive(Clone)]
pub struct PeerClosed(Weak<SharedConnection>);

/// The readiness to wait for. On Linux, `PRIORITY` becomes ready when the client closes its side, but not
/// when it sends more bytes.
#[cfg(any(target_os = "linux", target_os = "android"))]
const END_OF_STREAM: Interest = Interest::PRIORITY;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const END_OF_STREAM: Interest = Interest::READABLE;

/// The interval of checks where unread bytes make the connection ready at once.
const RECHECK_INTERVAL: Duration = Duration::from_secs(1);

impl PeerClosed {
    pub(super) fn new(shared: &Arc<SharedConnection>) -> Self {
        Self(Arc::downgrade(shared))
    }

    /// The address of the other end of a request with these extensions, if it is known.
    pub fn address_of(extensions: &Extensions) -> Option<SocketAddr> {
        extensions.get::<Self>()?.address()
    }

    /// The address of the other end; None if the connection is closed.
    fn address(&self) -> Option<SocketAddr> {
        self.0.upgrade()?.address
    }

    /// The progress of the connection; the start if the connection is closed.
    pub(super) fn progress(&self) -> Progress {
        self.0.upgrade().map_or(Progress::START, |shared| shared.progress())
    }

    /// Whether a write is waiting because the client reads nothing.
    pub(super) fn is_blocked(&self) -> bool {
        self.0.upgrade().is_some_and(|shared| shared.is_blocked.load(Ordering::Relaxed))
    }

    /// Records that a handler has started to work on a request, or has answered it.
    pub(super) fn advance(&self) {
        if let Some(shared) = self.0.upgrade() {
            shared.progress.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Records that the connection has become a WebSocket.
    pub(super) fn upgrade(&self) {
        if let Some(shared) = self.0.upgrade() {
            shared.progress.store(Progress::UPGRADED.0, Ordering::Relaxed);
        }
    }

    /// Completes when the client has closed its side, or the connection is closed.
    pub async fn closed(&self) {
        let Some(shared) = self.0.upgrade() else { return };
        loop {
            match shared.tcp().ready(END_OF_STREAM).await {
                Ok(ready) if !ready.is_read_closed() => sleep(RECHECK_INTERVAL).await,
                _ => return,
            }
        }
    }
}
