//! One WebSocket: messages in, encoded frames out. Socket.IO uses it as well.
//!
//! Frames go to the network as they are, many in one write, and not through the write buffer of the
//! library. That buffer grows to the largest frame and keeps its size: 11 KiB for each client that
//! joined a session of a hundred.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::hub::Listener;
use crate::live::disconnect::Disconnect;
use crate::state::OVERSIZE_DRAIN_BYTES;

/// The most frames in one write to the network. More gain nothing (measured).
const MAX_FRAMES_PER_WRITE: usize = 64;
/// The bytes after which no more frames are added to one write. They are held for each connection.
const MAX_BYTES_PER_WRITE: usize = 256 * 1024;
/// How long the close frame may take to be written.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a refused client may go on sending. It reads the close frame only after that.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// The buffer into which its bytes are read to be discarded.
const DRAIN_BUFFER_BYTES: usize = 8192;

/// A WebSocket whose handshake is done.
pub type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// A WebSocket and the frames that are to be written to it. The time that a client may accept no bytes
/// is limited below, by the stream of its connection.
pub struct WsConnection {
    socket: Socket,
    /// The client's ends of the hub, which are notified when the client accepts no bytes.
    listeners: Vec<Arc<Listener>>,
    is_blocked: bool,
    /// Whole frames, but for the first, of which a part may be written already. They are kept here, and
    /// not in the future that writes them: so the future can be dropped, and nothing is lost.
    unsent: VecDeque<Bytes>,
    unsent_bytes: usize,
}

impl WsConnection {
    /// A connection without unsent frames.
    pub fn new(socket: Socket, listeners: Vec<Arc<Listener>>) -> Self {
        let unsent = VecDeque::new();
        Self { socket, listeners, is_blocked: false, unsent, unsent_bytes: 0 }
    }

    /// Replaces the ends of the hub that are notified when the client accepts no bytes.
    pub fn set_listeners(&mut self, listeners: Vec<Arc<Listener>>) {
        self.listeners = listeners;
    }

    /// Waits for the next message of the client; None at the end. Dropping the future loses nothing.
    pub async fn recv(&mut self) -> Option<Result<Message, tungstenite::Error>> {
        self.socket.next().await
    }

    /// Adds whole frames after those that are not written yet.
    pub fn push(&mut self, frames: Bytes) {
        self.unsent_bytes += frames.len();
        self.unsent.push_back(frames);
    }

    /// Whether the unsent frames fill one write.
    pub fn is_full(&self) -> bool {
        self.unsent.len() >= MAX_FRAMES_PER_WRITE || self.unsent_bytes >= MAX_BYTES_PER_WRITE
    }

    /// Writes all unsent frames to the network.
    pub async fn flush(&mut self) -> Result<(), Disconnect> {
        Ok(self.write().await?)
    }

    /// Writes a ping.
    pub async fn ping(&mut self) -> Result<(), Disconnect> {
        Ok(self.socket.send(Message::Ping(Bytes::new())).await?)
    }

    /// Writes the pong that the library has made for a ping. The next ping is read only after that, so
    /// that pongs don't fill the library's buffer.
    pub async fn write_pong(&mut self) -> Result<(), Disconnect> {
        Ok(self.socket.flush().await?)
    }

    /// Writes the close frame, or the answer to that of the client, and ends the connection.
    pub async fn close(mut self, disconnect: Disconnect) {
        let Disconnect { close_frame, is_refusal, .. } = disconnect;
        let close = async {
            match close_frame {
                Some(frame) => {
                    self.write().await?;
                    self.socket.send(Message::Close(Some(frame))).await
                }
                None => self.socket.flush().await,
            }
        };
        // A client that does not read gets no reason. It has left its sessions already.
        let is_written = matches!(timeout(CLOSE_TIMEOUT, close).await, Ok(Ok(())));
        if is_refusal && is_written {
            let _ = timeout(DRAIN_TIMEOUT, self.drain()).await;
        }
    }

    /// Reads and discards what a refused client still sends, until it ends the connection itself. If the
    /// connection were closed with unread bytes, it would be reset, and the close frame lost.
    async fn drain(&mut self) -> io::Result<()> {
        let stream = self.socket.get_mut();
        stream.shutdown().await?;
        let mut buffer = vec![0; DRAIN_BUFFER_BYTES];
        let mut drained = 0;
        while drained < OVERSIZE_DRAIN_BYTES {
            match stream.read(&mut buffer).await? {
                0 => break,
                size => drained += size,
            }
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), tungstenite::Error> {
        if self.unsent.is_empty() {
            return Ok(());
        }
        // Frames that the library itself writes, such as pongs, must not be put into the middle of a frame
        // that is written below.
        self.socket.flush().await?;
        while !self.unsent.is_empty() {
            let written = poll_fn(|context| {
                let mut slices = [IoSlice::new(&[]); MAX_FRAMES_PER_WRITE];
                for (slice, frame) in slices.iter_mut().zip(&self.unsent) {
                    *slice = IoSlice::new(frame);
                }
                let slices = &slices[..self.unsent.len().min(MAX_FRAMES_PER_WRITE)];
                let outcome = Pin::new(self.socket.get_mut()).poll_write_vectored(context, slices);
                if outcome.is_pending() != self.is_blocked {
                    self.is_blocked = outcome.is_pending();
                    self.listeners.iter().for_each(|l| l.set_blocked(self.is_blocked));
                }
                outcome
            });
            let written = written.await?;
            if written == 0 {
                return Err(io::Error::from(io::ErrorKind::WriteZero).into());
            }
            self.advance(written);
        }
        // An idle connection holds no memory for frames.
        self.unsent = VecDeque::new();
        Ok(())
    }

    /// Removes the bytes that are written from the unsent frames.
    fn advance(&mut self, mut written: usize) {
        self.unsent_bytes = self.unsent_bytes.saturating_sub(written);
        while let Some(frame) = self.unsent.front_mut() {
            if frame.len() > written {
                frame.advance(written);
                return;
            }
            written -= frame.len();
            self.unsent.pop_front();
        }
    }
}
