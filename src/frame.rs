//! Text frames of a WebSocket as they are sent, and the namespaces of Socket.IO, whose
//! packets are such frames as well.
//!
//! This stands below both the hub and the transports: the hub encodes each message once for all
//! listeners of a transport, and the transports encode their responses.

use std::io::Cursor;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// The most bytes of the header of an unmasked frame (RFC 6455, section 5.2).
const MAX_HEADER_BYTES: usize = 10;

/// A text as one frame of the server.
pub fn text(text: &str) -> Bytes {
    joined(&[text])
}

/// Several texts, one after the other, as one frame of the server.
pub fn joined(parts: &[&str]) -> Bytes {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut frame = Vec::with_capacity(MAX_HEADER_BYTES + length);
    let opcode = OpCode::Data(Data::Text);
    let header = FrameHeader { opcode, ..FrameHeader::default() };
    // Writing to memory does not fail.
    let _ = header.format(length as u64, &mut frame);
    parts.iter().for_each(|part| frame.extend_from_slice(part.as_bytes()));
    frame.into()
}

/// The texts of whole frames that follow each other in `frames`.
pub fn texts(frames: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = frames;
    std::iter::from_fn(move || {
        let mut head = Cursor::new(rest);
        let (_, length) = FrameHeader::parse(&mut head).ok()??;
        let (text, remaining) =
            rest.get(head.position() as usize..)?.split_at_checked(length as usize)?;
        rest = remaining;
        Some(text)
    })
}

/// A namespace of Socket.IO. The same sessions can be joined in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// The namespace `/`.
    Root,
    /// The namespace `/graph`.
    Graph,
}

impl Namespace {
    /// All namespaces; the place of each is its number.
    pub const ALL: [Self; 2] = [Self::Root, Self::Graph];
    /// How many namespaces there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The namespace with this path, if there is one.
    pub fn find(path: &str) -> Option<Self> {
        match path {
            "/" => Some(Self::Root),
            "/graph" => Some(Self::Graph),
            _ => None,
        }
    }

    /// How a packet names it, after the packet's type.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Root => "",
            Self::Graph => "/graph,",
        }
    }

    /// An event packet as a frame. `pair` is the JSON list of the event's name and its payload.
    pub fn event(self, pair: &str) -> Bytes {
        joined(&["42", self.prefix(), pair])
    }
}
