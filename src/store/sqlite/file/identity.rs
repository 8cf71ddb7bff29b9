//! Which file a path leads to.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A file, by whatever name: as long as it is open, no other one has the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    pub fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    /// Whether `path` leads to this file.
    pub fn is_at(self, path: &Path) -> bool {
        path.metadata().is_ok_and(|metadata| Self::of(&metadata) == self)
    }
}

/// The file beside `path` whose name has `end` added.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
