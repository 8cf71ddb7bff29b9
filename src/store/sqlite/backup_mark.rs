//! The mark by which a backup is known from a database that is served: SQLite's `application_id`.
//!
//! A backup replaces only what has it. A server that opens a file with it knows that the file was put back.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::error::Error;

/// The application id of a backup: "rcbk".
const BACKUP_MARK: u32 = u32::from_be_bytes(*b"rcbk");
/// Where the file format has the application id.
const MARK_OFFSET: usize = 68;
/// What every database begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Marks a copy as a backup.
pub async fn mark(copy: &mut SqliteConnection) -> Result<(), Error> {
    set(copy, BACKUP_MARK).await
}

async fn set(connection: &mut SqliteConnection, id: u32) -> Result<(), Error> {
    let statement = AssertSqlSafe(format!("pragma application_id = {id}"));
    sqlx::query(statement).execute(connection).await?;
    Ok(())
}

/// Whether the file is a backup that rollcall made. It must not be open as a database in this process.
pub fn is_marked(path: &Path) -> std::io::Result<bool> {
    let mut header = [0; MARK_OFFSET + 4];
    match File::open(path)?.read_exact(&mut header) {
        Ok(()) => {}
        Err(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(false),
        Err(cause) => return Err(cause),
    }
    Ok(header.starts_with(MAGIC) && header[MARK_OFFSET..] == BACKUP_MARK.to_be_bytes())
}

/// Whether an open database is a backup that nobody has served yet.
pub async fn is_backup(connection: &mut SqliteConnection) -> Result<bool, Error> {
    let id = sqlx::query_scalar!(
        r#"select application_id + 0 as "application_id!: i64" from pragma_application_id"#
    )
    .fetch_one(connection)
    .await?;
    Ok(id == i64::from(BACKUP_MARK))
}

/// Takes the mark from a database: from now on it is served.
pub async fn unmark(connection: &mut SqliteConnection) -> Result<(), Error> {
    set(connection, 0).await
}
