//! The values of settings: durations and counts, parsed from flags, environment and TOML.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

use crate::net::ListenAddress;

/// The shortest duration of a setting: less is a mistake. Tests go down to it.
const MIN_DURATION: Duration = Duration::from_millis(1);
/// The longest duration of a setting: 100 years.
const MAX_DURATION: Duration = Duration::from_secs(36_500 * 24 * 60 * 60);

/// A duration such as `20s`, `10m` or `7d`: from 1 ms to 100 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct PositiveDuration(pub Duration);

impl FromStr for PositiveDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let duration = humantime::parse_duration(text).map_err(|cause| {
            format!("'{text}' is not a duration such as 20s, 10m or 7d: {cause}")
        })?;
        if duration < MIN_DURATION {
            return Err(format!("'{text}' is too short: give 1s or more (the least is 1ms)"));
        }
        if duration > MAX_DURATION {
            return Err(format!("'{text}' is too long: give 36500d (100 years) or less"));
        }
        Ok(Self(duration))
    }
}

impl fmt::Display for PositiveDuration {
    /// Writes whole units, the largest that fits: `75s`, not `1m 15s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        if self.0.subsec_nanos() > 0 {
            return humantime::format_duration(self.0).fmt(f);
        }
        let units = [(24 * 60 * 60, 'd'), (60 * 60, 'h'), (60, 'm'), (1, 's')];
        match units.into_iter().find(|(unit, _)| seconds.is_multiple_of(*unit)) {
            Some((unit, letter)) => write!(f, "{}{letter}", seconds / unit),
            None => write!(f, "{seconds}s"),
        }
    }
}

impl From<PositiveDuration> for Duration {
    fn from(PositiveDuration(duration): PositiveDuration) -> Self {
        duration
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

impl fmt::Display for OptionalDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(duration) => PositiveDuration(duration).fmt(f),
            None => f.write_str("off"),
        }
    }
}

impl From<OptionalDuration> for Option<Duration> {
    fn from(OptionalDuration(duration): OptionalDuration) -> Self {
        duration
    }
}

/// An address to listen on, or None for `off`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct OptionalAddress(pub Option<ListenAddress>);

impl FromStr for OptionalAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self(None)),
            address => Ok(Self(Some(address.parse()?))),
        }
    }
}

impl fmt::Display for OptionalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("off"),
        }
    }
}

impl From<OptionalAddress> for Option<ListenAddress> {
    fn from(OptionalAddress(address): OptionalAddress) -> Self {
        address
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

impl From<Count> for usize {
    fn from(Count(number): Count) -> Self {
        number
    }
}

impl From<Count> for i64 {
    fn from(Count(number): Count) -> Self {
        // At most a billion, so it fits.
        number as i64
    }
}

/// A number in a second from 1 to 1,000,000, or None for `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "NumberOrText")]
pub(super) struct OptionalRate(pub Option<NonZeroU32>);

/// A TOML value.
#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(i64),
    Text(String),
}

impl TryFrom<NumberOrText> for OptionalRate {
    type Error = String;

    fn try_from(value: NumberOrText) -> Result<Self, String> {
        match value {
            NumberOrText::Number(number) => number.to_string().parse(),
            NumberOrText::Text(text) => text.parse(),
        }
    }
}

impl FromStr for OptionalRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let rate = text.parse().ok().filter(|rate: &NonZeroU32| rate.get() <= 1_000_000);
        rate.map(|rate| Self(Some(rate)))
            .ok_or_else(|| format!("'{text}' is not a whole number from 1 to 1000000, or off"))
    }
}

impl fmt::Display for OptionalRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(rate) => rate.fmt(f),
            None => f.write_str("off"),
        }
    }
}

impl From<OptionalRate> for Option<NonZeroU32> {
    fn from(OptionalRate(rate): OptionalRate) -> Self {
        rate
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
try_from_string!(PositiveDuration, OptionalDuration, OptionalAddress);

/// Overwrites `target` if the setting is given.
pub(super) fn set<T: Into<U>, U>(target: &mut U, setting: Option<T>) {
    if let Some(value) = setting {
        *target = value.into();
    }
}
