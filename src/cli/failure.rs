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
    /// What the server has answered; None where it has not.
    response: Option<ErrorResponse>,
}

/// An error response of a server.
#[derive(Debug)]
pub struct ErrorResponse {
    /// The HTTP status.
    pub status: u16,
    /// The code for programs.
    pub code: String,
    /// The sentence for people.
    pub message: String,
}

impl Failure {
    /// A failure with this status.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), response: None }
    }

    /// An error response, with a hint behind its sentence.
    pub fn of_response(response: ErrorResponse, hint: &str) -> Self {
        let exit = match response.status {
            401 | 403 => Exit::NotAllowed,
            404 | 410 => Exit::NotFound,
            409 | 412 => Exit::Conflict,
            _ => Exit::Failed,
        };
        let message = format!("{} ({}){hint}", response.message, response.code);
        Self { exit, message, response: Some(response) }
    }
}

/// The error response that made a command fail, if that was the reason.
pub fn error_response(cause: &anyhow::Error) -> Option<&ErrorResponse> {
    cause.downcast_ref::<Failure>()?.response.as_ref()
}

/// The exit status for any failure of a command.
pub fn exit(cause: &anyhow::Error) -> Exit {
    cause.downcast_ref::<Failure>().map_or(Exit::Failed, |failure| failure.exit)
}
