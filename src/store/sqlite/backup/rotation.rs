//! Older backups: `FILE.1` is the one before `FILE`, and so on.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use crate::store::sqlite::backup_mark::is_marked;
use crate::store::sqlite::file::beside;

fn numbered(target: &Path, number: u32) -> PathBuf {
    match number {
        0 => target.to_owned(),
        _ => beside(target, &format!(".{number}")),
    }
}

/// Fails if a file that a rotation would replace or rename is no backup.
pub fn check(target: &Path, keep: u32) -> anyhow::Result<()> {
    for number in 0..=keep {
        let path = numbered(target, number);
        if !path.exists() {
            continue;
        }
        let is_backup =
            is_marked(&path).with_context(|| format!("cannot read {}", path.display()))?;
        ensure!(
            is_backup,
            "{} is no backup that rollcall made, and is left as it is; name another file",
            path.display()
        );
    }
    Ok(())
}

/// Makes room at `target.1`, and gives the present backup that name beside its own, so that at each
/// moment there is one at `target`. The oldest one beyond `keep` is replaced.
pub fn rotate(target: &Path, keep: u32) -> anyhow::Result<()> {
    if keep == 0 || !target.exists() {
        return Ok(());
    }
    let used = (1..keep).take_while(|number| numbered(target, *number).exists()).count() as u32;
    for number in (1..=used).rev() {
        rename(&numbered(target, number), &numbered(target, number + 1))?;
    }
    let first = numbered(target, 1);
    match fs::remove_file(&first) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            return Err(cause).with_context(|| format!("cannot replace {}", first.display()));
        }
        _ => {}
    }
    // Not every file system has hard links.
    fs::hard_link(target, &first)
        .or_else(|_| fs::rename(target, &first))
        .with_context(|| format!("cannot rename {} to {}", target.display(), first.display()))
}

fn rename(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::rename(from, to)
        .with_context(|| format!("cannot rename {} to {}", from.display(), to.display()))
}
