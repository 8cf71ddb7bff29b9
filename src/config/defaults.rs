//! The default of every setting. Those of limits are defined with the types of the limits.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::credentials::{CredentialFiles, Credentials};
use super::effective::{Config, LogFormat};
use crate::clock::Clock;
use crate::engine::limits::{Capacities, SessionLimits};
use crate::model::webhook::Schedule;
use crate::model::{ContentLimits, Hours};
use crate::net::origins::Origins;
use crate::net::{
    ConnectionLimits, ListenAddress, RateLimitSettings, ReadTimeouts, TrustedProxies,
};
use crate::store::Synchronous;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: ListenAddress::Address(([127, 0, 0, 1], 5000).into()),
            metrics_listen: None,
            database: PathBuf::from("rollcall.db"),
            synchronous: Synchronous::Full,
            backup_dir: None,
            backup_keep: 7,
            max_inactive: Hours::DAY,
            cleanup_interval: Some(Duration::from_secs(10 * 60)),
            event_retention: 7 * DAY,
            tombstone_retention: 30 * DAY,
            ping_interval: Duration::from_secs(20),
            ping_timeout: Duration::from_secs(20),
            drain_timeout: Duration::from_secs(10),
            connections: ConnectionLimits::default(),
            read_timeouts: ReadTimeouts::default(),
            client_queue_size: 1024,
            client_queue_bytes: 8 * 1024 * 1024,
            body_limit: 2 * 1024 * 1024,
            content: ContentLimits::default(),
            sessions: SessionLimits::default(),
            capacities: Capacities::default(),
            public_url: None,
            allowed_hosts: None,
            allowed_origins: Origins::Loopback,
            trusted_proxies: TrustedProxies::default(),
            rate_limits: RateLimitSettings::default(),
            insecure_no_auth: false,
            credential_files: CredentialFiles::default(),
            credentials: Credentials::default(),
            webhook_allow_private: false,
            webhook_schedule: Schedule::default(),
            log_format: LogFormat::Text,
            access_log: false,
            log_filter: "info".to_owned(),
            clock: Clock::default(),
            file: None,
            given: Vec::new(),
        }
    }
}

/// The defaults, for the help text of the flags.
pub(super) fn defaults() -> Config {
    Config::default()
}

/// The name of an enum's value on the command line.
pub(super) fn name_of(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

pub(super) trait ShowDefault {
    /// Gives the argument the default of the setting, as one would write it.
    fn show_default(self, default: impl Display) -> Self;
}

impl ShowDefault for clap::Arg {
    fn show_default(self, default: impl Display) -> Self {
        self.default_value(default.to_string())
    }
}
