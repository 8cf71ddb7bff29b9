//! How much room the disk of a file has.

use std::io;
use std::path::Path;

use crate::error::Error;

/// What a large change writes: more than the largest body that is taken by default becomes as nodes,
/// history and events.
pub(in crate::store) const LARGE_CHANGE_BYTES: u64 = 8 * 1024 * 1024;

/// The bytes that the disk has left for this process.
pub(super) fn free_room(path: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Fails unless the disk has room for what a large change writes. Whether that may be written at all, as
/// with a quota, shows only when it is.
pub(super) fn check_room(path: &Path) -> Result<(), Error> {
    let free = match free_room(path) {
        Ok(free) => free,
        Err(cause) => {
            // Not every file system says how much it has left.
            tracing::debug!(%cause, "cannot see how much room the disk has");
            return Ok(());
        }
    };
    if free >= LARGE_CHANGE_BYTES {
        return Ok(());
    }
    Err(Error::Unavailable(format!(
        "The disk of the database has {} KiB left, and a large change takes {}. Free space.",
        free / 1024,
        LARGE_CHANGE_BYTES / 1024
    )))
}
