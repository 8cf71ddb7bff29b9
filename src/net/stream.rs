//! Connections as they are accepted: acknowledged at once at their beginning, and given up when their
//! other end takes nothing for too long.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};

/// So many reads at the beginning of a connection are acknowledged at once. Engine.IO begins with a
/// ping; a client without TCP_NODELAY would not send its first event before its pong is
/// acknowledged, and Linux by itself waits 40 ms for an answer to send that along with.
const PROMPT_READS: u8 = 4;

/// Accepts connections whose patience has an end.
pub struct PatientListener {
    listener: TcpListener,
    patience: Duration,
}

impl PatientListener {
    /// Gives a connection up when it takes nothing for as long as `patience`.
    pub fn new(listener: TcpListener, patience: Duration) -> Self {
        Self { listener, patience }
    }
}

impl Listener for PatientListener {
    type Io = Patient;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Patient, SocketAddr) {
        let (stream, addr) = Listener::accept(&mut self.listener).await;
        // Small frames must not wait for each other.
        if let Err(cause) = stream.set_nodelay(true) {
            tracing::debug!(%cause, "cannot set TCP_NODELAY");
        }
        let patience = self.patience;
        (Patient { stream, patience, blocked: None, prompt_reads: PROMPT_READS }, addr)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection on which a write fails when nothing of it is taken for too long.
///
/// Whoever waits for a write to end may not be there to hear that the client is gone; the
/// Socket.IO library, for one, tells of a disconnect only when its last write has ended.
pub struct Patient {
    stream: TcpStream,
    patience: Duration,
    /// Runs while the other end takes nothing.
    blocked: Option<Pin<Box<Sleep>>>,
    /// How many of the next reads are acknowledged at once.
    prompt_reads: u8,
}

impl Patient {
    /// Lets the other end know at once what has been read, as long as the beginning lasts.
    fn acknowledge(&mut self) {
        if self.prompt_reads > 0 {
            self.prompt_reads -= 1;
            #[cfg(target_os = "linux")]
            if let Err(cause) = self.stream.set_quickack(true) {
                tracing::debug!(%cause, "cannot set TCP_QUICKACK");
            }
        }
    }

    fn bounded(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if outcome.is_ready() {
            self.blocked = None;
            return outcome;
        }
        let patience = self.patience;
        let blocked = self.blocked.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(blocked.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let outcome = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        self.acknowledge();
        Poll::Ready(outcome)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, buffer);
        self.bounded(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, buffers);
        self.bounded(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
