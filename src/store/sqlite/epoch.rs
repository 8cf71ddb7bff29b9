//! The epoch of the database, which changes when it is restored from a backup.

use sqlx::SqliteConnection;

use crate::error::Error;

/// Reads the epoch.
pub(super) async fn read(connection: &mut SqliteConnection) -> Result<String, Error> {
    let epoch = sqlx::query_scalar!("select epoch from database_epoch");
    Ok(epoch.fetch_one(connection).await?)
}
