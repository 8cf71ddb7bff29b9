//! Points in time, and durations in hours.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, SubsecRound, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use super::excerpt::excerpt;

/// A point in time with microseconds, in UTC. Its text is RFC 3339 and always has this form, so it sorts
/// as text: `2024-01-15T10:30:00.000000+00:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2024-01-15T10:30:00.000000+00:00")]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The current time of the machine's clock.
    pub fn now() -> Self {
        Self(Utc::now().trunc_subsecs(6))
    }

    /// Microseconds since the Unix epoch.
    pub fn as_micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The time so many microseconds after the Unix epoch; None if it is out of range.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// The time `duration` earlier; the Unix epoch if that is out of range.
    pub fn before(self, duration: Duration) -> Self {
        let earlier = TimeDelta::from_std(duration).ok().and_then(|d| self.0.checked_sub_signed(d));
        Self(earlier.unwrap_or_default())
    }

    /// The time `duration` later; the same time if that is out of range.
    pub fn after(self, duration: Duration) -> Self {
        let later = TimeDelta::from_std(duration).ok().and_then(|d| self.0.checked_add_signed(d));
        Self(later.unwrap_or(self.0))
    }

    /// The same time without fractions of its second.
    pub fn whole_seconds(self) -> Self {
        Self(self.0.trunc_subsecs(0))
    }

    /// The time `hours` earlier, but not before the beginning of the year 0.
    pub fn hours_before(self, hours: Hours) -> Self {
        let earliest = DateTime::from_timestamp(-62_167_219_200, 0).unwrap_or_default();
        Self(self.0.checked_sub_signed(hours.delta()).unwrap_or(earliest).max(earliest))
    }

    /// The time `hours` later, but not after the end of the year 9999.
    pub fn hours_after(self, hours: Hours) -> Self {
        let latest = DateTime::from_timestamp(253_402_300_799, 0).unwrap_or_default();
        Self(self.0.checked_add_signed(hours.delta()).unwrap_or(latest).min(latest))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every event and every row has timestamps, and this takes a tenth of the time of chrono's format.
        let (date, time) = (self.0.date_naive(), self.0.time());
        let micros = time.nanosecond() / 1_000 % 1_000_000;
        let mut text = *b"0000-00-00T00:00:00.000000+00:00";
        let year = u32::try_from(date.year()).unwrap_or_default();
        for (start, width, number) in [
            (0, 4, year),
            (5, 2, date.month()),
            (8, 2, date.day()),
            (11, 2, time.hour()),
            (14, 2, time.minute()),
            (17, 2, time.second()),
            (20, 6, micros),
        ] {
            let mut rest = number;
            for digit in text[start..start + width].iter_mut().rev() {
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl FromStr for Timestamp {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, chrono::ParseError> {
        match parse_canonical(text.as_bytes()) {
            Some(timestamp) => Ok(timestamp),
            None => Ok(Self(DateTime::parse_from_rfc3339(text)?.to_utc().trunc_subsecs(6))),
        }
    }
}

/// Parses the form in which [`Timestamp`] is written, which is faster than chrono; None for any other form.
fn parse_canonical(text: &[u8]) -> Option<Timestamp> {
    let rest = text.strip_suffix(b"+00:00")?;
    if rest.len() != 26 {
        return None;
    }
    for (index, separator) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.')]
    {
        if rest[index] != separator {
            return None;
        }
    }
    let number = |range: std::ops::Range<usize>| {
        rest[range].iter().try_fold(0_u32, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
        })
    };
    let date =
        NaiveDate::from_ymd_opt(number(0..4)?.try_into().ok()?, number(5..7)?, number(8..10)?)?;
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let moment = date.and_hms_micro_opt(hour, minute, second, number(20..26)?)?;
    Some(Timestamp(moment.and_utc()))
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A duration in hours, with fractions, from 0 to 876,000 (a hundred years).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "f64")]
#[schema(value_type = f64, minimum = 0, maximum = 876_000, example = 24)]
pub struct Hours(f64);

impl Hours {
    /// The maximum; the schema has the same number.
    pub const MAX: f64 = 876_000.0;

    /// 24 hours.
    pub const DAY: Self = Self(24.0);

    /// The number of hours.
    pub fn get(self) -> f64 {
        self.0
    }

    fn delta(self) -> TimeDelta {
        // At most 3.2e15 microseconds: exact in f64 and within TimeDelta.
        TimeDelta::microseconds((self.0 * 3_600_000_000.0).round() as i64)
    }
}

impl TryFrom<f64> for Hours {
    type Error = String;

    fn try_from(hours: f64) -> Result<Self, String> {
        if (0.0..=Self::MAX).contains(&hours) {
            Ok(Self(hours))
        } else {
            Err(format!("{hours} is not a number of hours from 0 to {}", Self::MAX))
        }
    }
}

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<f64>()
            .map_err(|_| format!("'{}' is not a number of hours", excerpt(text)))?
            .try_into()
    }
}
