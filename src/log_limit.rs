//! Limits repeated log lines to one a second, with the number of those that were suppressed.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the same line is suppressed after it was logged.
const WINDOW: Duration = Duration::from_secs(1);
/// The number of different lines that are remembered. Beyond it the oldest is forgotten; a handful occur at a
/// time.
const MAX_TEXTS: usize = 16;

/// The lines that were logged recently.
pub struct LogLimit(Mutex<Vec<Written>>);

struct Written {
    text: String,
    at: Instant,
    /// How often it was suppressed since.
    suppressed: u64,
}

impl LogLimit {
    /// A limit that has seen no line yet.
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Whether to log `text` now: None if it was logged in the last second, else how often it was
    /// suppressed since it was last logged.
    pub fn admit(&self, text: &str) -> Option<u64> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(line) = lines.iter_mut().find(|line| line.text == text) {
            if now.duration_since(line.at) < WINDOW {
                line.suppressed += 1;
                return None;
            }
            line.at = now;
            return Some(std::mem::take(&mut line.suppressed));
        }
        if lines.len() == MAX_TEXTS {
            lines.remove(0);
        }
        lines.push(Written { text: text.to_owned(), at: now, suppressed: 0 });
        Some(0)
    }
}

impl Default for LogLimit {
    fn default() -> Self {
        Self::new()
    }
}
