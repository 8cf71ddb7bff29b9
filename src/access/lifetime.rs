//! How long a new token is valid.

use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

const MIN: Duration = Duration::from_secs(1);
/// 100 years.
const MAX: Duration = Duration::from_secs(36_500 * 24 * 60 * 60);

/// A duration such as `1h` or `90d`, from a second to 100 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Lifetime(pub Duration);

impl FromStr for Lifetime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match humantime::parse_duration(text) {
            Ok(duration) if (MIN..=MAX).contains(&duration) => Ok(Self(duration)),
            _ => Err("not a duration such as 1h or 90d, from 1s to 100 years".to_owned()),
        }
    }
}

impl TryFrom<String> for Lifetime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
