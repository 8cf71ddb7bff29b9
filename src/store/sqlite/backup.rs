//! Backups: a database copied into one file, as of one moment, while a server goes on writing.
//!
//! `VACUUM INTO` reads in one transaction, so writers do not wait; only the WAL grows by what they write
//! meanwhile. The copy has no free pages and needs no files beside it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::task::spawn_blocking;

use super::database::MIGRATIONS;
use super::file::{Identity, check_origin};
use crate::store::handle::Store;

mod copy;
mod partial;
mod record;
mod rotation;

pub use copy::Progress;
pub(super) use copy::{copy, open, open_copy};
pub(super) use partial::Partial;
pub use record::record_backup;

/// A backup that was made.
#[derive(Debug, Clone)]
pub struct Backup {
    /// Where it is.
    pub file: PathBuf,
    /// The size of the file.
    pub bytes: u64,
    /// How many sessions are in it.
    pub sessions: i64,
    /// How long it took.
    pub duration: Duration,
}

/// Backs a database up to `target`, whether a server has it open or not. A backup that is there already is
/// replaced at the end, after the `keep` ones before it were renamed to `target.1`, `target.2` …
///
/// Fails if the database is missing, damaged or no rollcall's, or if a file that would be replaced is
/// no backup.
pub async fn back_up(
    database: &Path,
    target: &Path,
    keep: u32,
    progress: Progress<'_>,
) -> anyhow::Result<Backup> {
    let source = database
        .canonicalize()
        .with_context(|| format!("cannot read the database {}", database.display()))?;
    check_origin(&source, &MIGRATIONS).await?;
    back_up_open(&source, target, keep, progress).await
}

impl Store {
    /// Backs the database up to `target` as [`back_up`] does, while it is served, and records the time.
    pub async fn back_up(&self, target: &Path, keep: u32) -> anyhow::Result<Backup> {
        let made = back_up_open(self.database.file.path(), target, keep, &|_, _| {}).await?;
        self.record_backup()
            .await
            .context("the backup is complete, but its time is not recorded")?;
        Ok(made)
    }
}

/// As [`back_up`], of a file that is known to be a rollcall's.
async fn back_up_open(
    source: &Path,
    target: &Path,
    keep: u32,
    progress: Progress<'_>,
) -> anyhow::Result<Backup> {
    let started = Instant::now();
    let target = std::path::absolute(target)
        .with_context(|| format!("cannot write the backup {}", target.display()))?;
    check_target(source, &target)?;
    rotation::check(&target, keep)?;
    let partial = Partial::create(&target)?;
    let sessions = copy(source, &partial, progress).await?;
    let file = target.clone();
    // A disk that takes long to sync must not hold a thread of the runtime.
    let publish = spawn_blocking(move || {
        partial.sync()?;
        rotation::rotate(&target, keep)?;
        partial.publish()
    });
    let bytes = publish.await.context("the backup was not finished")??;
    Ok(Backup { file, bytes, sessions, duration: started.elapsed() })
}

/// Refuses a target that can't be written, or that is the database itself.
fn check_target(source: &Path, target: &Path) -> anyhow::Result<()> {
    let shown = target.display();
    ensure!(!target.is_dir(), "{shown} is a folder; name a file in it");
    if let Some(folder) = target.parent() {
        ensure!(
            folder.is_dir(),
            "cannot write the backup {shown}: there is no folder {}",
            folder.display()
        );
    }
    let metadata = source
        .metadata()
        .with_context(|| format!("cannot read the database {}", source.display()))?;
    ensure!(
        !Identity::of(&metadata).is_at(target),
        "{shown} is the database itself; name another file for the backup"
    );
    Ok(())
}
