//! How many files the process may have open: every connection is one.

use std::io;

use rlimit::Resource;

/// Files beside the connections: the database with its connections, the log, the sockets that listen,
/// and connections that are only told that there are too many.
const OTHER_FILES: u64 = 128;

/// What the system allows.
pub struct Allowed {
    pub files: u64,
    /// How many connections these files are enough for.
    pub connections: usize,
}

/// Lets the process have files open for so many connections, as far as the system allows.
pub fn allow(connections: usize) -> io::Result<Allowed> {
    let wanted = OTHER_FILES + connections as u64;
    let (soft, hard) = Resource::NOFILE.get()?;
    if soft < wanted && soft < hard {
        Resource::NOFILE.set(wanted.min(hard), hard)?;
    }
    let files = Resource::NOFILE.get_soft()?;
    let connections_left = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
    Ok(Allowed { files, connections: connections_left.clamp(1, connections) })
}
