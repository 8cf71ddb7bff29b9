//! The lock by which one process has a database for itself.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use anyhow::Context;

/// Another process has the database.
#[derive(Debug, thiserror::Error)]
#[error("it belongs to a rollcall that is running; stop it or name another file")]
pub(super) struct InUse;

/// A lock on a database, while it lives.
///
/// On Linux it is on the database itself, so it holds whatever name the file is reached by: flock(2),
/// which the standard library uses, is apart from the locks of fcntl(2) that SQLite takes. Elsewhere
/// the two keep each other out, so there it is on a file beside the database.
pub(super) struct Lock {
    locked: File,
    /// Where that is another file: open as long as the lock lives, since SQLite would lose its own locks
    /// when it is closed.
    database: Option<File>,
}

impl Lock {
    /// Fails if another process has it.
    pub fn take(database: File, path: &Path) -> anyhow::Result<Self> {
        let lock = Self::new(database, path)?;
        match lock.locked.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => Err(InUse.into()),
            Err(TryLockError::Error(cause)) => Err(cause).context("it can't be locked"),
        }
    }

    /// The database.
    pub fn database(&self) -> &File {
        self.database.as_ref().unwrap_or(&self.locked)
    }

    /// To close the file is not enough: a process that this one is just starting has it, too, until it
    /// becomes another program.
    pub fn release(&self) -> io::Result<()> {
        self.locked.unlock()
    }

    #[cfg(target_os = "linux")]
    fn new(database: File, _path: &Path) -> anyhow::Result<Self> {
        Ok(Self { locked: database, database: None })
    }

    #[cfg(not(target_os = "linux"))]
    fn new(database: File, path: &Path) -> anyhow::Result<Self> {
        use std::os::unix::fs::MetadataExt;

        // Each name would have a lock of its own, and SQLite a log of its own.
        if database.metadata()?.nlink() > 1 {
            anyhow::bail!("it has several names (hard links); leave it one");
        }
        let beside = super::identity::beside(path, "-lock");
        let locked = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&beside)
            .with_context(|| format!("cannot write {}", beside.display()))?;
        Ok(Self { locked, database: Some(database) })
    }
}
