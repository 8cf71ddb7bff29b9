//! The epoch of the database, which changes when it is restored from a backup.

use sqlx::{Connection, SqliteConnection};

use super::backup_mark::{is_backup, unmark};
use crate::error::Error;

/// Reads the epoch. A database that was a backup until now gets a new one first.
pub(super) async fn read(connection: &mut SqliteConnection) -> Result<String, Error> {
    if is_backup(connection).await? {
        renew(connection).await?;
    }
    let epoch = sqlx::query_scalar!("select epoch from internal_database_epoch");
    Ok(epoch.fetch_one(connection).await?)
}

async fn renew(connection: &mut SqliteConnection) -> Result<(), Error> {
    let mut transaction = connection.begin().await?;
    sqlx::query!("update internal_database_epoch set epoch = lower(hex(randomblob(8)))")
        .execute(&mut *transaction)
        .await?;
    unmark(&mut transaction).await?;
    transaction.commit().await?;
    tracing::info!("the database was restored from a backup, and has a new epoch");
    Ok(())
}
