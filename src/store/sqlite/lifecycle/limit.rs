//! The limit on the number of sessions.

use crate::error::Error;

/// The refusal of one more session than `limit`.
pub fn too_many_sessions(limit: usize) -> Error {
    Error::LimitReached {
        message: format!(
            "There may be at most {limit} sessions, and there are. Remove some, or raise \
             --max-sessions."
        ),
        limit,
        setting: "--max-sessions",
    }
}
