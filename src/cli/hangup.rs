//! SIGHUP, which the process gets when its terminal is closed, unless it was started with `nohup`.

use std::future::pending;

use tokio::signal::unix::{Signal, SignalKind};

/// Whether the signal was ignored when the process was started, as `nohup` does. The server must then
/// continue without its terminal, and installing a handler would undo that.
///
/// Without unsafe code only Linux shows whether it was. Elsewhere this returns true, so no handler is
/// installed.
pub fn is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The lowest bit is that of signal 1.
    ignored.is_none_or(|mask| mask >> (SignalKind::hangup().as_raw_value() - 1) & 1 == 1)
}

/// Completes when the signal arrives; never if there is no handler for it.
pub async fn received(hangup: &mut Option<Signal>) {
    match hangup {
        Some(hangup) => {
            hangup.recv().await;
        }
        None => pending().await,
    }
}
