//! Everything that can go wrong, with a stable code and a sentence that says what to do.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::log_limit::LogLimit;
use crate::model::{NodeId, SessionId, Timestamp};

/// What a machine that is out of order makes every request say.
static OUTAGES: LogLimit = LogLimit::new();

/// A failure as a caller hears of it; how each door says it is the door's affair.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("There is no session {0}. Create it with POST /api/v1/sessions.")]
    SessionNotFound(SessionId),
    #[error("Session {session_id} was removed at {removed_at} ({reason}). Create another one.")]
    SessionRemoved { session_id: SessionId, removed_at: Timestamp, reason: String },
    /// `at` is the command of a batch, with a colon, or nothing.
    #[error("{at}There is no node {node_id} in session {session_id}.")]
    NodeNotFound { at: String, session_id: SessionId, node_id: NodeId },
    /// Well-formed, but not possible now.
    #[error("{0}")]
    InvalidCommand(String),
    /// As many of something are there as a setting lets be; the sentence says what to do.
    #[error("{message}")]
    LimitReached { message: String, limit: usize, setting: &'static str },
    #[error("There is nothing to undo{0}.")]
    NothingToUndo(&'static str),
    #[error("There is nothing to redo{0}.")]
    NothingToRedo(&'static str),
    /// `condition` is what the request demanded.
    #[error(
        "The content is at revision {actual}, which {condition} does not allow. Read it again, then \
         decide anew."
    )]
    RevisionMismatch { condition: String, actual: i64 },
    /// A condition on something that has no entity tag, so that it can never hold.
    #[error("{0}")]
    PreconditionFailed(String),
    /// Unparsable or of the wrong shape; the sentence names the field.
    #[error("{0}")]
    InvalidRequest(String),
    /// The state of things speaks against it.
    #[error("{message}")]
    Conflict { message: String, details: Value },
    /// The body is encoded in a way that the server does not read.
    #[error(
        "Content-Encoding: '{0}' is not understood. Send the body as it is, without Content-Encoding."
    )]
    UnsupportedEncoding(String),
    #[error("The {what} is larger than {limit} bytes. Send less, or raise {setting}.")]
    PayloadTooLarge { what: &'static str, limit: usize, setting: &'static str },
    /// The caller may not do that.
    #[error("{0}")]
    Forbidden(String),
    /// The caller has more than its share; later there may be room for it.
    #[error("{0}")]
    RateLimited(String),
    #[error("Nothing of the body came for {0:?} (--body-timeout). Send the request again.")]
    BodyTimeout(Duration),
    #[error("Version {0} of WebSocket is not supported. Use version 13 (RFC 6455).")]
    UnsupportedWebSocketVersion(String),
    #[error("There is no such route. See /api/v1/openapi.json for those that exist.")]
    RouteNotFound,
    #[error("This route does not take that method. The header Allow names those that it takes.")]
    MethodNotAllowed,
    /// Others would wait too long for it in their transaction, so that it is done in another way: this
    /// stays within the store.
    #[error("The change takes too long for a transaction that it shares with others.")]
    TooLong,
    /// Nothing was changed; the same request may succeed later.
    #[error("{0}")]
    Unavailable(String),
    /// The caller learns only the code; the cause goes to the log.
    #[error("Something went wrong in the server; its log has the cause under this request's id.")]
    Internal(Arc<anyhow::Error>),
}

/// A row of the file that can't be read, for the log.
#[derive(Debug, thiserror::Error)]
#[error("{table}, {row}: {column} can't be read: {reason}. Correct that row in the database file")]
struct UnreadableRow {
    table: &'static str,
    row: String,
    column: &'static str,
    reason: String,
}

impl Error {
    /// A failure of the server itself.
    pub fn internal(cause: anyhow::Error) -> Self {
        Self::Internal(Arc::new(cause))
    }

    /// A row of the file that can't be read: somebody has written it manually, or the file is damaged.
    pub fn unreadable(
        table: &'static str,
        row: impl Into<String>,
        column: &'static str,
        reason: impl std::fmt::Display,
    ) -> Self {
        let (row, reason) = (row.into(), reason.to_string());
        Self::internal(anyhow::Error::new(UnreadableRow { table, row, column, reason }))
    }

    /// Whether it is a row that can't be read: then only what needs that row fails.
    pub fn is_unreadable_row(&self) -> bool {
        let Self::Internal(cause) = self else { return false };
        cause.is::<UnreadableRow>()
            || matches!(cause.downcast_ref(), Some(sqlx::Error::ColumnDecode { .. }))
    }

