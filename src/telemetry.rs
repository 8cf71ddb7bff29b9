//! Logging to standard error.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Starts logging to standard error, in the format and with the filter of the settings. Fails if the
/// filter is malformed, or if logging was started before.
pub fn start(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log_filter).with_context(|| {
        format!("--log-filter: '{}' is not a filter such as info", config.log_filter)
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // Errors of the log itself would be printed to standard error, which panics if that is what fails.
        .log_internal_errors(false);
    let started = match config.log_format {
        LogFormat::Text => log.with_target(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    started.map_err(|cause| anyhow::anyhow!("cannot start the log: {cause}"))
}
