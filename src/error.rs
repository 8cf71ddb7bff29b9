//! Every error that a caller can get: a stable code for programs, and a sentence that says what was wrong and
//! what to do about it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::model::excerpt::excerpt;
use crate::model::id::{EndpointId, NodeId, SessionId};
use crate::model::time::Timestamp;

mod code;
mod codes_of_errors;
mod fault;

pub use code::{ERROR_CODES, ErrorCode};

/// An error as it is returned to a caller. Each transport encodes it in its own way: see `http::error` for
/// the HTTP status.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// There is no session with this id, and none was removed whose tombstone is still kept.
    #[error("There is no session {0}. Create it with POST /api/v1/sessions.")]
    SessionNotFound(SessionId),
    /// The session was removed, and its tombstone is still kept (`--tombstone-retention`).
    #[error(
        "Session {session_id} was removed at {removed_at} ({reason}). {}",
        removal_advice(*session_id, *restorable_until)
    )]
    SessionRemoved {
        /// The session that was asked for.
        session_id: SessionId,
        /// When it was removed, by the server's clock.
        removed_at: Timestamp,
        /// `deleted` or `idle`; see [`RemovalReason`](crate::model::event::RemovalReason).
        reason: String,
        /// Until when it can be restored; None if it cannot be.
        restorable_until: Option<Timestamp>,
    },
    /// A node that the request names does not exist. A parent that does not exist is
    /// [`Error::InvalidCommand`].
    #[error("{at}There is no node {node_id} in session {session_id}.")]
    NodeNotFound {
        /// Names the command of a batch and ends with a colon, such as `commands[2] (LinkNode): `; empty
        /// outside of a batch.
        at: String,
        /// The session that does not have the node.
        session_id: SessionId,
        /// The node that was asked for.
        node_id: NodeId,
    },
    /// The id in a path is no UUID, so nothing has it.
    #[error("There is no {what} '{id}': it is not a UUID.")]
    NoSuchId {
        /// `session`, `node` or `webhook`.
        what: &'static str,
        /// The beginning of the id.
        id: String,
    },
    /// The session has no such client.
    #[error("There is no client '{}' in session {session_id}.", excerpt(.client_id))]
    ClientNotFound {
        /// The session that does not have the client.
        session_id: SessionId,
        /// The client that was asked for.
        client_id: String,
    },
    /// There is no endpoint of webhooks with this id.
    #[error("There is no webhook {0}. GET /api/v1/webhooks lists those that exist.")]
    EndpointNotFound(EndpointId),
    /// The endpoint has no message with this id, which is given here.
    #[error("There is no message '{}' for this webhook.", excerpt(.0))]
    DeliveryNotFound(String),
    /// The command is well-formed, but not possible in the current state.
    #[error("{0}")]
    InvalidCommand(String),
    /// A limit that a setting gives is reached.
    #[error("{message}")]
    LimitReached {
        /// The sentence for the caller, which names the limit.
        message: String,
        /// The value of the setting.
        limit: usize,
        /// The flag of the setting, such as `--max-nodes`.
        setting: &'static str,
    },
    /// The history has no command that an undo could take. The text is empty, or names the scope.
    #[error("There is nothing to undo{0}.")]
    NothingToUndo(&'static str),
    /// The history has no command that a redo could take. The text is empty, or names the scope.
    #[error("There is nothing to redo{0}.")]
    NothingToRedo(&'static str),
    /// The request is made only for another revision of the content than the present one.
    #[error(
        "The content is at revision {actual}, which {condition} does not allow. Fetch it again and \
         retry."
    )]
    RevisionMismatch {
        /// The header or field of the request, such as `If-Match: "12"`.
        condition: String,
        /// The content's revision now.
        actual: i64,
    },
    /// A condition on a resource without an entity tag, which can never be met.
    #[error("{0}")]
    PreconditionFailed(String),
    /// The request can't be parsed or has the wrong shape. The sentence names the field.
    #[error("{0}")]
    InvalidRequest(String),
    /// The id of a new session is that of another one, which exists or was removed.
    #[error("{message}")]
    SessionExists {
        /// The sentence for the caller.
        message: String,
        /// The id that is taken.
        session_id: SessionId,
    },
    /// An undo or a redo does not fit any more: others have changed the same since.
    #[error("{message}")]
    UndoConflict {
        /// The sentence for the caller.
        message: String,
        /// A JSON object that says the same for programs: `command_id` and `conflicts`.
        details: Value,
    },
    /// The `Idempotency-Key`, which is given here, was used for another request.
    #[error("Idempotency-Key '{}' was used for another request. Use a new key.", excerpt(.0))]
    IdempotencyKeyReused(String),
    /// The body has a Content-Encoding; the server decodes none.
    #[error("Content-Encoding '{0}' is not supported. Send the body without Content-Encoding.")]
    UnsupportedEncoding(String),
    /// A body or a frame is larger than the server reads.
    #[error("The {what} is larger than {limit} bytes. Send less, or raise {setting}.")]
    PayloadTooLarge {
        /// `body` or `frame`.
        what: &'static str,
        /// How many bytes are allowed.
        limit: usize,
        /// The flag of the setting that allows more, such as `--body-limit`.
        setting: &'static str,
    },
    /// The host or the origin of the request is not allowed.
    #[error("{0}")]
    Forbidden(String),
    /// The caller has to say who it is: it sent no token, or one that is not valid.
    #[error("{message}")]
    Unauthorized {
        /// The sentence for the caller, which never has the token in it.
        message: String,
        /// Whether a token was sent.
        has_token: bool,
    },
    /// The caller is known, but may not do this.
    #[error("{message}")]
    NotAllowed {
        /// The sentence for the caller.
        message: String,
        /// The scope or the role that is enough, such as `write`.
        needs: &'static str,
    },
    /// The caller has used up its share of connections. It may retry later.
    #[error("{0}")]
    RateLimited(String),
    /// The caller has sent too much in too short a time.
    #[error("{message}")]
    RateExceeded {
        /// The sentence for the caller, which names the setting.
        message: String,
        /// When the caller may send the next.
        retry_after: Duration,
    },
    /// The client sent nothing more of the body for as long as `--body-timeout`, which is given here.
    #[error("No more of the body arrived within {0:?} (--body-timeout). Retry the request.")]
    BodyTimeout(Duration),
    /// The upgrade asks for this version in `Sec-WebSocket-Version`, and not for 13 (RFC 6455).
    #[error("WebSocket version {0} is not supported. Use version 13 (RFC 6455).")]
    UnsupportedWebSocketVersion(String),
    /// No route has the path of the request.
    #[error("There is no such route. /api/v1/openapi.json lists those that exist.")]
    RouteNotFound,
    /// There is no service token with this id.
    #[error("There is no token {0}. GET /api/v1/tokens lists those that exist.")]
    TokenNotFound(String),
    /// A route has the path of the request, but not its method.
    #[error(
        "The route does not support this method. The Allow header lists those that it supports."
    )]
    MethodNotAllowed,
    /// The change would hold up the other changes in its transaction for too long. The store then stages it
    /// in the background, so no caller gets this error.
    #[error("The change takes too long for a transaction that it shares with others.")]
    TooLong,
    /// Nothing was changed. The same request may succeed later.
    #[error("{0}")]
    Unavailable(String),
    /// A failure of the server. The caller does not see the cause; it is logged.
    #[error("Internal error. The server's log has the cause under the id of this request.")]
    Internal(Arc<anyhow::Error>),
}

