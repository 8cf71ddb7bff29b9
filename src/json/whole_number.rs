//! Deserialises whole numbers in any notation. JSON has one type of numbers, so `12`, `12.0` and `1.2e1`
//! are the same integer (RFC 8259, section 6, and JSON Schema).

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde_json::Number;

use crate::model::excerpt::excerpt;

/// The largest integer that every implementation of JSON represents exactly (RFC 8259, section 6).
const MAX_EXACT: u64 = (1 << 53) - 1;
const MAX_U32: u64 = u32::MAX as u64;

/// A whole number from 0 to `MAX`.
struct WholeNumber<const MAX: u64>(u64);

impl<'de, const MAX: u64> Deserialize<'de> for WholeNumber<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u64(Reader)
    }
}

struct Reader<const MAX: u64>;

impl<const MAX: u64> Visitor<'_> for Reader<MAX> {
    type Value = WholeNumber<MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from 0 to {MAX}")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        if number <= MAX { Ok(WholeNumber(number)) } else { Err(refusal::<E, MAX>(number)) }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(refusal::<E, MAX>(number)),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        // Every MAX in use is below 2^53, so f64 represents it and all smaller integers exactly.
        if number.fract() == 0.0 && (0.0..=MAX as f64).contains(&number) {
            return Ok(WholeNumber(number as u64));
        }
        match Number::from_f64(number) {
            Some(number) => Err(refusal::<E, MAX>(number)),
            None => Err(refusal::<E, MAX>(number)),
        }
    }
}

fn refusal<E: Error, const MAX: u64>(number: impl fmt::Display) -> E {
    E::custom(format_args!("{number} is not a whole number from 0 to {MAX}"))
}

/// Deserialises an optional field of JSON.
pub fn in_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let number = Option::<WholeNumber<MAX_U32>>::deserialize(deserializer)?;
    Ok(number.map(|WholeNumber(number)| number as u32))
}

/// Deserialises an optional revision in JSON.
pub fn revision_in_json<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    let number = Option::<WholeNumber<MAX_EXACT>>::deserialize(deserializer)?;
    Ok(number.map(|WholeNumber(number)| number as i64))
}

/// Deserialises a parameter of a query string.
pub fn in_query<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    let plain = text.parse::<u32>().ok();
    let number = plain.or_else(|| {
        let number = serde_json::from_str::<WholeNumber<MAX_U32>>(&text).ok()?;
        Some(number.0 as u32)
    });
    match number {
        Some(number) => Ok(Some(number)),
        None => Err(refusal::<D::Error, MAX_U32>(format_args!("'{}'", excerpt(&text)))),
    }
}
