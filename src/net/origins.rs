//! The origins of web pages that may call this server.

use std::str::FromStr;

use serde::Deserialize;

use super::hosts::Host;

/// The setting `--allowed-origins`: the origins that are allowed in addition to the server's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Origins {
    /// Origins of this machine on any port and under any scheme, if the request is for a name of this machine
    /// as well. Programs whose windows are pages have such origins, as in `tauri://localhost` or
    /// `http://tauri.localhost`.
    Loopback,
    /// Every origin.
    Any,
    /// These origins only, such as `https://app.example.com`.
    Listed(Vec<String>),
}

impl Origins {
    /// Whether a page of `origin` may send requests for `host`.
    pub fn allow(&self, origin: &str, host: Option<Host<'_>>) -> bool {
        let parsed = Origin::parse(origin);
        let is_own = |host| parsed.is_some_and(|origin| origin.is_of(host));
        host.is_some_and(is_own)
            || match self {
                // A page on the user's own machine must not call a server on another one.
                Self::Loopback => {
                    host.is_some_and(|host| host.is_local())
                        && parsed.is_some_and(|origin| origin.host.is_local_page())
                }
                Self::Any => true,
                Self::Listed(_) => self.names(origin),
            }
    }

    /// Whether the setting lists this origin explicitly.
    pub fn names(&self, origin: &str) -> bool {
        matches!(self, Self::Listed(origins) if origins.contains(&normalized(origin)))
    }
}

/// Whether `origin` is that of pages which the requested host itself has served.
pub fn is_of_host(origin: &str, host: Host<'_>) -> bool {
    Origin::parse(origin).is_some_and(|origin| origin.is_of(host))
}

/// An origin: a scheme and a host.
#[derive(Clone, Copy)]
struct Origin<'a> {
    scheme: &'a str,
    host: Host<'a>,
}

impl<'a> Origin<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let host = Host::parse(authority).filter(|host| !host.name.is_empty())?;
        (!scheme.is_empty()).then_some(Self { scheme, host })
    }

    fn is_web(&self) -> bool {
        self.default_port().is_some()
    }

    fn default_port(&self) -> Option<u16> {
        match self.scheme {
            scheme if scheme.eq_ignore_ascii_case("http") => Some(80),
            scheme if scheme.eq_ignore_ascii_case("https") => Some(443),
            _ => None,
        }
    }

    /// Whether the origin is that of the requested host. Behind a proxy the server does not know the
    /// scheme, so both http and https are allowed.
    fn is_of(&self, host: Host<'_>) -> bool {
        let port = |host: Host<'_>| host.port.or(self.default_port());
        self.is_web()
            && self.host.name.eq_ignore_ascii_case(host.name)
            && port(self.host) == port(host)
    }
}

/// The origin as browsers write it: in lower case, and without the default port of its scheme.
fn normalized(text: &str) -> String {
    let Some(origin) = Origin::parse(text) else { return text.to_ascii_lowercase() };
    let Origin { scheme, host: Host { name, port } } = origin;
    let text = match port.filter(|port| Some(*port) != origin.default_port()) {
        Some(port) => format!("{scheme}://{name}:{port}"),
        None => format!("{scheme}://{name}"),
    };
    text.to_ascii_lowercase()
}

impl FromStr for Origins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let origins = text.split(',').map(|origin| {
            let origin = origin.trim();
            let is_origin = Origin::parse(origin).is_some_and(|it| !it.host.name.contains('*'));
            // Browsers send `null` for a page without an origin, such as a local file.
            match is_origin || origin.eq_ignore_ascii_case("null") {
                true => Ok(normalized(origin)),
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
    fn own_origin_and_local_origins_are_allowed_by_default() {
        for (origin, host, expected) in [
            ("http://localhost", "127.0.0.1:5000", true),
            ("https://LOCALHOST:3000", "localhost:5000", true),
            ("http://127.0.0.1:65535", "[::1]:5000", true),
            ("http://[::1]:5000", "localhost", true),
            ("http://localhost:3000", "example.org", false),
            ("http://127.0.0.1", "192.0.2.1:5000", false),
            ("https://example.org", "example.org", true),
            ("https://example.org:443", "example.org", true),
            ("http://example.org", "example.org:80", true),
            ("http://example.org:8080", "Example.org:8080", true),
            ("https://example.org", "example.org:443", true),
            ("http://example.org:8080", "example.org", false),
            ("http://example.org", "example.org:443", false),
            ("http://localhost.example.org", "localhost", false),
            ("http://localhost:70000", "localhost", false),
            ("http://127.0.0.1@evil.example", "localhost", false),
            ("tauri://localhost", "localhost:5000", true),
            ("http://tauri.localhost", "127.0.0.1:5000", true),
            ("https://tauri.localhost:1420", "localhost:5000", true),
            ("tauri://localhost", "example.org", false),
            ("http://tauri.localhost", "example.org", false),
            ("http://notlocalhost", "localhost", false),
            ("null", "localhost", false),
            ("", "localhost", false),
            ("http://", "", false),
        ] {
            let allowed = Origins::Loopback.allow(origin, Host::parse(host));
            assert_eq!(allowed, expected, "{origin} at {host}");
        }
        assert!(!Origins::Loopback.allow("http://example.org", None));
        assert!(!Origins::Loopback.allow("http://localhost", None));
    }

    #[test]
    fn listed_origins_replace_local_ones() -> Result<(), String> {
        let list = "https://a.example:443, HTTP://b.example:81 ,null,http://c.example:80,app://x";
        let listed: Origins = list.parse()?;
        for (origin, expected) in [
            ("https://a.example", true),
            ("https://A.example:443", true),
            ("http://b.example:81", true),
            ("null", true),
            ("http://c.example", true),
            ("app://x", true),
            ("https://c.example", false),
            ("http://a.example", false),
            ("https://a.example:80", false),
            ("https://a.example:8443", false),
            ("http://localhost", false),
        ] {
            assert_eq!(listed.allow(origin, Host::parse("x")), expected, "{origin}");
            assert_eq!(listed.names(origin), expected, "{origin}");
        }
        let any: Origins = "*".parse()?;
        assert!(
            any.allow("http://anything.example", None) && !any.names("http://anything.example")
        );
        for wrong in [
            "",
            "example.org",
            "https://a/",
            "https://*.a",
            "https://a,,https://b",
            "://a",
            "https://a:99999",
        ] {
            assert!(wrong.parse::<Origins>().is_err(), "{wrong}");
        }
        Ok(())
    }
}
