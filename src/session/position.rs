//! Where a node stands among its siblings.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text of lower-case hexadecimal digits by which siblings are ordered.
///
/// It begins with a number of [`WHOLE`] digits that goes up at the end and down at the beginning;
/// between two neighbours digits are added, as behind a decimal point. So there is always room,
/// no node ever moves because of another, and what was deleted comes back to its old place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(String);

/// Digits in front of the point: 48 bits, from the middle of which both ends are out of reach.
const WHOLE: usize = 12;

impl Position {
    /// A place for a node without siblings.
    pub fn first() -> Self {
        Self::whole(1 << 47)
    }

    /// A place behind this one, where nobody is.
    pub fn after(&self) -> Self {
        Self::whole(self.number() + 1)
    }

    /// A place before this one, where nobody is.
    pub fn before(&self) -> Self {
        Self::whole(self.number().saturating_sub(1))
    }

    /// A place between this one and a later one.
    pub fn between(&self, later: &Self) -> Self {
        let mut digits = String::with_capacity(self.0.len().max(later.0.len()) + 1);
        let mut low = self.0.bytes().map(digit).chain(std::iter::repeat(0));
        let mut high = later.0.bytes().map(digit).chain(std::iter::repeat(0));
        let mut bounded = true;
        loop {
            let floor = low.next().unwrap_or(0);
            let ceiling = if bounded { high.next().unwrap_or(0) } else { 16 };
            let middle = floor + ceiling.saturating_sub(floor) / 2;
            digits.push(char::from_digit(middle, 16).unwrap_or('0'));
            if middle > floor {
                return Self(digits);
            }
            // Once a digit is below the ceiling's, the later place bounds no more.
            bounded = bounded && ceiling == floor;
        }
    }

    fn whole(number: u64) -> Self {
        Self(format!("{number:0WHOLE$x}"))
    }

    fn number(&self) -> u64 {
        u64::from_str_radix(&self.0[..WHOLE], 16).unwrap_or_default()
    }
}

fn digit(byte: u8) -> u32 {
    char::from(byte).to_digit(16).unwrap_or(0)
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Position {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_digits = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if text.len() < WHOLE || !is_digits {
            return Err(format!("'{text}' is not a position"));
        }
        Ok(Self(text.to_owned()))
    }
}
