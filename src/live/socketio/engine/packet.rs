//! The syntax of Engine.IO 4. A packet is a text whose first character is its type; the body of an
//! HTTP request or response, called payload, has one packet or more.

use serde_json::json;
use uuid::Uuid;

use crate::state::Limits;

/// Closes the transport on which it is sent.
pub const CLOSE: &str = "1";
/// Asks whether the client is still there.
pub const PING: &str = "2";
/// Asks whether a WebSocket can take over from long-polling.
pub const PROBE: &str = "2probe";
/// The answer to [`PROBE`].
pub const PROBE_ANSWER: &str = "3probe";
/// Completes the upgrade to a WebSocket.
pub const UPGRADE: &str = "5";
/// Has no meaning: it only answers a poll.
pub const NOOP: &str = "6";

/// Stands between two packets of a payload.
pub const SEPARATOR: u8 = 0x1e;

/// The type of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PacketType {
    Open,
    Close,
    Ping,
    Pong,
    /// A text message, in which Socket.IO has one packet of its own.
    Message,
    Upgrade,
    Noop,
    /// A binary message in base64, as long-polling has it.
    Binary,
}

impl PacketType {
    /// The type of a packet; None where its first character is not a type.
    pub fn of(packet: &str) -> Option<Self> {
        Some(match packet.as_bytes().first()? {
            b'0' => Self::Open,
            b'1' => Self::Close,
            b'2' => Self::Ping,
            b'3' => Self::Pong,
            b'4' => Self::Message,
            b'5' => Self::Upgrade,
            b'6' => Self::Noop,
            b'b' => Self::Binary,
            _ => return None,
        })
    }
}

/// The packet that opens a session: its id, the transports to which it can be upgraded, and the
/// heartbeat's times in milliseconds.
pub fn open(sid: Uuid, upgrades: &[&str], limits: Limits) -> String {
    let content = json!({
        "sid": sid.simple().to_string(),
        "upgrades": upgrades,
        "pingInterval": limits.ping_interval.as_millis() as u64,
        "pingTimeout": limits.ping_timeout.as_millis() as u64,
        "maxPayload": limits.body,
    });
    format!("0{content}")
}

/// The packets of a payload, in order.
pub fn split_payload(payload: &str) -> impl Iterator<Item = &str> {
    payload.split(char::from(SEPARATOR))
}
