//! Errors that are the server's fault: how they are made, distinguished and logged.

use std::sync::Arc;

use super::Error;
use crate::log_limit::LogLimit;

/// Limits the log lines about a full disk or a damaged file, which every request would write.
static OUTAGE_LOG: LogLimit = LogLimit::new();

/// A row of the database that can't be read; for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}. Correct that row in the database file")]
struct UnreadableRow(String);

/// The database file is damaged; for the log.
#[derive(Debug, thiserror::Error)]
#[error("the database file is damaged")]
struct DamagedFile;

impl Error {
    /// A failure of the server.
    pub fn internal(cause: anyhow::Error) -> Self {
        Self::Internal(Arc::new(cause))
    }

    /// The answer to every request that arrives, or is still waiting, while the server shuts down.
    pub fn shutting_down() -> Self {
        Self::Unavailable("The server is shutting down; retry.".to_owned())
    }

    /// A row of the database that can't be read: it was written manually, or the file is damaged.
    pub fn unreadable(
        table: &'static str,
        row: impl Into<String>,
        column: &'static str,
        reason: impl std::fmt::Display,
    ) -> Self {
        let row = row.into();
        let text = format!("{table}, {row}: {column} can't be read: {reason}");
        Self::internal(anyhow::Error::new(UnreadableRow(text)))
    }

    /// As [`Error::unreadable`], where only the column is known.
    pub fn unreadable_column(column: &str, cause: anyhow::Error) -> Self {
        Self::internal(cause.context(UnreadableRow(format!("column {column} can't be read"))))
    }

    /// The storage has found its file damaged. Retrying does not help.
    pub fn damaged(cause: anyhow::Error) -> Self {
        Self::internal(cause.context(DamagedFile))
    }

    /// Whether a row could not be read. Only requests that need that row fail then.
    pub fn is_unreadable_row(&self) -> bool {
        matches!(self, Self::Internal(cause) if cause.is::<UnreadableRow>())
    }

    /// Whether the server is at fault rather than the request.
    pub fn is_server_error(&self) -> bool {
        matches!(self, Self::Internal(_) | Self::Unavailable(_))
    }

    /// Whether the file was found damaged. Retrying does not help then.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Internal(cause) if cause.is::<DamagedFile>())
    }

    /// Logs the error if the server is at fault. Called once for each error, by the transport.
    ///
    /// An outage that fails every request is logged at most once a second, with the number of lines that
    /// were suppressed: the log may be on the very disk that is full.
    pub fn log(&self) {
        match self {
            Self::Internal(cause) if self.is_damage() => {
                if let Some(suppressed) = OUTAGE_LOG.admit("damage") {
                    let error = format!("{cause:#}");
                    tracing::error!(error, suppressed, "the database file is damaged");
                }
            }
            Self::Internal(cause) => tracing::error!(error = format!("{cause:#}"), "failed"),
            Self::Unavailable(reason) => {
                if let Some(suppressed) = OUTAGE_LOG.admit(reason) {
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
