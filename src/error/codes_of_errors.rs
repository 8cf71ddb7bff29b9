//! Which code each error has.

use super::Error;
use super::code::{self, ErrorCode};

impl Error {
    /// The code for programs, in SCREAMING_SNAKE_CASE. It never changes.
    pub fn code(&self) -> &'static str {
        self.error_code().name
    }

    /// What the error says to a program.
    pub fn error_code(&self) -> &'static ErrorCode {
        match self {
            Self::SessionNotFound(_) | Self::NoSuchId { what: "session", .. } => {
                &code::SESSION_NOT_FOUND
            }
            Self::SessionRemoved { .. } => &code::SESSION_REMOVED,
            Self::EndpointNotFound(_) | Self::NoSuchId { what: "webhook", .. } => {
                &code::WEBHOOK_NOT_FOUND
            }
            Self::DeliveryNotFound(_) => &code::DELIVERY_NOT_FOUND,
            Self::NodeNotFound { .. } | Self::NoSuchId { .. } => &code::NODE_NOT_FOUND,
            Self::ClientNotFound { .. } => &code::CLIENT_NOT_FOUND,
            Self::InvalidCommand(_) | Self::LimitReached { .. } => &code::INVALID_COMMAND,
            Self::NothingToUndo(_) => &code::NOTHING_TO_UNDO,
            Self::NothingToRedo(_) => &code::NOTHING_TO_REDO,
            Self::RevisionMismatch { .. } => &code::REVISION_MISMATCH,
            Self::PreconditionFailed(_) => &code::PRECONDITION_FAILED,
            Self::InvalidRequest(_) => &code::INVALID_REQUEST,
            Self::UnsupportedEncoding(_) => &code::UNSUPPORTED_ENCODING,
            Self::UnsupportedWebSocketVersion(_) => &code::UNSUPPORTED_WEBSOCKET_VERSION,
            Self::SessionExists { .. } => &code::SESSION_EXISTS,
            Self::UndoConflict { .. } => &code::UNDO_CONFLICT,
            Self::IdempotencyKeyReused(_) => &code::IDEMPOTENCY_KEY_REUSED,
            Self::PayloadTooLarge { .. } => &code::PAYLOAD_TOO_LARGE,
            Self::Unauthorized { .. } => &code::UNAUTHORIZED,
            Self::Forbidden(_) | Self::NotAllowed { .. } => &code::FORBIDDEN,
            Self::RateLimited(_) | Self::RateExceeded { .. } => &code::RATE_LIMITED,
            Self::BodyTimeout(_) => &code::REQUEST_TIMEOUT,
            Self::TokenNotFound(_) => &code::TOKEN_NOT_FOUND,
            Self::RouteNotFound => &code::NOT_FOUND,
            Self::MethodNotAllowed => &code::METHOD_NOT_ALLOWED,
            Self::Unavailable(_) => &code::UNAVAILABLE,
            Self::TooLong | Self::Internal(_) => &code::INTERNAL_ERROR,
        }
    }
}