/// What a caller can do about a session that was removed.
fn removal_advice(session_id: SessionId, restorable_until: Option<Timestamp>) -> String {
    match restorable_until {
        Some(until) => format!(
            "Restore it with POST /api/v1/sessions/{session_id}/restore until {until}, or create \
             another one."
        ),
        None => "Create another one.".to_owned(),
    }
}

impl Error {
    /// The answer to a token that is not valid. `message` must not have the token in it.
    pub fn invalid_token(message: &str) -> Self {
        Self::Unauthorized { message: message.to_owned(), has_token: true }
    }

    /// The same error, with the command at `index` (from 0) of a batch named in its sentence.
    pub fn within_batch(self, index: usize, command_type: &str) -> Self {
        let at = format!("commands[{index}] ({command_type})");
        match self {
            Self::InvalidCommand(text) => Self::InvalidCommand(format!("{at}: {text}")),
            Self::LimitReached { message, limit, setting } => {
                Self::LimitReached { message: format!("{at}: {message}"), limit, setting }
            }
            Self::InvalidRequest(text) => Self::InvalidRequest(format!("{at}: {text}")),
            Self::NodeNotFound { session_id, node_id, .. } => {
                Self::NodeNotFound { at: format!("{at}: "), session_id, node_id }
            }
            other => other,
        }
    }

    /// Whether the session does not exist, or was removed.
    pub fn is_no_session(&self) -> bool {
        matches!(self, Self::SessionNotFound(_) | Self::SessionRemoved { .. })
    }

    /// Whether the request contradicts a change that somebody else has made.
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::UndoConflict { .. }
                | Self::RevisionMismatch { .. }
                | Self::PreconditionFailed(_)
                | Self::IdempotencyKeyReused(_)
        )
    }

    /// A JSON object with what a program may need beside the code; None for most errors.
    pub fn details(&self) -> Option<Value> {
        match self {
            Self::SessionRemoved { session_id, removed_at, reason, restorable_until } => {
                Some(json!({
                    "session_id": session_id, "removed_at": removed_at, "reason": reason,
                    "restorable_until": restorable_until
                }))
            }
            Self::LimitReached { limit, setting, .. } => {
                Some(json!({"limit": limit, "setting": setting}))
            }
            Self::RateExceeded { retry_after, .. } => {
                Some(json!({"retry_after_ms": retry_after.as_millis() as u64}))
            }
            Self::NotAllowed { needs, .. } => Some(json!({"needs": needs})),
            Self::RevisionMismatch { actual, .. } => Some(json!({"revision": actual})),
            Self::SessionExists { session_id, .. } => Some(json!({"session_id": session_id})),
            Self::UndoConflict { details, .. } => Some(details.clone()),
            Self::IdempotencyKeyReused(key) => Some(json!({"idempotency_key": key})),
            _ => None,
        }
    }
}
