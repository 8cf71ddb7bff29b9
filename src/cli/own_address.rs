//! Where the server of this machine is reached.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::ensure;
use clap::Parser;
use rollcall::config::ServeArguments;
use rollcall::net::ListenAddress;

/// The host and port by which a client of this machine reaches the server that the settings of this environment
/// start. Fails if they leave the port open; the error says to use `flag`.
pub fn own_address(flag: &str) -> anyhow::Result<String> {
    let config = ServeArguments::parse_from(["rollcall"]).resolve()?;
    let authority = match config.listen {
        ListenAddress::Address(address) => reachable(address).to_string(),
        ListenAddress::Name(name, port) => format!("{name}:{port}"),
        ListenAddress::Everywhere(port) => {
            SocketAddr::from((Ipv4Addr::LOCALHOST, port)).to_string()
        }
    };
    ensure!(!authority.ends_with(":0"), "the server takes a free port; name it by {flag}");
    Ok(authority)
}

/// A server on all addresses is reached by the loopback address.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}
