//! The one connection that writes, and what it knows of the file between transactions.

use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::checkpoints::Checkpoints;
use super::file::DatabaseFile;
use super::statement_batch::queue;
use super::transaction::{SqliteTransaction, Transaction};
use crate::engine::head::Cache;
use crate::engine::limits::Limits;
use crate::error::Error;
use crate::model::Timestamp;

/// The connection that writes.
pub(in crate::store) struct WriteConnection {
    file: Arc<DatabaseFile>,
    options: SqliteConnectOptions,
    connection: SqliteConnection,
    checkpoints: Arc<Checkpoints>,
    /// None before the first transaction and after a failure.
    known: Option<Known>,
}

/// What is known of the file. It holds as long as no other connection writes.
struct Known {
    /// SQLite's `data_version` of this connection when the cache was empty. It changes when another
    /// connection has written.
    version: i64,
    cache: Cache,
}

impl WriteConnection {
    /// A connection to `file`, opened with `options`.
    pub fn new(
        file: Arc<DatabaseFile>,
        options: SqliteConnectOptions,
        connection: SqliteConnection,
        checkpoints: Arc<Checkpoints>,
    ) -> Self {
        Self { file, options, connection, checkpoints, known: None }
    }

    /// Whether the next transaction begins with something that is known.
    pub fn has_cache(&self) -> bool {
        self.known.as_ref().is_some_and(|known| !known.cache.is_empty())
    }

    /// Begins a transaction, which fails at its first read if what is known is out of date. The version
    /// is to be given back to [`WriteConnection::keep`] after the commit.
    pub async fn begin<'c>(
        &'c mut self,
        now: Timestamp,
        limits: &'c Limits,
    ) -> Result<(Transaction<'c>, i64), Error> {
        let known = match self.known.take() {
            Some(known) => known,
            None => Known { version: self.data_version().await?, cache: Cache::default() },
        };
        let Known { version, cache } = known;
        let mut storage = SqliteTransaction::begin(&mut self.connection);
        if !cache.is_empty() {
            abort_if_stale(&mut storage, version)?;
        }
        Ok((Transaction::new(storage, cache, now, limits), version))
    }

    /// Keeps what a committed transaction knew for the next one.
    pub fn keep(&mut self, version: i64, cache: Cache) {
        self.known = Some(Known { version, cache });
    }

    /// To be called after each commit, once its callers are answered.
    pub async fn after_commit(&mut self) {
        self.checkpoints.after_commit(&mut self.connection).await;
    }

    async fn data_version(&mut self) -> Result<i64, Error> {
        let version = sqlx::query_scalar!(
            r#"select data_version + 0 as "version!: i64" from pragma_data_version"#
        )
        .fetch_one(&mut self.connection)
        .await?;
        Ok(version)
    }

    /// Leaves a failed transaction, so that another one can begin.
    pub async fn recover(&mut self) -> Result<(), Error> {
        match sqlx::query("rollback").execute(&mut self.connection).await {
            // SQLite itself ends a transaction when the disk refuses, and it may not have begun.
            Ok(_) | Err(sqlx::Error::Database(_)) => {}
            Err(_) => {
                let connection = self.options.connect().await?;
                // A connection to another file must never be written to.
                self.file.check_opened()?;
                self.connection = connection;
            }
        }
        Ok(())
    }

    /// Tries whether changes can be written.
    pub async fn probe(&mut self) -> Result<(), Error> {
        super::write_probe::run(&mut self.connection).await
    }

    /// Closes the file.
    pub async fn close(self) {
        if let Err(cause) = self.connection.close().await {
            tracing::error!(%cause, "the database did not close cleanly");
        }
    }
}

/// Lets the transaction fail if another connection has written since the cache was filled. The statement
/// returns no row, or fails: the text that it makes then is no JSON. So it needs no round trip of its
/// own, as a look at the version would.
fn abort_if_stale(storage: &mut SqliteTransaction<'_>, version: i64) -> Result<(), Error> {
    queue!(
        storage.batch(),
        "select 1 as stale from pragma_data_version
         where data_version <> ? and json('data_version is ' || data_version)",
        version
    )
}
