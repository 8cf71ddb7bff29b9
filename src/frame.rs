//! Text frames of the plain WebSocket, whole as they go over the network.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// The longest header of a frame that is not masked (RFC 6455, section 5.2).
const LONGEST_HEADER: usize = 10;

/// One text as one frame of the server.
pub fn text(text: &str) -> Bytes {
    let mut frame = Vec::with_capacity(LONGEST_HEADER + text.len());
    let opcode = OpCode::Data(Data::Text);
    let header = FrameHeader { opcode, ..FrameHeader::default() };
    // Writing to memory does not fail.
    let _ = header.format(text.len() as u64, &mut frame);
    frame.extend_from_slice(text.as_bytes());
    frame.into()
}