    /// The same failure, of the command at `place` (from 0) of a batch.
    pub fn within_batch(self, place: usize, command_type: &str) -> Self {
        let at = format!("commands[{place}] ({command_type})");
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

    /// Whether the session that was named is not there.
    pub fn is_no_session(&self) -> bool {
        matches!(self, Self::SessionNotFound(_) | Self::SessionRemoved { .. })
    }

    /// Whether the server failed, rather than the request.
    pub fn is_server_error(&self) -> bool {
        matches!(self, Self::Internal(_) | Self::Unavailable(_))
    }

    /// Whether SQLite has found the file damaged, which does not mend by itself.
    pub fn is_damage(&self) -> bool {
        let Self::Internal(cause) = self else { return false };
        let codes = cause.chain().filter_map(|cause| cause.downcast_ref().and_then(result_code));
        // SQLITE_CORRUPT and SQLITE_NOTADB.
        codes.map(|code| code & 0xff).any(|primary| primary == 11 || primary == 26)
    }

    /// SCREAMING_SNAKE_CASE, the same for ever.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SessionNotFound(_) => "SESSION_NOT_FOUND",
            Self::SessionRemoved { .. } => "SESSION_REMOVED",
            Self::NodeNotFound { .. } => "NODE_NOT_FOUND",
            Self::InvalidCommand(_) | Self::LimitReached { .. } => "INVALID_COMMAND",
            Self::NothingToUndo(_) => "NOTHING_TO_UNDO",
            Self::NothingToRedo(_) => "NOTHING_TO_REDO",
            Self::RevisionMismatch { .. } | Self::PreconditionFailed(_) => "CONFLICT",
            Self::InvalidRequest(_)
            | Self::UnsupportedEncoding(_)
            | Self::UnsupportedWebSocketVersion(_) => "INVALID_REQUEST",
            Self::Conflict { .. } => "CONFLICT",
            Self::PayloadTooLarge { .. } => "PAYLOAD_TOO_LARGE",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::RateLimited(_) => "RATE_LIMITED",
            Self::BodyTimeout(_) => "REQUEST_TIMEOUT",
            Self::RouteNotFound => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::Unavailable(_) => "UNAVAILABLE",
            Self::TooLong | Self::Internal(_) => "INTERNAL_ERROR",
        }
    }

    /// What a program may want to read, where the sentence is not enough.
    pub fn details(&self) -> Option<Value> {
        match self {
            Self::SessionRemoved { session_id, removed_at, reason } => {
                Some(json!({"session_id": session_id, "removed_at": removed_at, "reason": reason}))
            }
            Self::LimitReached { limit, setting, .. } => {
                Some(json!({"limit": limit, "setting": setting}))
            }
            Self::RevisionMismatch { actual, .. } => Some(json!({"revision": actual})),
            Self::Conflict { details, .. } if !details.is_null() => Some(details.clone()),
            _ => None,
        }
    }

    /// Writes the failure to the log if it is the server's own; called once, at the boundary. What fails
    /// every request alike is written once a second, with how many lines were left out: the log may be
    /// on the very disk that is full.
    pub fn log(&self) {
        match self {
            Self::Internal(cause) if self.is_damage() => {
                if let Some(suppressed) = OUTAGES.admit("damage") {
                    let error = format!("{cause:#}");
                    tracing::error!(error, suppressed, "the database file is damaged");
                }
            }
            Self::Internal(cause) => tracing::error!(error = format!("{cause:#}"), "failed"),
            Self::Unavailable(reason) => {
                if let Some(suppressed) = OUTAGES.admit(reason) {
                    tracing::warn!(reason, suppressed, "unavailable");
                }
            }
            _ => {}
        }
    }
}

impl From<tokio::task::JoinError> for Error {
    fn from(cause: tokio::task::JoinError) -> Self {
        Self::internal(cause.into())
    }
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        let outage = match &cause {
            sqlx::Error::PoolTimedOut => {
                return Self::Unavailable(
                    "Too many reads wait for the database; nothing was read. Try again.".to_owned(),
                );
            }
            // The handle closes as the server stops.
            sqlx::Error::PoolClosed => {
                return Self::Unavailable("The server is stopping. Try another one.".to_owned());
            }
            sqlx::Error::Io(_) => Some(CANNOT_OPEN),
            other => result_code(other).and_then(outage),
        };
        match outage {
            Some((reason, remedy)) => Self::Unavailable(format!(
                "{reason}; nothing was changed. {remedy}, then try again."
            )),
            None => Self::internal(anyhow::Error::new(cause).context("database")),
        }
    }
}

/// SQLite's extended result code, if the failure is one of its own.
fn result_code(failure: &sqlx::Error) -> Option<i32> {
    failure.as_database_error()?.code()?.parse().ok()
}

const CANNOT_OPEN: (&str, &str) =
    ("The database file can't be opened", "Let the server read its folder");
const OUT_OF_MEMORY: (&str, &str) = ("The server is out of memory", "Give it more");

/// SQLite's result codes that speak of the machine rather than of the request
/// (https://www.sqlite.org/rescode.html), and what to do.
fn outage(code: i32) -> Option<(&'static str, &'static str)> {
    // SQLITE_IOERR_NOMEM is no fault of the disk.
    if code == 3082 {
        return Some(OUT_OF_MEMORY);
    }
    match code & 0xff {
        5 | 6 => Some(("The database file is locked by another program", "End its transaction")),
        7 => Some(OUT_OF_MEMORY),
        8 => Some(("The database file is read-only", "Let the server write to it")),
        10 => Some(("The disk refused to read or write the database file", "Mend the disk")),
        13 => Some(("The disk is full", "Free space")),
        14 => Some(CANNOT_OPEN),
        _ => None,
    }
}
