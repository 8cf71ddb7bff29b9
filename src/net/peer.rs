//! What is shared about a connection by those who serve it, and whether its other end is still there.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::time::sleep;

use super::deadline::Progress;

/// A connection as those see it who do not read from it.
pub struct Shared {
    write: OwnedWriteHalf,
    progress: AtomicU64,
    /// Whether the other end took nothing of what was last written to it.
    is_blocked: AtomicBool,
}

impl Shared {
    pub fn new(write: OwnedWriteHalf) -> Arc<Self> {
        Arc::new(Self {
            write,
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

/// Tells when the client has closed its side of the connection. It stands in the extensions of every
/// request.
///
/// A client may close its side right after a request and still read the answer, so the end of
/// what it sends ends no request by itself. But a request that waits for something to happen, such as
/// a poll of Socket.IO, is over then: a client that still waited would not have closed.
#[derive(Clone)]
pub struct PeerClosed(Weak<Shared>);

/// What is waited for. On Linux there is an interest that is met by the end of what the client sends,
/// but not by more bytes of it.
#[cfg(any(target_os = "linux", target_os = "android"))]
const END_OF_STREAM: Interest = Interest::PRIORITY;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const END_OF_STREAM: Interest = Interest::READABLE;

/// How long to wait before looking again, where there are unread bytes and the interest is met by them.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl PeerClosed {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::downgrade(shared))
    }

    /// How far the connection has come; the beginning when it is gone.
    pub(super) fn progress(&self) -> Progress {
        self.0.upgrade().map_or(Progress::START, |shared| shared.progress())
    }

    /// Whether something is to be written that the other end does not take.
    pub(super) fn is_blocked(&self) -> bool {
        self.0.upgrade().is_some_and(|shared| shared.is_blocked.load(Ordering::Relaxed))
    }

    /// A handler begins to work on a request, or has answered it.
    pub(super) fn advance(&self) {
        if let Some(shared) = self.0.upgrade() {
            shared.progress.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The request has made a WebSocket of the connection.
    pub(super) fn upgrade(&self) {
        if let Some(shared) = self.0.upgrade() {
            shared.progress.store(Progress::UPGRADED.0, Ordering::Relaxed);
        }
    }

    /// Waits until the client has closed its side, or the connection is gone.
    pub async fn closed(&self) {
        let Some(shared) = self.0.upgrade() else { return };
        loop {
            match shared.tcp().ready(END_OF_STREAM).await {
                Ok(ready) if !ready.is_read_closed() => sleep(LOOK_AGAIN).await,
                _ => return,
            }
        }
    }
}
