//! Text frames of a WebSocket, whole as they go over the network: of the plain one, and of Socket.IO.

use std::io::Cursor;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// The longest header of a frame that is not masked (RFC 6455, section 5.2).
const LONGEST_HEADER: usize = 10;

/// One text as one frame of the server.
pub fn text(text: &str) -> Bytes {
    joined(&[text])
}

/// Several texts, one behind the other, as one frame of the server.
pub fn joined(parts: &[&str]) -> Bytes {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut frame = Vec::with_capacity(LONGEST_HEADER + length);
    let opcode = OpCode::Data(Data::Text);
    let header = FrameHeader { opcode, ..FrameHeader::default() };
    // Writing to memory does not fail.
    let _ = header.format(length as u64, &mut frame);
    parts.iter().for_each(|part| frame.extend_from_slice(part.as_bytes()));
    frame.into()
}

/// The texts of whole frames that stand one behind the other.
pub fn texts(frames: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = frames;
    std::iter::from_fn(move || {
        let mut head = Cursor::new(rest);
        let (_, length) = FrameHeader::parse(&mut head).ok()??;
        let (text, behind) =
            rest.get(head.position() as usize..)?.split_at_checked(length as usize)?;
        rest = behind;
        Some(text)
    })
}

/// A namespace of Socket.IO; the same sessions can be joined in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    Root,
    Graph,
}

impl Namespace {
    pub const ALL: [Self; 2] = [Self::Root, Self::Graph];
    pub const COUNT: usize = Self::ALL.len();

    /// The namespace that a client calls so, if it exists.
    pub fn find(path: &str) -> Option<Self> {
        match path {
            "/" => Some(Self::Root),
            "/graph" => Some(Self::Graph),
            _ => None,
        }
    }

    /// What stands for it in a packet, behind the packet's type.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Root => "",
            Self::Graph => "/graph,",
        }
    }

    /// An event's packet as a frame, from the list of its name and its payload.
    pub fn event(self, pair: &str) -> Bytes {
        joined(&["42", self.prefix(), pair])
    }
}
