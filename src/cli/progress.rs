//! How far something is that takes long, on a terminal only.

use std::io::{IsTerminal, Write};

/// Shows how many of `total` bytes are copied.
pub fn show(copied: u64, total: u64) {
    show_line(copied, total, &size(total));
}

/// Shows how much of `total` is done, in one line that is written over and over. `what` is the total for people.
pub fn show_line(done: u64, total: u64, what: &str) {
    let mut out = std::io::stderr();
    if !out.is_terminal() || total == 0 {
        return;
    }
    let percent = done.saturating_mul(100) / total;
    let end = if done == total { "\n" } else { "" };
    // Who does not see it misses nothing.
    let _ = write!(out, "\r{percent:>3} % of {what}{end}");
    let _ = out.flush();
}

/// A number of bytes for people, such as `1.5 MiB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64 / 1024.0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    format!("{value:.1} {unit}")
}
