//! Logging to standard error.

use std::io::IsTerminal;

use anyhow::{Context, anyhow};
use tracing_subscriber::{EnvFilter, reload};

use crate::config::{Config, LogFormat};

/// The filter of the log, which can be replaced while the server runs.
pub struct LogFilter(Box<dyn Fn(EnvFilter) -> Result<(), reload::Error> + Send + Sync>);

/// Starts logging to standard error, in the format and with the filter of the settings. Fails if the
/// filter is malformed, or if logging was started before.
pub fn start(config: &Config) -> anyhow::Result<LogFilter> {
    let log = tracing_subscriber::fmt()
        .with_env_filter(parse(&config.log_filter)?)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // Errors of the log itself would be printed to standard error, which panics if that is what fails.
        .log_internal_errors(false);
    let (filter, started) = match config.log_format {
        LogFormat::Text => {
            let log = log.with_target(false).with_filter_reloading();
            let handle = log.reload_handle();
            (LogFilter(Box::new(move |filter| handle.reload(filter))), log.try_init())
        }
        LogFormat::Json => {
            // The list of spans would repeat the one in which the line is.
            let log = log.json().flatten_event(true).with_span_list(false).with_filter_reloading();
            let handle = log.reload_handle();
            (LogFilter(Box::new(move |filter| handle.reload(filter))), log.try_init())
        }
    };
    started.map_err(|cause| anyhow!("cannot start the log: {cause}"))?;
    Ok(filter)
}

impl LogFilter {
    /// Replaces the filter by that of the settings. Fails if it is malformed; the old one then stays.
    pub fn reload(&self, config: &Config) -> anyhow::Result<()> {
        let filter = parse(&config.log_filter)?;
        self.0(filter).map_err(|cause| anyhow!("cannot replace the filter of the log: {cause}"))
    }
}

fn parse(filter: &str) -> anyhow::Result<EnvFilter> {
    EnvFilter::try_new(filter)
        .with_context(|| format!("--log-filter: '{filter}' is not a filter such as info"))
}
