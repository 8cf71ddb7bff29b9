//! The values of settings: durations and counts, parsed from flags, environment and TOML.

use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

use super::DAY;

/// A duration such as `20s`, `10m` or `7d`: more than zero, at most 100 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct PositiveDuration(pub Duration);

impl FromStr for PositiveDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let duration = humantime::parse_duration(text).map_err(|cause| {
            format!("'{text}' is not a duration such as 20s, 10m or 7d: {cause}")
        })?;
        if duration.is_zero() || duration > 36_500 * DAY {
            return Err(format!("'{text}' is not between 1ns and 100 years"));
        }
        Ok(Self(duration))
    }
}

/// A [`PositiveDuration`], or None for `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct OptionalDuration(pub Option<Duration>);

impl FromStr for OptionalDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self(None)),
            duration => {
                let duration = duration.parse::<PositiveDuration>();
                Ok(Self(Some(duration.map_err(|cause| format!("{cause} (or off)"))?.0)))
            }
        }
    }
}

/// A whole number from 1 to 1,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub(super) struct Count(pub usize);

impl TryFrom<u64> for Count {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        match usize::try_from(number) {
            Ok(number @ 1..=1_000_000_000) => Ok(Self(number)),
            _ => Err(format!("{number} is not from 1 to 1000000000")),
        }
    }
}

impl FromStr for Count {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number: u64 = text.parse().map_err(|_| format!("'{text}' is not a whole number"))?;
        number.try_into()
    }
}

macro_rules! try_from_string {
    ($($type:ty),*) => {$(
        impl TryFrom<String> for $type {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }
    )*};
}
try_from_string!(PositiveDuration, OptionalDuration);
