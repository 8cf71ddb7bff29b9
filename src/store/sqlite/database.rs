//! The open file, and the connections to it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous,
};
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::Semaphore;

use super::checkpoints::Checkpoints;
use super::connection::WriteConnection;
use super::file::{self, DatabaseFile};
use super::{epoch, lookups, pools};
use crate::metrics::Metrics;
use crate::supervisor::Supervisor;

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!();

/// Memory for pages, of each connection, in SQLite's negative KiB; it is taken only when needed.
const CACHE_KIB: &str = "-16384";
/// Rows that SQLite's thread may be ahead of their reader. With sqlx's 50 the two would wait for each
/// other many times in a large answer.
const ROW_BUFFER: usize = 1024;
/// How long a statement waits for a lock that another program has on the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The most large graphs that are read at a time. Each keeps a connection, and a moment of the file beyond
/// which the WAL can't be begun anew.
const MAX_GRAPH_READS: usize = 2;

/// How far a commit goes before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    /// To the disk: it survives a power cut.
    Full,
    /// To the operating system: it survives the end of the process.
    Normal,
}

/// The open file, and the connections that read it.
#[derive(Clone)]
pub(in crate::store) struct Database {
    pub readers: SqlitePool,
    /// For what may be large.
    pub bulk_readers: SqlitePool,
    /// The connection that checkpoints.
    checkpointer: SqlitePool,
    pub file: Arc<DatabaseFile>,
    pub lookups: lookups::Lookups,
    /// Changes when the database is restored from a backup.
    pub epoch: Arc<str>,
    /// Who may read a large graph now.
    pub graph_reads: Arc<Semaphore>,
}

impl Database {
    /// Locks, checks, migrates and opens the file; and the one connection that writes.
    pub async fn open(
        path: &Path,
        synchronous: Synchronous,
        metrics: Arc<Metrics>,
        supervisor: &Supervisor,
    ) -> anyhow::Result<(Self, WriteConnection)> {
        let file = Arc::new(DatabaseFile::open(path)?);
        file::check_origin(file.path(), &MIGRATIONS).await?;
        let options = options(file.path())
            .synchronous(match synchronous {
                Synchronous::Full => SqliteSynchronous::Full,
                Synchronous::Normal => SqliteSynchronous::Normal,
            })
            .pragma("cache_size", CACHE_KIB)
            // Else every statement that changes many pages keeps them in a file, to undo itself.
            .pragma("temp_store", "memory")
            // That is done by `checkpoints`.
            .pragma("wal_autocheckpoint", "0")
            .row_buffer_size(ROW_BUFFER);
        let mut create = options.clone();
        if file.path().metadata()?.len() == 0 {
            // SQLite would write it into a file that exists at each start, which may be on a full disk.
            create = create.auto_vacuum(SqliteAutoVacuum::Incremental);
        }
        let mut connection = create
            .connect()
            .await
            .with_context(|| format!("cannot open the database {}", path.display()))?;
        MIGRATIONS
            .run(&mut connection)
            .await
            .with_context(|| format!("cannot prepare the database {}", path.display()))?;
        file.check_opened()?;
        let epoch = epoch::read(&mut connection).await?.into();
        let readers = pools::small(&options, &file).await?;
        let bulk_readers = pools::bulk(&options, &file).await?;
        let checkpointer = pools::checkpointer(&options, &file).await?;
        file.remember_companions();
        let lookups = lookups::start(readers.clone(), supervisor);
        let graph_reads = Arc::new(Semaphore::new(MAX_GRAPH_READS));
        let checkpoints =
            Checkpoints::start(checkpointer.clone(), file.clone(), metrics, supervisor);
        let writer = WriteConnection::new(file.clone(), options, connection, checkpoints);
        let database =
            Self { readers, bulk_readers, checkpointer, file, lookups, epoch, graph_reads };
        Ok((database, writer))
    }

    /// Closes all connections but the one that writes. That must be the last to close, which puts the WAL
    /// back into the file.
    pub async fn close_others(&self) {
        self.readers.close().await;
        self.bulk_readers.close().await;
        self.checkpointer.close().await;
    }
}

/// The options of every connection to a database that is served.
fn options(path: &Path) -> SqliteConnectOptions {
    plain_options(path).journal_mode(SqliteJournalMode::Wal).foreign_keys(true)
}

/// The options of a connection that leaves the file as it is.
pub(super) fn plain_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        // Each statement would be timed and summed up for a line that nobody reads.
        .disable_statement_logging()
}

/// One connection to a file that a server has open.
pub(super) async fn connect(path: &Path) -> anyhow::Result<SqliteConnection> {
    options(path)
        .connect()
        .await
        .with_context(|| format!("cannot open the database {}", path.display()))
}

/// One connection to a file that this process has locked. The file is migrated first.
pub(super) async fn open_migrated(file: &DatabaseFile) -> anyhow::Result<SqliteConnection> {
    file::check_origin(file.path(), &MIGRATIONS).await?;
    let mut connection = connect(file.path()).await?;
    MIGRATIONS
        .run(&mut connection)
        .await
        .with_context(|| format!("cannot prepare the database {}", file.path().display()))?;
    file.check_opened()?;
    Ok(connection)
}
