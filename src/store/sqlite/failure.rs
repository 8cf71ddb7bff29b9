//! Failures of sqlx and SQLite as errors that a caller can get.

use crate::error::Error;

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        let outage = match &cause {
            sqlx::Error::PoolTimedOut => {
                return Self::Unavailable(
                    "Too many reads are waiting for the database; nothing was read. Retry."
                        .to_owned(),
                );
            }
            // The connection pools are closed when the server shuts down.
            sqlx::Error::PoolClosed => return Self::shutting_down(),
            sqlx::Error::Io(_) => Some(CANNOT_OPEN),
            other => result_code(other).and_then(outage),
        };
        match outage {
            Some((reason, remedy)) => {
                Self::Unavailable(format!("{reason}; nothing was changed. {remedy}, then retry."))
            }
            None => internal(cause),
        }
    }
}

/// A failure that the caller does not see: a damaged file, a value that can't be decoded, or a mistake.
fn internal(cause: sqlx::Error) -> Error {
    // SQLITE_CORRUPT and SQLITE_NOTADB.
    let is_damage = matches!(result_code(&cause).map(|code| code & 0xff), Some(11 | 26));
    let column = match &cause {
        sqlx::Error::ColumnDecode { index, .. } => Some(index.clone()),
        _ => None,
    };
    let cause = anyhow::Error::new(cause).context("database");
    match column {
        Some(column) => Error::unreadable_column(&column, cause),
        None if is_damage => Error::damaged(cause),
        None => Error::internal(cause),
    }
}

/// SQLite's extended result code; None if the failure is not one of SQLite's own.
fn result_code(failure: &sqlx::Error) -> Option<i32> {
    failure.as_database_error()?.code()?.parse().ok()
}

const CANNOT_OPEN: (&str, &str) =
    ("The database file can't be opened", "Make its directory readable for the server");
const OUT_OF_MEMORY: (&str, &str) = ("The server is out of memory", "Give it more memory");

/// What is wrong with the machine, and what to do about it. None for result codes of SQLite that have
/// another cause (https://www.sqlite.org/rescode.html).
fn outage(code: i32) -> Option<(&'static str, &'static str)> {
    // SQLITE_IOERR_NOMEM has the primary code of a disk error, but the disk is not at fault.
    if code == 3082 {
        return Some(OUT_OF_MEMORY);
    }
    match code & 0xff {
        5 | 6 => Some(("The database file is locked by another program", "End its transaction")),
        7 => Some(OUT_OF_MEMORY),
        8 => Some(("The database file is read-only", "Make it writable for the server")),
        10 => Some(("The disk refused to read or write the database file", "Check the disk")),
        13 => Some(("The disk is full", "Free space")),
        14 => Some(CANNOT_OPEN),
        _ => None,
    }
}
