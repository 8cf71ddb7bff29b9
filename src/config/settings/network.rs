//! Where the server listens, by which names it is reached, and how long callers may take.

use clap::Args;
use serde::Deserialize;

use crate::config::defaults::{ShowDefault, defaults};
use crate::config::effective::Config;
use crate::config::values::{Count, OptionalAddress, PositiveDuration, set};
use crate::net::hosts::AllowedHosts;
use crate::net::origins::Origins;
use crate::net::{ListenAddress, PublicUrl};

/// The settings of this group. A doc comment is the help text of the flag.
#[derive(Clone, Args, Deserialize)]
#[command(next_help_heading = "Network")]
pub(super) struct Network {
    /// Where to listen: an address, a name such as localhost:5000, or :5000 for all addresses
    ///
    /// A name is all of its addresses. :5000 is every address of the machine, IPv4 and IPv6. Port 0 takes a
    /// free one.
    #[arg(long, value_name = "ADDR", env = "ROLLCALL_LISTEN", show_default = defaults().listen)]
    listen: Option<ListenAddress>,
    /// Where to serve /metrics alone, or off
    ///
    /// An address as for --listen, for a network of its own.
    #[arg(
        long,
        value_name = "ADDR|off",
        env = "ROLLCALL_METRICS_LISTEN",
        show_default = OptionalAddress(defaults().metrics_listen)
    )]
    metrics_listen: Option<OptionalAddress>,
    /// The URL by which clients come through a proxy, such as https://example.org/rollcall [default: none]
    ///
    /// Location headers begin with it, and its host is allowed like those of --allowed-hosts.
    #[arg(long, value_name = "URL", env = "ROLLCALL_PUBLIC_URL")]
    public_url: Option<PublicUrl>,
    /// Host names that requests may be for, with commas, or * [default: none on loopback, else any]
    ///
    /// They come besides localhost and the addresses that the server listens on. Name the host of a proxy here.
    #[arg(long, value_name = "HOSTS", env = "ROLLCALL_ALLOWED_HOSTS")]
    allowed_hosts: Option<AllowedHosts>,
    /// Web pages that may call: origins with commas, or * [default: those of this machine]
    ///
    /// They come besides the server's own page. An origin is written as https://app.example.org.
    #[arg(long, value_name = "ORIGINS", env = "ROLLCALL_ALLOWED_ORIGINS")]
    allowed_origins: Option<Origins>,
    /// Connections that may be open at once
    ///
    /// Each is an open file of the process. As many Socket.IO clients may poll.
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_CONNECTIONS",
        allow_negative_numbers = true,
        show_default = defaults().connections.total
    )]
    max_connections: Option<Count>,
    /// Connections that one address may have open; this machine has no limit unless it is given
    ///
    /// An address is one /64 network with IPv6. A proxy brings everybody's connections: raise this for one on
    /// another machine.
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_CONNECTIONS_PER_ADDRESS",
        allow_negative_numbers = true,
        show_default = defaults().connections.per_address
    )]
    max_connections_per_address: Option<Count>,
    /// How long the head of a request may take, from its first byte to its last
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_HEADER_TIMEOUT",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().read_timeouts.header)
    )]
    header_timeout: Option<PositiveDuration>,
    /// How long the next piece of a request's body may take
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_BODY_TIMEOUT",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().read_timeouts.body)
    )]
    body_timeout: Option<PositiveDuration>,
    /// How long a connection may be open without a request
    ///
    /// A proxy should close its own connections earlier.
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_IDLE_TIMEOUT",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().read_timeouts.idle)
    )]
    idle_timeout: Option<PositiveDuration>,
    /// How long requests and connections may take to end when the server is stopped
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_DRAIN_TIMEOUT",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().drain_timeout)
    )]
    drain_timeout: Option<PositiveDuration>,
    /// Bytes of a request's body, and of a frame
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_BODY_LIMIT",
        allow_negative_numbers = true,
        show_default = defaults().body_limit
    )]
    body_limit: Option<Count>,
}

impl Network {
    /// Overwrites in `config` what this source gives.
    pub(super) fn apply(self, config: &mut Config) {
        if self.max_connections_per_address.is_some() {
            config.connections.loopback_is_limited = true;
        }
        set(&mut config.listen, self.listen);
        set(&mut config.metrics_listen, self.metrics_listen);
        set(&mut config.public_url, self.public_url);
        set(&mut config.allowed_hosts, self.allowed_hosts);
        set(&mut config.allowed_origins, self.allowed_origins);
        set(&mut config.connections.total, self.max_connections);
        set(&mut config.connections.per_address, self.max_connections_per_address);
        set(&mut config.read_timeouts.header, self.header_timeout);
        set(&mut config.read_timeouts.body, self.body_timeout);
        set(&mut config.read_timeouts.idle, self.idle_timeout);
        set(&mut config.drain_timeout, self.drain_timeout);
        set(&mut config.body_limit, self.body_limit);
    }
}
