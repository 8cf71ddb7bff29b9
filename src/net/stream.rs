//! An accepted connection as a byte stream with timeouts for reads and writes. Its first reads are
//! acknowledged at once (TCP_QUICKACK).

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::{Sleep, sleep};

use super::connection_limits::Permit;
use super::deadline::{ReadDeadline, ReadTimeouts};
use super::peer::{PeerClosed, SharedConnection};

/// The number of reads at the beginning of a connection that are acknowledged at once.
///
/// A client without TCP_NODELAY does not send its next message before the last one is acknowledged, and
/// Linux delays an acknowledgement by up to 40 ms, to send it with a response. Where there is no
/// response, the client would wait: a Socket.IO client that upgrades to a WebSocket says so with a packet
/// that has no response, and sends its first event after that.
const QUICKACK_READS: u8 = 4;

/// The timeouts of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For the client to send its requests.
    pub read: ReadTimeouts,
    /// For the client to read anything of what is written to it.
    pub write: Duration,
    /// After how long without anything to do the connection is parked, which frees its buffers.
    pub park_after: Duration,
}

/// A connection on which a read fails with `TimedOut` when the client is late to send, and a write when the
/// client has read nothing for too long.
///
/// Writes need a timeout of their own, because a task that waits for a write does not read meanwhile, and so
/// does not notice that the client has disconnected.
pub struct TimeoutStream {
    read: OwnedReadHalf,
    shared: Arc<SharedConnection>,
    timeouts: Arc<Timeouts>,
    read_deadline: ReadDeadline,
    /// Bytes to read before those of the socket.
    unread: Bytes,
    /// The timeout of a write that is waiting; None while writes succeed.
    blocked: Option<Pin<Box<Sleep>>>,
    /// The number of further reads to acknowledge at once.
    quickack_reads: u8,
    /// Counts the connection as open until the stream is dropped.
    _permit: Option<Permit>,
}

impl TimeoutStream {
    pub fn new(stream: TcpStream, timeouts: Arc<Timeouts>, permit: Option<Permit>) -> Self {
        // A small frame must not wait until the previous one is acknowledged (Nagle's algorithm).
        if let Err(cause) = stream.set_nodelay(true) {
            tracing::debug!(%cause, "cannot set TCP_NODELAY");
        }
        let (read, write) = stream.into_split();
        Self {
            read,
            shared: SharedConnection::new(write),
            timeouts,
            read_deadline: ReadDeadline::new(),
            unread: Bytes::new(),
            blocked: None,
            quickack_reads: QUICKACK_READS,
            _permit: permit,
        }
    }

    /// A handle by which others notice that the client has closed its side.
    pub fn peer(&self) -> PeerClosed {
        PeerClosed::new(&self.shared)
    }

    /// Puts bytes back that were read and not used. They are read before those that were put back earlier.
    pub fn unread(&mut self, bytes: Bytes) {
        self.unread = match self.unread.is_empty() {
            true => bytes,
            false => [bytes, std::mem::take(&mut self.unread)].concat().into(),
        };
    }

    /// Returns true when there are bytes to read or the client has closed its side, and false when the
    /// deadline has passed before.
    pub async fn readable(&mut self) -> bool {
        poll_fn(|context| {
            if self.read.as_ref().poll_read_ready(context).is_ready() {
                return Poll::Ready(true);
            }
            let progress = self.shared.progress();
            self.read_deadline.poll_expired(context, progress, &self.timeouts.read).map(|()| false)
        })
        .await
    }

    /// Acknowledges what was read at once, for the first reads of the connection.
    fn acknowledge(&mut self) {
        if self.quickack_reads > 0 {
            self.quickack_reads -= 1;
            #[cfg(target_os = "linux")]
            if let Err(cause) = self.shared.tcp().set_quickack(true) {
                tracing::debug!(%cause, "cannot set TCP_QUICKACK");
            }
        }
    }

    /// Writes as many bytes as possible, or fails when none could be written for too long.
    fn poll_write_with(
        &mut self,
        context: &mut Context<'_>,
        write: impl Fn(&SharedConnection) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            match write(&self.shared) {
                Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => {}
                outcome => {
                    if self.blocked.take().is_some() {
                        self.shared.set_blocked(false);
                    }
                    return Poll::Ready(outcome);
                }
            }
            if let Poll::Ready(outcome) = self.shared.tcp().poll_write_ready(context) {
                outcome?;
                continue;
            }
            let timeout = self.timeouts.write;
            self.shared.set_blocked(true);
            let blocked = self.blocked.get_or_insert_with(|| Box::pin(sleep(timeout)));
            ready!(blocked.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
    }
}

impl AsyncRead for TimeoutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.unread.is_empty() {
            let size = this.unread.len().min(buffer.remaining());
            buffer.put_slice(&this.unread.split_to(size));
            return Poll::Ready(Ok(()));
        }
        let progress = this.shared.progress();
        if let Poll::Ready(outcome) = Pin::new(&mut this.read).poll_read(context, buffer) {
            this.acknowledge();
            this.read_deadline.on_read(progress);
            return Poll::Ready(outcome);
        }
        ready!(this.read_deadline.poll_expired(context, progress, &this.timeouts.read));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for TimeoutStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(context, |shared| shared.write().try_write(buffer))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(context, |shared| shared.write().try_write_vectored(buffers))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match SockRef::from(self.shared.tcp()).shutdown(Shutdown::Write) {
            // The client has closed the connection already.
            Err(cause) if cause.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            outcome => Poll::Ready(outcome),
        }
    }
}

impl Drop for TimeoutStream {
    fn drop(&mut self) {
        // A task in [`PeerClosed::closed`] holds the socket open. Shutting it down ends that wait.
        if Arc::strong_count(&self.shared) > 1 {
            let _ = SockRef::from(self.shared.tcp()).shutdown(Shutdown::Both);
        }
    }
}
