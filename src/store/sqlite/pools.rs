//! The connections beside the one that writes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};

use super::file::DatabaseFile;

/// Connections that read what is small: one session, one node, one row. Each is a thread; there are as
/// many as help on two to four cores.
const READERS: u32 = 4;
/// Connections that read what may be large: graphs, lists, histories, events. They are apart from the
/// others, so that some large graphs do not keep everybody else from reading one session.
const BULK_READERS: u32 = 4;
/// How long a caller waits for a connection before it gets an error and may retry. A small read takes well
/// below a millisecond, so a wait this long means that the machine is overloaded.
pub(in crate::store) const READER_TIMEOUT: Duration = Duration::from_secs(2);
/// The same for large reads, a few of which may lawfully take a second each.
const BULK_READER_TIMEOUT: Duration = Duration::from_secs(10);

/// For what is small.
pub(super) async fn small(
    options: &SqliteConnectOptions,
    file: &Arc<DatabaseFile>,
) -> anyhow::Result<SqlitePool> {
    pool(options.clone().read_only(true), file, READERS, READER_TIMEOUT).await
}

/// For what may be large.
pub(super) async fn bulk(
    options: &SqliteConnectOptions,
    file: &Arc<DatabaseFile>,
) -> anyhow::Result<SqlitePool> {
    pool(options.clone().read_only(true), file, BULK_READERS, BULK_READER_TIMEOUT).await
}

/// The one that checkpoints.
pub(super) async fn checkpointer(
    options: &SqliteConnectOptions,
    file: &Arc<DatabaseFile>,
) -> anyhow::Result<SqlitePool> {
    pool(options.clone(), file, 1, READER_TIMEOUT).await
}

async fn pool(
    options: SqliteConnectOptions,
    file: &Arc<DatabaseFile>,
    connections: u32,
    acquire_timeout: Duration,
) -> anyhow::Result<SqlitePool> {
    let opened = file.clone();
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(acquire_timeout)
        // A connection to a file does not break while it is idle.
        .test_before_acquire(false)
        // One that is opened later must not come to a file that was put there meanwhile.
        .after_connect(move |_, _| {
            let outcome = opened.check_opened();
            Box::pin(async move { outcome })
        })
        .connect_with(options)
        .await
        .with_context(|| format!("cannot open the database {}", file.path().display()))
}
