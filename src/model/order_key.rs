//! Order keys, by which the siblings in a tree are sorted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

mod digits;

use digits::{END, INTEGER_DIGITS, START};

/// The position of a node among its siblings, as a text of lower-case hexadecimal digits that sorts as text
/// (fractional indexing).
///
/// The first twelve digits are the integer part of a number. A node that is appended gets the next
/// integer, and one that is prepended gets the previous one. A node that is inserted between two others
/// gets further digits, which are the fraction. So inserting a node never changes the key of another one,
/// and a deleted node gets its old key back when the deletion is undone.
///
/// A key that is computed here has at most 1024 digits (`MAX_DIGITS`). One that was written manually
/// into the database may have more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct OrderKey(String);

impl OrderKey {
    /// The key of a node without siblings.
    pub fn first() -> Self {
        Self::from_integer(1 << 47)
    }

    /// A key after this one, which must be the last of the siblings. None if all keys after it are used up.
    pub fn after(&self) -> Option<Self> {
        let next = self.integer() + 1;
        if next < 1 << (4 * INTEGER_DIGITS) {
            return Some(Self::from_integer(next));
        }
        Self::from_digits(&digits::between(&self.digits(), END)?)
    }

    /// A key before this one, which must be the first of the siblings. None if all keys before it are
    /// used up.
    pub fn before(&self) -> Option<Self> {
        match self.integer().checked_sub(1) {
            Some(previous) => Some(Self::from_integer(previous)),
            None => Self::from_digits(&digits::between(START, &self.digits())?),
        }
    }

    /// A key between this one and a later one. None if it would need too many digits, or if both are the
    /// same number.
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

    fn from_integer(number: u64) -> Self {
        Self(format!("{number:0INTEGER_DIGITS$x}"))
    }

    fn integer(&self) -> u64 {
        let digits = self.0.get(..INTEGER_DIGITS).unwrap_or_default();
        u64::from_str_radix(digits, 16).unwrap_or_default()
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
        if text.len() < INTEGER_DIGITS || !is_digits {
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
