//! Where a node stands among its siblings.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

mod digits;

use digits::{END, START, WHOLE};

/// A text of lower-case hexadecimal digits by which siblings are ordered.
///
/// It begins with a number of twelve digits that goes up at the end and down at the beginning;
/// between two neighbours without room digits are added, as behind a decimal point. No node ever moves
/// because of another, and what was deleted comes back to its old place. A position that is made has at
/// most [`digits::MAX_DIGITS`]; one that a person has written may have more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct OrderKey(String);

impl OrderKey {
    /// A place for a node without siblings.
    pub fn first() -> Self {
        Self::whole(1 << 47)
    }

    /// A place behind this one, where nobody is if this is the last; None where there is no room.
    pub fn after(&self) -> Option<Self> {
        let next = self.number() + 1;
        if next < 1 << (4 * WHOLE) {
            return Some(Self::whole(next));
        }
        Self::from_digits(&digits::between(&self.digits(), END)?)
    }

    /// A place before this one, where nobody is if this is the first; None where there is no room.
    pub fn before(&self) -> Option<Self> {
        match self.number().checked_sub(1) {
            Some(previous) => Some(Self::whole(previous)),
            None => Self::from_digits(&digits::between(START, &self.digits())?),
        }
    }

    /// A place between this one and a later one; None where there is no room: too many stand close
    /// together, or both are the same.
    pub fn between(&self, later: &Self) -> Option<Self> {
        Self::from_digits(&digits::between(&self.digits(), &later.digits())?)
    }

    fn digits(&self) -> Vec<u8> {
        let digit = |text: char| text.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        self.0.chars().filter_map(digit).collect()
    }

    fn from_digits(digits: &[u8]) -> Option<Self> {
        let text = digits.iter().map(|digit| char::from_digit(u32::from(*digit), 16));
        text.collect::<Option<String>>().map(Self)
    }

    fn whole(number: u64) -> Self {
        Self(format!("{number:0WHOLE$x}"))
    }

    fn number(&self) -> u64 {
        let whole = self.0.get(..WHOLE).unwrap_or_default();
        u64::from_str_radix(whole, 16).unwrap_or_default()
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for OrderKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_digits = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if text.len() < WHOLE || !is_digits {
            return Err(format!("'{text}' is not an order key"));
        }
        Ok(Self(text))
    }
}

impl FromStr for OrderKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.to_owned().try_into()
    }
}

#[cfg(test)]
mod tests;
