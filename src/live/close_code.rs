//! The codes by which the server closes a WebSocket (RFC 6455, section 7.4.1). docs/errors.md has the same list.

use serde::Serialize;

/// Why the server closes a WebSocket.
#[derive(Debug, Serialize)]
pub struct ServerClose {
    /// The code of the close frame.
    pub code: u16,
    /// When it is sent.
    pub when: &'static str,
    /// What the client does then.
    pub remedy: &'static str,
}

/// The server shuts down.
pub(super) const SHUTDOWN: ServerClose = ServerClose {
    code: 1001,
    when: "The server is stopped.",
    remedy: "Come back after the time in the frame `reconnect`.",
};
/// What came is no WebSocket.
pub(super) const PROTOCOL_ERROR: ServerClose = ServerClose {
    code: 1002,
    when: "The client sent what is not WebSocket, or not Socket.IO.",
    remedy: "Give up: it would happen again.",
};
/// A text is not UTF-8.
pub(super) const NOT_UTF8: ServerClose = ServerClose {
    code: 1007,
    when: "The client sent a text that is not UTF-8.",
    remedy: "Give up: it would happen again.",
};
/// The client is silent.
pub(super) const PING_TIMEOUT: ServerClose = ServerClose {
    code: 1008,
    when: "The client answered no ping, or took nothing of what was sent for as long.",
    remedy: "Come back at once.",
};
/// A frame is too large.
pub(super) const TOO_LARGE: ServerClose = ServerClose {
    code: 1009,
    when: "The client sent a frame larger than `--body-limit`.",
    remedy: "Come back without that frame, or give up.",
};
/// The client reads too slowly.
pub(super) const SLOW_CONSUMER: ServerClose = ServerClose {
    code: 1013,
    when: "The queue of the client overflowed, and it had taken nothing for a second.",
    remedy: "Come back after the time in the frame `reconnect`, with `since`.",
};
/// 4000 plus the HTTP status Unauthorized.
pub(super) const UNAUTHORIZED: ServerClose = ServerClose {
    code: 4401,
    when: "The token of the client ended or was revoked, or it has sent none.",
    remedy: "Come back with another token.",
};
/// 4000 plus the HTTP status Forbidden.
pub(super) const KICKED: ServerClose = ServerClose {
    code: 4403,
    when: "Somebody kicked the client out of a session.",
    remedy: "Give up.",
};

/// All codes.
pub static CLOSE_CODES: [ServerClose; 8] = [
    SHUTDOWN,
    PROTOCOL_ERROR,
    NOT_UTF8,
    PING_TIMEOUT,
    TOO_LARGE,
    SLOW_CONSUMER,
    UNAUTHORIZED,
    KICKED,
];
