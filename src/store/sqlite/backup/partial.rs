//! A file that is being written, beside the one whose place it takes when it is complete.

use std::fs::{self, File, Permissions, TryLockError};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use crate::store::sqlite::file::{FILE_MODE, Identity, beside};

/// A file that becomes `target` when it is published, and is removed otherwise. One that a killed process has
/// left is overwritten.
pub struct Partial {
    path: PathBuf,
    target: PathBuf,
    file: File,
    is_published: bool,
}

impl Partial {
    /// An empty file `target.partial`, readable for its owner only. Fails while another process writes one.
    pub fn create(target: &Path) -> anyhow::Result<Self> {
        let path = beside(target, ".partial");
        let cannot = || format!("cannot write {}", path.display());
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(&path)
            .with_context(cannot)?;
        // Elsewhere such a lock would keep SQLite out (see `file::lock`).
        let locked = if cfg!(target_os = "linux") { file.try_lock() } else { Ok(()) };
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("{} is being written by another backup; wait for its end", path.display())
            }
            Err(TryLockError::Error(cause)) => return Err(cause).with_context(cannot),
        }
        let metadata = file.metadata().with_context(cannot)?;
        // The other backup may have published it just before the lock was free.
        ensure!(
            Identity::of(&metadata).is_at(&path),
            "{} was being written by another backup; try again",
            path.display()
        );
        file.set_permissions(Permissions::from_mode(FILE_MODE)).with_context(cannot)?;
        file.set_len(0).with_context(cannot)?;
        remove_journal(&path);
        Ok(Self { path, target: target.to_owned(), file, is_published: false })
    }

    /// Where it is until it is published.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its size so far.
    pub fn len(&self) -> u64 {
        self.file.metadata().map(|metadata| metadata.len()).unwrap_or_default()
    }

    /// Gives it the owner and the group of another file.
    pub fn copy_owner(&self, other: &fs::Metadata) -> anyhow::Result<()> {
        use std::os::unix::fs::{MetadataExt, fchown};
        fchown(&self.file, Some(other.uid()), Some(other.gid())).with_context(|| {
            format!("cannot give {} the owner of the database", self.path.display())
        })
    }

    /// Waits until the disk has all of it.
    pub fn sync(&self) -> anyhow::Result<()> {
        self.file.sync_all().with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Puts it, once synced, in the place of the target, in one step; its size.
    pub fn publish(mut self) -> anyhow::Result<u64> {
        let cannot = || format!("cannot write {}", self.target.display());
        let bytes = self.file.metadata().with_context(cannot)?.len();
        fs::rename(&self.path, &self.target).with_context(cannot)?;
        self.is_published = true;
        if let Some(folder) = self.target.parent() {
            File::open(folder).and_then(|folder| folder.sync_all()).with_context(cannot)?;
        }
        Ok(bytes)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_published {
            let _ = fs::remove_file(&self.path);
            remove_journal(&self.path);
        }
    }
}

/// Removes what SQLite leaves beside a file whose writer was killed.
fn remove_journal(path: &Path) {
    let _ = fs::remove_file(beside(path, "-journal"));
}
