//! From which web pages the service may be called.

use std::str::FromStr;

use serde::Deserialize;

/// The origins that are allowed besides the service's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Origins {
    /// Those of this machine, on any port.
    Loopback,
    Any,
    Listed(Vec<String>),
}

impl Origins {
    /// Whether a page of `origin` may call the service that the page knows as `host`.
    pub fn allow(&self, origin: &str, host: Option<&str>) -> bool {
        let origin = origin.to_ascii_lowercase();
        let is_own = host.is_some_and(|host| is_same(&origin, &host.to_ascii_lowercase()));
        is_own
            || match self {
                Self::Loopback => is_loopback(&origin),
                Self::Any => true,
                Self::Listed(origins) => origins.contains(&origin),
            }
    }
}

/// Whether the origin is the host that the request went to. A server behind a proxy does not
/// learn the scheme, so both are taken.
fn is_same(origin: &str, host: &str) -> bool {
    match split(origin) {
        Some(("http", authority)) => authority == host.strip_suffix(":80").unwrap_or(host),
        Some(("https", authority)) => authority == host.strip_suffix(":443").unwrap_or(host),
        _ => false,
    }
}

fn is_loopback(origin: &str) -> bool {
    let Some(("http" | "https", authority)) = split(origin) else { return false };
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
        authority.strip_prefix(host).is_some_and(|rest| match rest.strip_prefix(':') {
            Some(port) => port.parse::<u16>().is_ok(),
            None => rest.is_empty(),
        })
    })
}

fn split(origin: &str) -> Option<(&str, &str)> {
    origin.split_once("://").filter(|(_, authority)| !authority.is_empty())
}

impl FromStr for Origins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let origins = text.split(',').map(|origin| {
            let origin = origin.trim().to_ascii_lowercase();
            let is_origin = split(&origin).is_some_and(|(scheme, authority)| {
                !scheme.is_empty() && !authority.contains(['/', '?', '#', '@', '*'])
            });
            // A page without an origin, such as a file, says `null`.
            match is_origin || origin == "null" {
                true => Ok(origin),
                false => Err(format!("'{origin}' is not an origin such as https://example.org")),
            }
        });
        Ok(Self::Listed(origins.collect::<Result<_, _>>()?))
    }
}

impl TryFrom<String> for Origins {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_the_own_origin_are_allowed_by_default() {
        for (origin, host, expected) in [
            ("http://localhost", "example.org", true),
            ("https://LOCALHOST:3000", "example.org", true),
            ("http://127.0.0.1:65535", "example.org", true),
            ("http://[::1]:5000", "example.org", true),
            ("https://example.org", "example.org", true),
            ("http://example.org:8080", "Example.org:8080", true),
            ("https://example.org", "example.org:443", true),
            ("http://example.org:8080", "example.org", false),
            ("http://localhost.example.org", "x", false),
            ("http://localhost:70000", "x", false),
            ("http://localhost:", "x", false),
            ("http://127.0.0.1@evil.example", "x", false),
            ("ftp://localhost", "x", false),
            ("null", "x", false),
            ("", "x", false),
            ("http://", "", false),
        ] {
            assert_eq!(Origins::Loopback.allow(origin, Some(host)), expected, "{origin} at {host}");
        }
        assert!(!Origins::Loopback.allow("http://example.org", None));
    }

    #[test]
    fn a_list_is_taken_in_place_of_loopback() -> Result<(), String> {
        let listed: Origins = "https://a.example, HTTP://b.example:81 ,null".parse()?;
        for (origin, expected) in [
            ("https://a.example", true),
            ("http://b.example:81", true),
            ("null", true),
            ("http://a.example", false),
            ("https://a.example:8443", false),
            ("http://localhost", false),
        ] {
            assert_eq!(listed.allow(origin, Some("x")), expected, "{origin}");
        }
        assert!("*".parse::<Origins>()?.allow("http://anything.example", None));
        for wrong in
            ["", "example.org", "https://a/", "https://*.a", "https://a,,https://b", "://a"]
        {
            assert!(wrong.parse::<Origins>().is_err(), "{wrong}");
        }
        Ok(())
    }
}
