//! One plain WebSocket. Frames go to the network as they are, many in one write, past the write
//! buffer of the library: that one grows to the largest frame and stays so, 11 KiB for a client
//! that joined a session of a hundred.

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

use super::disconnect::Disconnect;
use crate::hub::Listener;
use crate::state::FORBEARANCE;

/// Past so many frames a larger write to the network gains nothing (measured).
const FRAMES_A_WRITE: usize = 64;
/// The same in bytes; what is still to be written is held for each connection.
const BYTES_A_WRITE: usize = 256 * 1024;
/// How long a client that is put out may take to read why.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long a client that is refused may go on writing: it reads why only when it has done so.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// What it writes is thrown away in pieces of so many bytes.
const DRAIN_BUFFER: usize = 8192;

/// A WebSocket whose handshake is done.
pub type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// The socket, and the frames on their way to it. How long a client may take nothing of them is
/// watched where its connection was accepted.
pub struct Wire {
    socket: Socket,
    /// Are told when the client takes nothing.
    listeners: Vec<Arc<Listener>>,
    is_blocked: bool,
    /// Whole frames, but for the first, of which a part may be written. They are kept here and not
    /// in the future that writes them, so that whoever drops it can still go on behind them.
    unwritten: VecDeque<Bytes>,
    unwritten_bytes: usize,
}

impl Wire {
    pub fn new(socket: Socket, listeners: Vec<Arc<Listener>>) -> Self {
        let unwritten = VecDeque::new();
        Self { socket, listeners, is_blocked: false, unwritten, unwritten_bytes: 0 }
    }

    /// Changes who is told when the client takes nothing.
    pub fn set_listeners(&mut self, listeners: Vec<Arc<Listener>>) {
        self.listeners = listeners;
    }

    /// The next message of the client; None at the end.
    pub async fn hear(&mut self) -> Option<Result<Message, tungstenite::Error>> {
        self.socket.next().await
    }

    /// Puts a whole frame behind those that are not written yet.
    pub fn push(&mut self, frame: Bytes) {
        self.unwritten_bytes += frame.len();
        self.unwritten.push_back(frame);
    }

    /// Whether there is as much as goes well into one write.
    pub fn is_full(&self) -> bool {
        self.unwritten.len() >= FRAMES_A_WRITE || self.unwritten_bytes >= BYTES_A_WRITE
    }

    /// Writes all frames to the network.
    pub async fn flush(&mut self) -> Result<(), Disconnect> {
        Ok(self.write().await?)
    }

    /// Asks whether the client is still there.
    pub async fn ping(&mut self) -> Result<(), Disconnect> {
        Ok(self.socket.send(Message::Ping(Bytes::new())).await?)
    }

    /// Writes the answer to a ping, which the library has made. Pings are not read faster than their
    /// answers are taken: else the answers would fill its buffer.
    pub async fn write_pong(&mut self) -> Result<(), Disconnect> {
        Ok(self.socket.flush().await?)
    }

    /// Tells a client that is put out why, and answers one that has closed.
    pub async fn close(mut self, disconnect: Disconnect) {
        let Disconnect { close_frame, is_refusal, .. } = disconnect;
        let farewell = async {
            match close_frame {
                Some(frame) => {
                    self.write().await?;
                    self.socket.send(Message::Close(Some(frame))).await
                }
                None => self.socket.flush().await,
            }
        };
        // A client that does not read gets no reason; it is gone for us already.
        let is_told = matches!(timeout(FAREWELL, farewell).await, Ok(Ok(())));
        if is_refusal && is_told {
            let _ = timeout(DRAIN_TIMEOUT, self.drain()).await;
        }
    }

    /// Reads what a refused client still writes and throws it away, until it ends the connection
    /// itself: one that is closed with something unread is reset, and the reason with it.
    async fn drain(&mut self) -> io::Result<()> {
        let stream = self.socket.get_mut();
        stream.shutdown().await?;
        let mut buffer = vec![0; DRAIN_BUFFER];
        let mut drained = 0;
        while drained < FORBEARANCE {
            match stream.read(&mut buffer).await? {
                0 => break,
                size => drained += size,
            }
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), tungstenite::Error> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        // What the library says by itself, as the answer to a ping, must not fall into a frame.
        self.socket.flush().await?;
        while !self.unwritten.is_empty() {
            let written = poll_fn(|context| {
                let mut slices = [IoSlice::new(&[]); FRAMES_A_WRITE];
                for (slice, frame) in slices.iter_mut().zip(&self.unwritten) {
                    *slice = IoSlice::new(frame);
                }
                let slices = &slices[..self.unwritten.len().min(FRAMES_A_WRITE)];
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
            self.strike_off(written);
        }
        // An idle connection holds no room for frames.
        self.unwritten = VecDeque::new();
        Ok(())
    }

    fn strike_off(&mut self, mut written: usize) {
        self.unwritten_bytes = self.unwritten_bytes.saturating_sub(written);
        while let Some(frame) = self.unwritten.front_mut() {
            if frame.len() > written {
                frame.advance(written);
                return;
            }
            written -= frame.len();
            self.unwritten.pop_front();
        }
    }
}
