//! Whether the disk takes changes.

use sqlx::SqliteConnection;

use super::file::LARGE_CHANGE_BYTES;
use crate::error::Error;

/// What a probe writes.
const PROBE_BYTES: i64 = LARGE_CHANGE_BYTES as i64;

/// Writes as much as a large change does: into the log, and from there into the file. What it wrote it
/// leaves to the file as free space, so the next changes have room even if other programs fill the disk
/// meanwhile.
pub(super) async fn run(connection: &mut SqliteConnection) -> Result<(), Error> {
    sqlx::query!("update internal_write_probe set filler = randomblob(?)", PROBE_BYTES)
        .execute(&mut *connection)
        .await?;
    // SQLite also checkpoints after a commit, but does not say if that fails.
    let moved = sqlx::query("pragma wal_checkpoint(passive)").fetch_one(&mut *connection).await;
    sqlx::query!("update internal_write_probe set filler = zeroblob(0)")
        .execute(&mut *connection)
        .await?;
    moved?;
    Ok(())
}
