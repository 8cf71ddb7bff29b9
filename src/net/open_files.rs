//! The limit on open files of the process (RLIMIT_NOFILE). Every connection is an open file.

use std::io;

use rlimit::Resource;

/// Open files in addition to the connections: those of the database, the log, the listening sockets, and
/// connections beyond the limit that are being rejected.
const RESERVED_FILES: u64 = 128;

/// The limit that is in force.
pub struct OpenFileLimit {
    /// The number of files that the process may have open.
    pub files: u64,
    /// The number of connections for which these files suffice.
    pub connections: usize,
}

/// Raises the limit of the process to what `connections` need, as far as the system allows it. Returns the
/// resulting limit.
pub fn raise_limit(connections: usize) -> io::Result<OpenFileLimit> {
    let wanted = RESERVED_FILES + connections as u64;
    let (soft, hard) = Resource::NOFILE.get()?;
    if soft < wanted && soft < hard {
        Resource::NOFILE.set(wanted.min(hard), hard)?;
    }
    let files = Resource::NOFILE.get_soft()?;
    let connections_left =
        usize::try_from(files.saturating_sub(RESERVED_FILES)).unwrap_or(usize::MAX);
    Ok(OpenFileLimit { files, connections: connections_left.clamp(1, connections) })
}
