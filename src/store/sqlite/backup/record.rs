//! When the last backup was made: written into the database itself, for those who watch that there is one.

use std::path::Path;

use anyhow::Context;
use sqlx::Connection;

use super::copy::open;
use crate::clock::Clock;
use crate::error::Error;
use crate::model::Timestamp;
use crate::store::handle::Store;
use crate::store::job::Write;
use crate::store::sqlite::transaction::Transaction;

/// Records that a backup of this database was made just now, also while a server has it open.
pub async fn record_backup(database: &Path) -> anyhow::Result<()> {
    let record = async {
        let mut connection = open(database).await?;
        let now = Clock::default().now();
        sqlx::query!("update internal_last_backup set made_at = ?", now)
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        anyhow::Ok(())
    };
    record.await.context("the backup is complete, but the database does not take its time")
}

/// Records that a backup was made just now.
struct RecordBackup;

impl Write for RecordBackup {
    type Output = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        let now = transaction.now();
        let record = sqlx::query!("update internal_last_backup set made_at = ?", now);
        transaction.storage.execute(record).await?;
        Ok(())
    }
}

impl Store {
    /// Records that a backup was made just now.
    pub(super) async fn record_backup(&self) -> Result<(), Error> {
        self.write(RecordBackup).await
    }

    /// When the last backup was made; None if there was none.
    pub async fn last_backup(&self) -> Result<Option<Timestamp>, Error> {
        let made_at = sqlx::query_scalar!(
            r#"select made_at as "made_at: Timestamp" from internal_last_backup"#
        );
        Ok(made_at.fetch_one(&self.database.readers).await?)
    }
}
