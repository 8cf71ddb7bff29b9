//! Failures that have an exit status of their own.

/// What the exit status says of a failure; docs/command-line.md has the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did not work.
    Failed = 1,
    /// The arguments are wrong. Clap exits with the same.
    Usage = 2,
    /// There is no such thing, or no longer.
    NotFound = 3,
    /// There is no token, or it does not allow this.
    NotAllowed = 4,
    /// Something has changed since, or exists already.
    Conflict = 5,
}

/// A sentence for people, and the exit status.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    /// A failure with this status.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// An error response with this HTTP status.
    pub fn of_response(status: u16, message: impl Into<String>) -> Self {
        let exit = match status {
            401 | 403 => Exit::NotAllowed,
            404 | 410 => Exit::NotFound,
            409 | 412 => Exit::Conflict,
            _ => Exit::Failed,
        };
        Self::new(exit, message)
    }
}

/// The exit status for any failure of a command.
pub fn exit(cause: &anyhow::Error) -> Exit {
    cause.downcast_ref::<Failure>().map_or(Exit::Failed, |failure| failure.exit)
}
