//! One plain WebSocket. Frames go to the network as they are, many in one write, past the write
//! buffer of the library: that one grows to the largest frame and stays so, 11 KiB for a client
//! that joined a session of a hundred.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWrite;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};

use crate::session::DepartureReason;

/// Past so many frames a larger write to the network gains nothing (measured).
const FRAMES_A_WRITE: usize = 64;
/// How long a client that is put out may take to read why.
const FAREWELL: Duration = Duration::from_secs(1);

/// A WebSocket whose handshake is done.
pub type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// The socket with an end to its patience: who does not read what is written for as long as a
/// ping and its answer may take would not have answered a ping either.
pub struct Wire {
    socket: Socket,
    patience: Duration,
    /// Whole frames, but for the first, of which a part may be written. They are kept here and not
    /// in the future that writes them, so that whoever drops it can still go on behind them.
    unwritten: VecDeque<Bytes>,
}

impl Wire {
    pub fn new(socket: Socket, patience: Duration) -> Self {
        Self { socket, patience, unwritten: VecDeque::new() }
    }

    /// The next message of the client; None at the end.
    pub async fn hear(&mut self) -> Option<Result<Message, tungstenite::Error>> {
        self.socket.next().await
    }

    /// Puts a whole frame behind those that are not written yet.
    pub fn push(&mut self, frame: Bytes) {
        self.unwritten.push_back(frame);
    }

    /// Whether there are as many frames as go well into one write.
    pub fn is_full(&self) -> bool {
        self.unwritten.len() >= FRAMES_A_WRITE
    }

    /// Writes all frames to the network.
    pub async fn flush(&mut self) -> Result<(), DepartureReason> {
        let patience = self.patience;
        bounded(patience, self.write()).await
    }

    /// Asks whether the client is still there.
    pub async fn ping(&mut self) -> Result<(), DepartureReason> {
        let ping = Message::Ping(Bytes::new());
        bounded(self.patience, self.socket.send(ping)).await
    }

    /// Tells a client that is put out why, and answers one that has closed.
    pub async fn say_goodbye(mut self, reason: DepartureReason) {
        let frame = close_frame(reason);
        let farewell = async {
            match frame {
                Some(frame) => {
                    self.write().await?;
                    self.socket.send(Message::Close(Some(frame))).await
                }
                None => self.socket.flush().await,
            }
        };
        // A client that does not read gets no reason; it is gone for us already.
        let _ = timeout(FAREWELL, farewell).await;
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
                Pin::new(self.socket.get_mut()).poll_write_vectored(context, slices)
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

fn close_frame(reason: DepartureReason) -> Option<CloseFrame> {
    let (code, text) = match reason {
        DepartureReason::SlowConsumer => {
            (CloseCode::Again, "slow consumer: its queue overflowed; join again with since")
        }
        DepartureReason::ServerShutdown => (CloseCode::Away, "the server is stopping"),
        DepartureReason::PingTimeout => (CloseCode::Policy, "no answer to a ping"),
        _ => return None,
    };
    Some(CloseFrame { code, reason: Utf8Bytes::from_static(text) })
}

async fn bounded(
    patience: Duration,
    write: impl Future<Output = Result<(), tungstenite::Error>>,
) -> Result<(), DepartureReason> {
    match timeout(patience, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(DepartureReason::ConnectionLost),
        Err(_) => Err(DepartureReason::PingTimeout),
    }
}
