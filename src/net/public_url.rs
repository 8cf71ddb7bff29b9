//! Where clients reach the server when a proxy stands in front of it.

use std::str::FromStr;

use axum::http::Uri;
use serde::Deserialize;

use super::hosts::Host;

/// The setting `--public-url`: scheme, host and path prefix, such as `https://example.org/rollcall`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl {
    /// Without a slash at the end.
    base: String,
    host: String,
}

impl PublicUrl {
    /// The whole URL of a path of this server, which begins with a slash.
    pub fn of(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The host, without its port.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is not a URL such as https://example.org/rollcall");
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let host = uri.authority().and_then(|authority| Host::parse(authority.as_str()));
        let host = host.filter(|host| !host.name.is_empty()).ok_or_else(wrong)?;
        // `Uri` drops a fragment.
        let is_plain = uri.query().is_none() && !text.contains('#');
        match uri.scheme_str() {
            Some("http" | "https") if is_plain => {
                Ok(Self { base: text.trim_end_matches('/').to_owned(), host: host.name.to_owned() })
            }
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_appended_to_the_url() -> Result<(), String> {
        for (url, expected) in [
            ("https://example.org", "https://example.org/api"),
            ("https://example.org/", "https://example.org/api"),
            ("http://example.org:8080/rc/", "http://example.org:8080/rc/api"),
        ] {
            let url: PublicUrl = url.parse()?;
            assert_eq!(url.of("/api"), expected);
            assert_eq!(url.host(), "example.org");
        }
        Ok(())
    }

    #[test]
    fn text_that_is_no_plain_web_url_is_rejected() {
        for wrong in [
            "",
            "example.org",
            "/rc",
            "ftp://example.org",
            "https://",
            "https://a@example.org",
            "https://example.org/?a",
            "https://example.org/#a",
            "https://example.org/a b",
        ] {
            assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong}");
        }
    }
}
