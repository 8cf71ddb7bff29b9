//! One accepted connection. Its beginning is acknowledged at once, and it is given up when its other
//! end is late to send something or takes nothing for too long.

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

use super::connections::Permit;
use super::deadline::{ReadDeadline, ReadTimeouts};
use super::peer::{PeerClosed, Shared};

/// So many reads at the beginning of a connection are acknowledged at once. A client without TCP_NODELAY
/// does not send its next message before the last one is acknowledged, and Linux waits up to 40 ms for an
/// answer to send that along with. There may be none: a Socket.IO client that goes over to a WebSocket
/// says so with a packet that is not answered, and its first event comes behind that.
const QUICKACK_READS: u8 = 4;

/// How long the other end may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    pub read: ReadTimeouts,
    /// For taking anything at all of what is written to it.
    pub write: Duration,
    /// For having something to do. After so long the connection rests: it keeps no buffers.
    pub rest: Duration,
}

/// A connection on which a read fails when what is waited for is late, and a write when nothing of it
/// is taken for too long.
///
/// Whoever waits for a write to end reads nothing meanwhile, and so does not hear that the client is gone.
pub struct Stream {
    read: OwnedReadHalf,
    shared: Arc<Shared>,
    timeouts: Arc<Timeouts>,
    read_deadline: ReadDeadline,
    /// Is read before anything that comes.
    unread: Bytes,
    /// Runs while the other end takes nothing.
    blocked: Option<Pin<Box<Sleep>>>,
    /// How many of the next reads are acknowledged at once.
    quickack_reads: u8,
    /// Counts the connection as open until it is dropped.
    _permit: Option<Permit>,
}

impl Stream {
    pub fn new(stream: TcpStream, timeouts: Arc<Timeouts>, permit: Option<Permit>) -> Self {
        // Small frames must not wait for each other.
        if let Err(cause) = stream.set_nodelay(true) {
            tracing::debug!(%cause, "cannot set TCP_NODELAY");
        }
        let (read, write) = stream.into_split();
        Self {
            read,
            shared: Shared::new(write),
            timeouts,
            read_deadline: ReadDeadline::new(),
            unread: Bytes::new(),
            blocked: None,
            quickack_reads: QUICKACK_READS,
            _permit: permit,
        }
    }

    /// Tells others when the client has closed its side.
    pub fn peer(&self) -> PeerClosed {
        PeerClosed::new(&self.shared)
    }

    /// Gives back what was read and not used; what was given back before stands behind it.
    pub fn put_back(&mut self, bytes: Bytes) {
        self.unread = match self.unread.is_empty() {
            true => bytes,
            false => [bytes, std::mem::take(&mut self.unread)].concat().into(),
        };
    }

    /// Comes back with true when there is more to read, or the end of it, and with false when that is
    /// late.
    pub async fn readable(&mut self) -> bool {
        poll_fn(|context| {
            if self.read.as_ref().poll_read_ready(context).is_ready() {
                return Poll::Ready(true);
            }
            let progress = self.shared.progress();
            self.read_deadline.poll_late(context, progress, &self.timeouts.read).map(|()| false)
        })
        .await
    }

    /// Lets the other end know at once what has been read, as long as the beginning lasts.
    fn acknowledge(&mut self) {
        if self.quickack_reads > 0 {
            self.quickack_reads -= 1;
            #[cfg(target_os = "linux")]
            if let Err(cause) = self.shared.tcp().set_quickack(true) {
                tracing::debug!(%cause, "cannot set TCP_QUICKACK");
            }
        }
    }

    /// Writes what can be written, or fails when nothing could be for too long.
    fn poll_written(
        &mut self,
        context: &mut Context<'_>,
        write: impl Fn(&Shared) -> io::Result<usize>,
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

impl AsyncRead for Stream {
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
        ready!(this.read_deadline.poll_late(context, progress, &this.timeouts.read));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_written(context, |shared| shared.write().try_write(buffer))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_written(context, |shared| shared.write().try_write_vectored(buffers))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match SockRef::from(self.shared.tcp()).shutdown(Shutdown::Write) {
            // The other end was faster.
            Err(cause) if cause.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            outcome => Poll::Ready(outcome),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Whoever waits for the client to close keeps the socket open meanwhile. The wait ends now.
        if Arc::strong_count(&self.shared) > 1 {
            let _ = SockRef::from(self.shared.tcp()).shutdown(Shutdown::Both);
        }
    }
}
