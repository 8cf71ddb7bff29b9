//! Every setting, as it can be given by flag, by environment variable, and in the TOML file: a file for each
//! group of `--help`.

use clap::Args;
use serde::Deserialize;

use super::effective::Config;

mod access;
mod cleanup;
mod database;
mod limits;
mod live;
mod log;
mod network;
mod webhooks;

/// The settings of one source; None where the source does not give one.
#[derive(Clone, Args, Deserialize)]
pub(super) struct Settings {
    #[command(flatten)]
    #[serde(flatten)]
    network: network::Network,
    #[command(flatten)]
    #[serde(flatten)]
    access: access::Access,
    #[command(flatten)]
    #[serde(flatten)]
    database: database::Database,
    #[command(flatten)]
    #[serde(flatten)]
    cleanup: cleanup::Cleanup,
    #[command(flatten)]
    #[serde(flatten)]
    live: live::LiveConnections,
    #[command(flatten)]
    #[serde(flatten)]
    limits: limits::Limits,
    #[command(flatten)]
    #[serde(flatten)]
    webhooks: webhooks::Webhooks,
    #[command(flatten)]
    #[serde(flatten)]
    log: log::Log,
}

impl Settings {
    /// Overwrites in `config` what this source gives.
    pub(super) fn apply(self, config: &mut Config) {
        self.network.apply(config);
        self.access.apply(config);
        self.database.apply(config);
        self.cleanup.apply(config);
        self.live.apply(config);
        self.limits.apply(config);
        self.webhooks.apply(config);
        self.log.apply(config);
    }
}
