//! The address of the client behind a proxy.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use axum::http::HeaderMap;
use ipnet::IpNet;
use serde::Deserialize;

/// Where a proxy puts the addresses of those who it forwards for.
const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The setting `--trusted-proxies`: the proxies whose `X-Forwarded-For` counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// The address of the client. Each proxy appends the address that it was called from, so the list is read
    /// from its end, up to the first address that is no trusted proxy: what is before that may be made up.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trust(client) {
            return client;
        }
        let values = headers.get_all(X_FORWARDED_FOR).iter().rev();
        let lists = values.map(|value| value.to_str().unwrap_or_default());
        for text in lists.flat_map(|list| list.rsplit(',')) {
            let Some(address) = parse(text.trim()) else { break };
            client = address;
            if !self.trust(client) {
                break;
            }
        }
        client
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address; some proxies write a port behind it.
fn parse(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<std::net::SocketAddr>().map(|address| address.ip());
    text.parse().or_else(|_| with_port()).ok().map(|address: IpAddr| address.to_canonical())
}

impl FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let networks = text.split(',').map(|network| {
            let network = network.trim();
            let address = || network.parse::<IpAddr>().map(IpNet::from);
            network.parse().or_else(|_| address()).map_err(|_| {
                format!("'{network}' is not an address such as 10.0.0.1 or 10.0.0.0/8")
            })
        });
        Ok(Self(networks.collect::<Result<_, _>>()?))
    }
}

impl TryFrom<String> for TrustedProxies {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&networks.join(","))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn client(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let proxies: TrustedProxies = proxies.parse().unwrap();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(X_FORWARDED_FOR, value.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn forwarded_address_counts_only_from_trusted_proxies() {
        for (peer, forwarded, expected) in [
            ("192.0.2.1", &["198.51.100.1"][..], "192.0.2.1"),
            ("10.1.2.3", &[], "10.1.2.3"),
            ("10.1.2.3", &["198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", &["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", &["198.51.100.1, 10.9.9.9"], "198.51.100.1"),
            ("10.1.2.3", &["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", &["nonsense"], "10.1.2.3"),
            ("10.1.2.3", &["6.6.6.6, nonsense, 10.9.9.9"], "10.9.9.9"),
            ("10.1.2.3", &["198.51.100.1:4711"], "198.51.100.1"),
            ("10.1.2.3", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("::ffff:10.1.2.3", &["2001:db8::1"], "2001:db8::1"),
            ("::1", &["198.51.100.1"], "198.51.100.1"),
        ] {
            assert_eq!(
                client("10.0.0.0/8, ::1", peer, forwarded),
                expected,
                "{peer} {forwarded:?}"
            );
        }
    }

    #[test]
    fn malformed_list_of_proxies_is_rejected() {
        for wrong in ["", "10.0.0.0/33", "proxy.example", "10.0.0.1,,10.0.0.2", "10.0.0.1:80"] {
            assert!(wrong.parse::<TrustedProxies>().is_err(), "{wrong}");
        }
    }
}
