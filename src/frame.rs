//! Text frames of the plain WebSocket, whole as they go over the network.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// The longest header of a frame that is not masked (RFC 6455, section 5.2).
const LONGEST_HEADER: usize = 10;

/// One text as one frame of the server.
pub fn text(text: String) -> Bytes {
    let mut frame = Vec::with_capacity(LONGEST_HEADER + text.len());
    // Writing to memory does not fail.
    let _ = Frame::message(text, OpCode::Data(Data::Text), true).format(&mut frame);
    frame.into()
}
