//! The address to listen on, as a setting.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use serde::Deserialize;

/// An address with a port: `127.0.0.1:5000`, `[::1]:5000`, a name as in `localhost:5000`, or `:5000` for all
/// addresses of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum ListenAddress {
    /// One IP address with its port.
    Address(SocketAddr),
    /// All addresses of a host name.
    Name(String, u16),
    /// All addresses of the machine, IPv4 and IPv6.
    Everywhere(u16),
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        let is_name = |name: &str| {
            // Digits and dots alone are a malformed address, and must not be looked up as a name.
            name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
                && name.chars().any(|c| c.is_ascii_alphabetic())
        };
        match text.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
            Some(("", Ok(port))) => Ok(Self::Everywhere(port)),
            Some((name, Ok(port))) if is_name(name) => Ok(Self::Name(name.to_owned(), port)),
            _ => Err(format!(
                "'{text}' is not an address with a port, such as 127.0.0.1:5000, localhost:5000 or :5000"
            )),
        }
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name(name, port) => write!(f, "{name}:{port}"),
            Self::Everywhere(port) => write!(f, ":{port}"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn addresses_names_and_ports_round_trip() {
        for text in ["127.0.0.1:5000", "[::1]:0", "localhost:5000", "my-host.example:80", ":5000"] {
            let address: ListenAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
        }
        for wrong in [
            "",
            ":",
            "nowhere",
            "localhost",
            "localhost:",
            "localhost:x",
            "localhost:99999",
            ":-1",
            "127.0.0.1:99999",
            "127.0.0:5000",
            "::1:5000",
            "http://localhost:5000",
            "a b:5000",
        ] {
            let refusal = wrong.parse::<ListenAddress>().unwrap_err();
            assert!(refusal.contains(&format!("'{wrong}'")), "{refusal}");
        }
    }
}
