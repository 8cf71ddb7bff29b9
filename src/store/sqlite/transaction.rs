//! A transaction of the one writing connection.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Row, Sqlite, SqliteConnection};

use super::statement_batch::StatementBatch;
use crate::engine::head::Cache;
use crate::engine::transaction::{Happened, Transaction as EngineTransaction};
use crate::error::Error;

/// What a change of the store works on: the engine's transaction over SQLite.
pub type Transaction<'c> = EngineTransaction<'c, SqliteTransaction<'c>>;

/// The connection, and what is to be sent with the next statement that returns something.
pub struct SqliteTransaction<'c> {
    connection: &'c mut SqliteConnection,
    batch: StatementBatch,
}

/// What a committed transaction leaves.
pub(in crate::store) struct Committed {
    pub happened: Happened,
    /// What the statement returned that was queued last.
    pub returned: Option<String>,
    pub cache: Cache,
}

impl<'c> SqliteTransaction<'c> {
    /// A transaction that begins with its first statement. A caller that does not commit it must roll it back.
    pub(super) fn begin(connection: &'c mut SqliteConnection) -> Self {
        let mut batch = StatementBatch::default();
        // Immediate: a transaction that reads first and then writes may find that others have written.
        batch.add("begin immediate");
        Self { connection, batch }
    }

    /// Where statements that return nothing are queued.
    pub(in crate::store) fn batch(&mut self) -> &mut StatementBatch {
        &mut self.batch
    }

    /// The connection, once all that was queued is done.
    pub(in crate::store) async fn connection(&mut self) -> Result<&mut SqliteConnection, Error> {
        self.batch.run(self.connection).await?;
        Ok(self.connection)
    }

    /// Executes a statement; how many rows it has changed.
    pub(in crate::store) async fn execute(
        &mut self,
        statement: Query<'_, Sqlite, SqliteArguments>,
    ) -> Result<u64, Error> {
        Ok(statement.execute(self.connection().await?).await?.rows_affected())
    }

    /// Sends what is queued, whose last statement returns one row with one text of JSON.
    pub(in crate::store) async fn fetch_json<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let rows = self.batch.run(self.connection).await?;
        let Some(row) = rows.first() else {
            return Err(Error::internal(anyhow::anyhow!("a statement returned nothing")));
        };
        read_json(row.try_get(0)?)
    }
}

/// Commits a transaction.
pub(in crate::store) async fn commit(transaction: Transaction<'_>) -> Result<Committed, Error> {
    let (mut storage, cache, happened) = transaction.finish()?;
    storage.batch.add("commit");
    let rows = storage.batch.run(storage.connection).await?;
    // From here on nothing fails: it is committed.
    let returned = rows.first().and_then(|row| row.try_get(0).ok());
    Ok(Committed { happened, returned, cache })
}

/// Reads what a statement has returned as JSON.
pub(in crate::store) fn read_json<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Error> {
    serde_json::from_str(text)
        .map_err(|cause| Error::internal(anyhow::Error::new(cause).context("a statement's answer")))
}

/// Rows as a statement for many of them reads them, by `json_each` or `jsonb_each`.
pub(in crate::store) fn json(rows: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(rows).map_err(|cause| Error::internal(cause.into()))
}
