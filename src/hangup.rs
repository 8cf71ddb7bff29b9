//! SIGHUP, which comes when a terminal is closed, unless whoever started the process keeps it away.

use std::future::pending;

use tokio::signal::unix::{Signal, SignalKind};

/// Whether the process was started with the signal ignored, as `nohup` does: then it goes on without
/// its terminal, and a handler of ours would undo that. Only Linux tells without unsafe code; elsewhere
/// the signal is left as it was found.
pub fn is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The lowest bit is that of signal 1.
    ignored.is_none_or(|mask| mask >> (SignalKind::hangup().as_raw_value() - 1) & 1 == 1)
}

/// Comes back when the signal has come; never where it is not waited for.
pub async fn received(hangup: &mut Option<Signal>) {
    match hangup {
        Some(hangup) => {
            hangup.recv().await;
        }
        None => pending().await,
    }
}
