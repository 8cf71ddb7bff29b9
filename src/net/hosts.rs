//! To which names the service answers.
//!
//! A page of a foreign name can make that name point to this machine (DNS rebinding). Its requests are
//! same-origin for the browser then; only the name that they are for gives them away.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use serde::Deserialize;

/// The host and port that a request is for, as they stand in `Host` or in the request's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host<'a> {
    /// A name, or an address; one of IPv6 is in brackets.
    pub name: &'a str,
    pub port: Option<u16>,
}

impl<'a> Host<'a> {
    /// Reads `name[:port]` (RFC 3986 3.2.2); None where it is no such text.
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

    /// The address that the name is, if it is one.
    fn address(&self) -> Option<IpAddr> {
        let inner = self.name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        Some(inner.unwrap_or(self.name).parse::<IpAddr>().ok()?.to_canonical())
    }

    /// Whether it is this machine, whatever the machine is called elsewhere.
    pub fn is_local(&self) -> bool {
        is_same_name(self.name, "localhost")
            || self.address().is_some_and(|address| address.is_loopback())
    }
}

/// Names are the same in any case, and with the dot that ends a whole name.
fn is_same_name(name: &str, other: &str) -> bool {
    name.strip_suffix('.').unwrap_or(name).eq_ignore_ascii_case(other)
}

/// The names that the setting allows besides the service's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum AllowedHosts {
    Any,
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
                _ => Err(format!("'{name}' is no host such as rollcall.example.org")),
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

/// The names that the service answers to, with any port: a tunnel or a container may have another one.
#[derive(Debug, Clone)]
pub struct Hosts {
    allowed: AllowedHosts,
    /// The addresses that it listens on.
    own: Vec<IpAddr>,
}

impl Hosts {
    /// Without the setting, a service that only its own machine reaches answers only to the names of
    /// that machine. Others reach it by names that it does not know, so then any name is right.
    pub fn new(setting: Option<AllowedHosts>, listening: &[SocketAddr]) -> Self {
        let own: Vec<IpAddr> = listening.iter().map(SocketAddr::ip).collect();
        let allowed = setting.unwrap_or_else(|| match own.iter().all(IpAddr::is_loopback) {
            true => AllowedHosts::Listed(Vec::new()),
            false => AllowedHosts::Any,
        });
        Self { allowed, own }
    }

    /// Whether the service answers a request for this host.
    pub fn allow(&self, host: Host<'_>) -> bool {
        let AllowedHosts::Listed(names) = &self.allowed else { return true };
        host.is_local()
            || host.address().is_some_and(|address| self.is_own(address))
            || names.iter().any(|name| is_same_name(host.name, name))
    }

    /// Where it listens on all addresses, each may be one of the machine. An address is no name that
    /// somebody could make point elsewhere.
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
    fn a_host_is_a_name_or_an_address_with_a_port_or_without() {
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
    fn on_loopback_only_the_machine_s_own_names_and_those_of_the_setting() {
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
    fn elsewhere_any_name_unless_there_is_the_setting() {
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
    fn a_setting_that_is_no_list_of_hosts_is_refused() {
        for wrong in ["", "a,,b", "a:5000", "https://a", "*.a", "a b"] {
            assert!(wrong.parse::<AllowedHosts>().is_err(), "{wrong}");
        }
    }
}
