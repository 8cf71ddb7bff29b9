//! Puts a backup in the place of a database that no server has open.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use sqlx::Connection;

use super::backup::{Partial, Progress, copy, open, open_copy};
use super::database::MIGRATIONS;
use super::file::{DatabaseFile, beside, check_origin};

/// A database that was restored.
#[derive(Debug, Clone)]
pub struct Restored {
    /// How many sessions are in it.
    pub sessions: i64,
    /// Its size.
    pub bytes: u64,
    /// How many tokens the backup knows as valid that were revoked since; they stay revoked. None if the database
    /// from before could not be read.
    pub revoked_tokens: Option<u64>,
    /// Where the database from before is; None if there was none.
    pub before: Option<PathBuf>,
    /// How long it took.
    pub duration: Duration,
}

/// Puts a copy of `backup` in the place of `database`, which is kept as `database.before-restore`. The next
/// server that opens it gives it a new epoch.
///
/// Fails, and changes nothing, if the backup is damaged, of a newer schema or no rollcall's, if a server has
/// the database, or if a database from before another restore is still there.
pub async fn restore(
    backup: &Path,
    database: &Path,
    progress: Progress<'_>,
) -> anyhow::Result<Restored> {
    let started = Instant::now();
    let source = backup
        .canonicalize()
        .with_context(|| format!("cannot read the backup {}", backup.display()))?;
    check_backup(&source).await?;
    let present = database.metadata().ok().filter(|metadata| metadata.len() > 0);
    let file = DatabaseFile::open(database)?;
    let path = file.path();
    ensure!(path != source, "{} is the database itself; name a backup", backup.display());
    let before = present.as_ref().map(|_| beside(path, ".before-restore"));
    if let Some(before) = &before {
        ensure!(
            !before.exists(),
            "{} is there from another restore; move it away or delete it first",
            before.display()
        );
    }
    let partial = Partial::create(path)?;
    let sessions = copy(&source, &partial, progress).await?;
    let revoked_tokens = match &present {
        None => Some(0),
        Some(_) => match revocations(path).await {
            Ok(revocations) => Some(revoke(&partial, revocations).await?),
            Err(_) => None,
        },
    };
    partial.sync()?;
    if let (Some(present), Some(before)) = (&present, &before) {
        partial.copy_owner(present)?;
        keep_before(path, before).await?;
    }
    let bytes = partial.publish()?;
    Ok(Restored { sessions, bytes, revoked_tokens, before, duration: started.elapsed() })
}

/// Refuses what is no backup of a rollcall, or not as it was written.
async fn check_backup(path: &Path) -> anyhow::Result<()> {
    ensure!(
        path.metadata().is_ok_and(|file| file.is_file() && file.len() > 0),
        "{} is empty or no file; name a backup",
        path.display()
    );
    check_origin(path, &MIGRATIONS).await?;
    let damaged = || format!("{} is damaged; name another backup", path.display());
    let mut backup = open(path).await?;
    let problem: String = sqlx::query_scalar("pragma integrity_check(1)")
        .fetch_one(&mut backup)
        .await
        .with_context(damaged)?;
    ensure!(problem == "ok", "{}: {problem}", damaged());
    Ok(backup.close().await?)
}

/// The tokens of a database that were revoked, and when.
async fn revocations(path: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut database = open(path).await?;
    let query = "select id, revoked_at from tokens where revoked_at is not null";
    let revocations = sqlx::query_as(query).fetch_all(&mut database).await?;
    database.close().await?;
    Ok(revocations)
}

/// Revokes these tokens in the copy: one that was stolen must not be valid again after a restore. How many were
/// valid.
async fn revoke(copy: &Partial, revocations: Vec<(String, String)>) -> anyhow::Result<u64> {
    let mut database = open_copy(copy.path()).await?;
    let mut transaction = database.begin().await?;
    let mut revoked = 0;
    for (id, at) in revocations {
        let query = "update tokens set revoked_at = ? where id = ? and revoked_at is null";
        let done = sqlx::query(query).bind(at).bind(id).execute(&mut *transaction).await?;
        revoked += done.rows_affected();
    }
    transaction.commit().await?;
    database.close().await?;
    Ok(revoked)
}

/// Gives the present database another name beside its own, with all that was committed to it.
async fn keep_before(path: &Path, before: &Path) -> anyhow::Result<()> {
    let cannot = || format!("cannot keep the database as {}", before.display());
    // Puts the WAL of a server that was killed into the file. A damaged file keeps it beside itself.
    if let Ok(mut database) = open(path).await {
        let _ = sqlx::query("select count(*) from sqlite_schema").execute(&mut database).await;
        let _ = database.close().await;
    }
    let (wal, index) = (beside(path, "-wal"), beside(path, "-shm"));
    if wal.exists() {
        fs::rename(&wal, beside(before, "-wal")).with_context(cannot)?;
    }
    if index.exists() {
        fs::remove_file(&index).with_context(cannot)?;
    }
    fs::hard_link(path, before).or_else(|_| fs::rename(path, before)).with_context(cannot)
}
