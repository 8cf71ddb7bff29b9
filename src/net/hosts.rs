//! The host names that requests may be for.
//!
//! A malicious page can make its own host name resolve to this machine (DNS rebinding). Its requests are
//! same-origin for the browser then, and only their host name shows that they are not meant for this server.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use serde::Deserialize;

/// The host and port that a request is for, from its `Host` header or its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host<'a> {
    /// A name or an address; an IPv6 address is in brackets.
    pub name: &'a str,
    /// The port that the request names; None if it names none.
    pub port: Option<u16>,
}

impl<'a> Host<'a> {
    /// Parses `name[:port]` (RFC 3986, section 3.2.2). None if the text is malformed.
    pub fn parse(text: &'a str) -> Option<Self> {
        let end = match text.strip_prefix('[') {
            Some(rest) => rest.find(']')? + 2,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (name, rest) = text.split_at(end);
        let is_name = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => {
                name.chars().all(|c| c.is_ascii_alphanumeric() || "-._~%!$&'()*+,;=".contains(c))
            }
        };
        let port = match rest.strip_prefix(':') {
            None if !rest.is_empty() => return None,
            None | Some("") => None,
            Some(port) if port.starts_with('+') => return None,
            Some(port) => Some(port.parse().ok()?),
        };
        is_name.then_some(Self { name, port })
    }

    /// The name as an address, if it is one.
    fn address(&self) -> Option<IpAddr> {
        let inner = self.name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        Some(inner.unwrap_or(self.name).parse::<IpAddr>().ok()?.to_canonical())
    }

    /// Whether it is `localhost` or a loopback address.
    pub fn is_local(&self) -> bool {
        is_same_name(self.name, "localhost")
            || self.address().is_some_and(|address| address.is_loopback())
    }

    /// Whether pages under this name are of this machine: it is local, or below `localhost`, which never is the
    /// name of another machine (RFC 6761).
    pub fn is_local_page(&self) -> bool {
        let labels = self.name.rsplit_once('.').map(|(_, last)| last);
        self.is_local() || labels.is_some_and(|last| is_same_name(last, "localhost"))
    }
}

/// Names are compared case-insensitively, and without the trailing dot of a fully qualified name.
fn is_same_name(name: &str, other: &str) -> bool {
    name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case(other)
}

/// The setting `--allowed-hosts`: the names that are allowed in addition to those of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum AllowedHosts {
    /// Every name.
    Any,
    /// These names, on any port.
    Listed(Vec<String>),
}

impl FromStr for AllowedHosts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let names = text.split(',').map(|name| {
            let name = name.trim();
            match Host::parse(name) {
                Some(Host { name, port: None }) if !name.is_empty() && !name.contains('*') => {
                    Ok(name.strip_suffix('.').unwrap_or(name).to_owned())
                }
                Some(Host { port: Some(_), .. }) => {
                    Err(format!("'{name}' has a port; a host is allowed with any port"))
                }
                _ => Err(format!("'{name}' is not a host such as rollcall.example.org")),
            }
        });
        Ok(Self::Listed(names.collect::<Result<_, _>>()?))
    }
}

impl TryFrom<String> for AllowedHosts {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The host names that are allowed. The port is not checked, since behind a tunnel or in a container it
/// may be another one.
#[derive(Debug, Clone)]
pub struct Hosts {
    allowed: AllowedHosts,
    /// The addresses that the server listens on.
    own: Vec<IpAddr>,
}

impl Hosts {
    /// The hosts that are allowed on a server that listens on these addresses. Without the setting, a
    /// server on loopback addresses allows only names of this machine. Any other server is reached by
    /// names that it does not know, so it allows every name.
    pub fn new(setting: Option<AllowedHosts>, listening: &[SocketAddr]) -> Self {
        let own: Vec<IpAddr> = listening.iter().map(SocketAddr::ip).collect();
        let allowed = setting.unwrap_or_else(|| match own.iter().all(IpAddr::is_loopback) {
            true => AllowedHosts::Listed(Vec::new()),
            false => AllowedHosts::Any,
        });
        Self { allowed, own }
    }

