//! How live connections are watched, and what may wait for them.

use clap::Args;
use serde::Deserialize;

use crate::config::defaults::{ShowDefault, defaults};
use crate::config::effective::Config;
use crate::config::values::{Count, PositiveDuration, set};

/// The settings of this group. A doc comment is the help text of the flag.
#[derive(Clone, Args, Deserialize)]
#[command(next_help_heading = "Live connections")]
pub(super) struct LiveConnections {
    /// How long a client may be silent before it is sent a ping
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_PING_INTERVAL",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().ping_interval)
    )]
    ping_interval: Option<PositiveDuration>,
    /// How long a client may take to answer a ping
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_PING_TIMEOUT",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().ping_timeout)
    )]
    ping_timeout: Option<PositiveDuration>,
    /// Deliveries that may wait for one client
    ///
    /// What does not fit is read from the file later. A client that takes nothing for a second is disconnected
    /// instead.
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_CLIENT_QUEUE_SIZE",
        allow_negative_numbers = true,
        show_default = defaults().client_queue_size
    )]
    client_queue_size: Option<Count>,
    /// Bytes of deliveries that may wait for one client
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_CLIENT_QUEUE_BYTES",
        allow_negative_numbers = true,
        show_default = defaults().client_queue_bytes
    )]
    client_queue_bytes: Option<Count>,
}

impl LiveConnections {
    /// Overwrites in `config` what this source gives.
    pub(super) fn apply(self, config: &mut Config) {
        set(&mut config.ping_interval, self.ping_interval);
        set(&mut config.ping_timeout, self.ping_timeout);
        set(&mut config.client_queue_size, self.client_queue_size);
        set(&mut config.client_queue_bytes, self.client_queue_bytes);
    }
}
