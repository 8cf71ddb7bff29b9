//! Limits on the number of open connections, in total and from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Error;

/// The maximum numbers of open connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// From all addresses together.
    pub total: usize,
    /// From one IPv4 address, or from one /64 network of IPv6.
    pub per_address: usize,
    /// Whether `per_address` applies to loopback addresses as well. By default it does not, since a proxy
    /// on this machine forwards the connections of all clients from one loopback address.
    pub loopback_is_limited: bool,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self { total: 10_000, per_address: 1_000, loopback_is_limited: false }
    }
}

/// Counts the open connections.
pub struct ConnectionCounter {
    limits: ConnectionLimits,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    total: usize,
    /// Has only addresses with open connections, so its size is bounded by their number.
    by_address: HashMap<IpAddr, usize>,
}

impl ConnectionCounter {
    pub fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self { limits, open: Mutex::default() })
    }

    /// Counts a connection as open until the permit is dropped. Fails with `UNAVAILABLE` if there are too
    /// many in total, and with `RATE_LIMITED` if there are too many from this address.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Permit, Error> {
        let address = address_group(address);
        let ConnectionLimits { total, per_address, loopback_is_limited } = self.limits;
        let mut open = self.open();
        if open.total >= total {
            return Err(Error::Unavailable(format!(
                "All {total} connections of the server are in use; retry later, or raise \
                 --max-connections."
            )));
        }
        let limited = (loopback_is_limited || !address.is_loopback()).then_some(address);
        if let Some(address) = limited {
            let count = open.by_address.entry(address).or_default();
            if *count >= per_address {
                return Err(Error::RateLimited(format!(
                    "{address} has all {per_address} connections of one address open; close some, or \
                     raise --max-connections-per-address."
                )));
            }
            *count += 1;
        }
        open.total += 1;
        Ok(Permit { connections: self.clone(), address: limited })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // Nothing panics while the lock is held, so the counts are right even if it is poisoned.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address by which connections are counted. With IPv6 one host can use 2^64 addresses, so it is
/// their /64 network.
pub fn address_group(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        // All hosts of a link share the network of link-local addresses, so these are not grouped.
        IpAddr::V6(address) if !address.is_loopback() && !address.is_unicast_link_local() => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

/// An open connection; it counts as closed once this is dropped.
pub struct Permit {
    connections: Arc<ConnectionCounter>,
    address: Option<IpAddr>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        open.total = open.total.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(count) = open.by_address.get_mut(&address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn limits(loopback_is_limited: bool) -> ConnectionLimits {
        ConnectionLimits { total: 4, per_address: 2, loopback_is_limited }
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn limit_per_address_holds_until_a_connection_is_closed() {
        let connections = ConnectionCounter::new(limits(false));
        let first = connections.admit(address("192.0.2.1")).unwrap();
        let _second = connections.admit(address("::ffff:192.0.2.1")).unwrap();
        let refusal = connections.admit(address("192.0.2.1")).err().unwrap();
        assert_eq!(refusal.code(), "RATE_LIMITED");
        assert!(refusal.to_string().contains("192.0.2.1 has all 2 connections"), "{refusal}");
        assert!(connections.admit(address("192.0.2.2")).is_ok());
        drop(first);
        assert!(connections.admit(address("192.0.2.1")).is_ok());
    }

    #[test]
    fn ipv6_network_counts_as_one_address() {
        let connections = ConnectionCounter::new(limits(false));
        let _held = [
            connections.admit(address("2001:db8::1")).unwrap(),
            connections.admit(address("2001:db8::1:2:3:4")).unwrap(),
        ];
        assert!(connections.admit(address("2001:db8::5")).is_err());
        assert!(connections.admit(address("2001:db8:0:1::5")).is_ok());
        let hosts_of_a_link: Vec<_> =
            ["fe80::1", "fe80::2"].map(|host| connections.admit(address(host))).into();
        assert!(hosts_of_a_link.iter().all(Result::is_ok));
    }

    #[test]
    fn total_limit_holds_for_all_addresses_together() {
        let connections = ConnectionCounter::new(limits(false));
        let held: Vec<_> = (1..=4)
            .map(|last| connections.admit(IpAddr::from([192, 0, 2, last])).unwrap())
            .collect();
        let refusal = connections.admit(address("192.0.2.9")).err().unwrap();
        assert_eq!(refusal.code(), "UNAVAILABLE");
        drop(held);
        assert!(connections.open().by_address.is_empty());
        assert_eq!(connections.open().total, 0);
    }

    #[test]
    fn loopback_is_limited_only_if_configured() {
        for (limited, expected) in [(false, true), (true, false)] {
            let connections = ConnectionCounter::new(limits(limited));
            for loopback in ["127.0.0.1", "::1"] {
                let held: Vec<_> = (0..2).map(|_| connections.admit(address(loopback))).collect();
                assert_eq!(connections.admit(address(loopback)).is_ok(), expected, "{loopback}");
                drop(held);
            }
        }
    }
}