    /// The same hosts and this one.
    #[must_use]
    pub fn with(mut self, name: &str) -> Self {
        if let AllowedHosts::Listed(names) = &mut self.allowed {
            names.push(name.to_owned());
        }
        self
    }

    /// Whether a request for this host is allowed.
    pub fn allow(&self, host: Host<'_>) -> bool {
        let AllowedHosts::Listed(names) = &self.allowed else { return true };
        host.is_local()
            || host.address().is_some_and(|address| self.is_own(address))
            || names.iter().any(|name| is_same_name(host.name, name))
    }

    /// Whether the server listens on the address. One that listens on all addresses allows every address: an
    /// attacker can't redirect an address, only a name.
    fn is_own(&self, address: IpAddr) -> bool {
        self.own.iter().any(|own| own.is_unspecified() || own.to_canonical() == address)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn allows(hosts: &Hosts, host: &str) -> bool {
        hosts.allow(Host::parse(host).unwrap())
    }

    fn listening(addresses: &[&str]) -> Vec<SocketAddr> {
        addresses.iter().map(|address| address.parse().unwrap()).collect()
    }

    #[test]
    fn host_parses_a_name_or_an_address_with_an_optional_port() {
        for (text, name, port) in [
            ("localhost", "localhost", None),
            ("localhost:5000", "localhost", Some(5000)),
            ("a.example:", "a.example", None),
            ("127.0.0.1:80", "127.0.0.1", Some(80)),
            ("[::1]", "[::1]", None),
            ("[::1]:65535", "[::1]", Some(65535)),
            ("", "", None),
        ] {
            assert_eq!(Host::parse(text), Some(Host { name, port }), "{text}");
        }
        for wrong in [
            "a b",
            "a/b",
            "user@a",
            "http://a",
            "a:b",
            "a:70000",
            "a:+1",
            "a:1:2",
            "::1",
            "[::1",
            "[x]",
            "[::1]x",
            "[127.0.0.1]",
            "é",
            "a\\b",
            "<a>",
        ] {
            assert_eq!(Host::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn server_on_loopback_allows_local_and_listed_hosts_only() {
        let hosts = Hosts::new(None, &listening(&["127.0.0.1:5000", "[::1]:5000"]));
        for own in
            ["localhost", "LocalHost:1", "localhost.", "127.0.0.1:5000", "[::1]:5000", "127.9.9.9"]
        {
            assert!(allows(&hosts, own), "{own}");
        }
        for foreign in
            ["attacker.example:5000", "", "localhost.attacker.example", "192.0.2.1", "0.0.0.0"]
        {
            assert!(!allows(&hosts, foreign), "{foreign}");
        }
        let setting = Some("Board.example.org, other.example".parse().unwrap());
        let hosts = Hosts::new(setting, &listening(&["127.0.0.1:5000"]));
        assert!(allows(&hosts, "board.EXAMPLE.org:443") && allows(&hosts, "other.example."));
        assert!(allows(&hosts, "localhost:5000"));
        assert!(!allows(&hosts, "sub.board.example.org"));
    }

    #[test]
    fn server_on_other_addresses_allows_any_host_without_a_setting() {
        let everywhere = listening(&["[::]:5000"]);
        assert!(allows(&Hosts::new(None, &everywhere), "whatever.example"));
        let hosts = Hosts::new(Some("board.example".parse().unwrap()), &everywhere);
        assert!(allows(&hosts, "board.example") && allows(&hosts, "192.0.2.7:5000"));
        assert!(!allows(&hosts, "whatever.example"));
        let hosts =
            Hosts::new(Some("board.example".parse().unwrap()), &listening(&["192.0.2.7:1"]));
        assert!(allows(&hosts, "192.0.2.7:5000") && !allows(&hosts, "192.0.2.8"));
        let hosts = Hosts::new(Some("*".parse().unwrap()), &listening(&["127.0.0.1:5000"]));
        assert!(allows(&hosts, "whatever.example"));
    }

    #[test]
    fn malformed_list_of_hosts_is_rejected() {
        for wrong in ["", "a,,b", "a:5000", "https://a", "*.a", "a b"] {
            assert!(wrong.parse::<AllowedHosts>().is_err(), "{wrong}");
        }
    }
}
