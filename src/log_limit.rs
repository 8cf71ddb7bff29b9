//! Log lines that say the same again and again: one a second, with how many were left out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the same is not written again.
const WINDOW: Duration = Duration::from_secs(1);
/// Texts that are told apart; past it the oldest is forgotten. There are a handful at a time.
const MAX_TEXTS: usize = 16;

/// What was written in the last second.
pub struct LogLimit(Mutex<Vec<Written>>);

struct Written {
    text: String,
    at: Instant,
    /// How often it was left out since.
    suppressed: u64,
}

impl LogLimit {
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// None if `text` was written in the last second; else how often it was left out since it was
    /// written last.
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
