//! Why a connection ends: the reason in the events for other clients, and the close frame for its own
//! client (RFC 6455, section 7.4.1).

use std::io;

use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Utf8Bytes};
use uuid::Uuid;

use super::close_code::{self, ServerClose};
use super::response::Response;
use crate::model::DisconnectReason;

/// The shortest and the longest delay after which a client is asked to reconnect.
const MIN_RECONNECT_MS: u64 = 500;
const MAX_RECONNECT_MS: u64 = 5_000;

/// The end of a connection.
#[derive(Debug)]
pub struct Disconnect {
    pub reason: DisconnectReason,
    /// The close frame of a WebSocket; None where the client would not read it.
    pub close_frame: Option<CloseFrame>,
    /// Whether the client is refused for what it sends, and may still be sending it.
    pub is_refusal: bool,
}

impl From<DisconnectReason> for Disconnect {
    fn from(reason: DisconnectReason) -> Self {
        let close_frame = match reason {
            DisconnectReason::SlowConsumer => Some((
                close_code::SLOW_CONSUMER,
                "slow consumer: its queue overflowed; join again with since",
            )),
            DisconnectReason::ServerShutdown => {
                Some((close_code::SHUTDOWN, "the server is stopping"))
            }
            DisconnectReason::Kicked => {
                Some((close_code::KICKED, "kicked out of a session; do not come back"))
            }
            DisconnectReason::TokenEnded => {
                Some((close_code::UNAUTHORIZED, "a token is needed now"))
            }
            DisconnectReason::PingTimeout => {
                Some((close_code::PING_TIMEOUT, "no answer to a ping"))
            }
            _ => None,
        };
        Self { reason, close_frame: close_frame.map(frame), is_refusal: false }
    }
}

impl Disconnect {
    /// The client's token has ended, or it has sent none; `reason` says which, and goes into the close frame.
    pub fn unauthorized(reason: &'static str) -> Self {
        Self {
            reason: DisconnectReason::TokenEnded,
            close_frame: Some(frame((close_code::UNAUTHORIZED, reason))),
            is_refusal: false,
        }
    }

    /// What a client is sent before the close frame of an end after which it should reconnect: when to. The
    /// delays of the clients differ, so that they do not all come back at once.
    pub fn reconnect(&self) -> Option<Response> {
        let reason = match self.reason {
            DisconnectReason::SlowConsumer | DisconnectReason::ServerShutdown => self.reason,
            _ => return None,
        };
        let span = MAX_RECONNECT_MS - MIN_RECONNECT_MS;
        let (random, _) = Uuid::new_v4().as_u64_pair();
        let after_ms = MIN_RECONNECT_MS + random % span;
        Some(Response::Reconnect { after_ms, reason: reason.as_str() })
    }

    /// The client broke the protocol that its frames carry. `reason` goes into the close frame.
    pub fn protocol_error(reason: &'static str) -> Self {
        Self {
            reason: DisconnectReason::ConnectionLost,
            close_frame: Some(frame((close_code::PROTOCOL_ERROR, reason))),
            is_refusal: true,
        }
    }
}

/// From a failure to read or to write.
impl From<Error> for Disconnect {
    fn from(failure: Error) -> Self {
        let refusal = match failure {
            // The write timed out, since the client accepted no bytes.
            Error::Io(cause) if cause.kind() == io::ErrorKind::TimedOut => {
                return DisconnectReason::PingTimeout.into();
            }
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
            Error::Protocol(_) => Some((close_code::PROTOCOL_ERROR, "not a frame of RFC 6455")),
            Error::Utf8(_) => Some((close_code::NOT_UTF8, "a text is not UTF-8")),
            Error::Capacity(_) => Some((close_code::TOO_LARGE, "larger than --body-limit")),
            _ => None,
        };
        Self {
            reason: DisconnectReason::ConnectionLost,
            is_refusal: refusal.is_some(),
            close_frame: refusal.map(frame),
        }
    }
}

fn frame((close, reason): (ServerClose, &'static str)) -> CloseFrame {
    CloseFrame { code: close.code.into(), reason: Utf8Bytes::from_static(reason) }
}
