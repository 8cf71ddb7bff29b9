//! Copies a database into a partial file, and checks the copy.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use sqlx::sqlite::SqliteJournalMode;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::time::{MissedTickBehavior, interval};

use super::partial::Partial;
use crate::store::sqlite::backup_mark::mark;
use crate::store::sqlite::database::plain_options;

/// Called with how many bytes of how many are copied; the latter is an upper bound.
pub type Progress<'p> = &'p (dyn Fn(u64, u64) + Send + Sync);

/// Time between two reports of the progress.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

/// Opens a database that exists, beside other connections and processes that have it open.
pub async fn open(path: &Path) -> anyhow::Result<SqliteConnection> {
    plain_options(path).connect().await.with_context(|| format!("cannot open {}", path.display()))
}

/// Opens a copy that nobody else has, so that a change leaves no file beside it.
pub async fn open_copy(path: &Path) -> anyhow::Result<SqliteConnection> {
    Ok(plain_options(path).journal_mode(SqliteJournalMode::Memory).connect().await?)
}

/// Copies the database at `source`, marks the copy as one and checks it; how many sessions are in it.
pub async fn copy(source: &Path, partial: &Partial, progress: Progress<'_>) -> anyhow::Result<i64> {
    let mut database = open(source).await?;
    vacuum_into(&mut database, partial, progress)
        .await
        .with_context(|| format!("cannot copy {}", source.display()))?;
    // The copy is complete; a failure here concerns nobody.
    let _ = database.close().await;
    let sessions = finish(partial.path()).await;
    sessions.with_context(|| format!("cannot check the copy {}", partial.path().display()))
}

async fn vacuum_into(
    database: &mut SqliteConnection,
    partial: &Partial,
    progress: Progress<'_>,
) -> anyhow::Result<()> {
    let path =
        partial.path().to_str().context("the name of the copy is not UTF-8; choose another")?;
    let source = sqlx::query!(
        r#"select (page_count - freelist_count) * page_size as "bytes!: i64",
                  auto_vacuum + 0 as "auto_vacuum!: i64"
           from pragma_page_count, pragma_freelist_count, pragma_page_size, pragma_auto_vacuum"#
    )
    .fetch_one(&mut *database)
    .await?;
    if source.auto_vacuum == 0 {
        // The copy can give back pages, even if the database can't. Where it can, this would write into it.
        sqlx::query("pragma auto_vacuum = incremental").execute(&mut *database).await?;
    }
    let total = u64::try_from(source.bytes).unwrap_or_default();
    let mut ticks = interval(PROGRESS_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut statement = std::pin::pin!(sqlx::query("vacuum into ?").bind(path).execute(database));
    loop {
        tokio::select! {
            outcome = &mut statement => {
                outcome?;
                break;
            }
            _ = ticks.tick() => progress(partial.len().min(total), total),
        }
    }
    progress(total, total);
    Ok(())
}

/// Marks the copy, and reads it from its first page to its last.
async fn finish(path: &Path) -> anyhow::Result<i64> {
    let mut copy = open_copy(path).await?;
    mark(&mut copy).await?;
    let problem: String = sqlx::query_scalar("pragma quick_check(1)").fetch_one(&mut copy).await?;
    ensure!(problem == "ok", "it is damaged ({problem}); check the disks, then try again");
    let sessions = sqlx::query_scalar!("select sessions from internal_session_total");
    let sessions = sessions.fetch_one(&mut copy).await?;
    copy.close().await?;
    Ok(sessions)
}
