//! Logging to standard error.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, anyhow};
use tracing_subscriber::{EnvFilter, reload};

use crate::config::{Config, LogFormat};

/// The filter of the log, which can be replaced while the server runs. All clones are the same filter.
#[derive(Clone)]
pub struct LogFilter(Arc<Mutex<InForce>>);

/// The filter that is in force.
struct InForce {
    directives: String,
    replace: Box<dyn Fn(EnvFilter) -> Result<(), reload::Error> + Send>,
}

/// The filter of a program that does not log.
impl Default for LogFilter {
    fn default() -> Self {
        Self::new(String::new(), |_| Ok(()))
    }
}

/// Starts logging to standard error, in the format and with the filter of the settings. Fails if the
/// filter is malformed, or if logging was started before.
pub fn start(config: &Config) -> anyhow::Result<LogFilter> {
    let log = tracing_subscriber::fmt()
        .with_env_filter(parse(&config.log_filter)?)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // Errors of the log itself would be printed to standard error, which panics if that is what fails.
        .log_internal_errors(false);
    let directives = config.log_filter.clone();
    let (filter, started) = match config.log_format {
        LogFormat::Text => {
            let log = log.with_target(false).with_filter_reloading();
            let handle = log.reload_handle();
            (LogFilter::new(directives, move |filter| handle.reload(filter)), log.try_init())
        }
        LogFormat::Json => {
            // The list of spans would repeat the one in which the line is.
            let log = log.json().flatten_event(true).with_span_list(false).with_filter_reloading();
            let handle = log.reload_handle();
            (LogFilter::new(directives, move |filter| handle.reload(filter)), log.try_init())
        }
    };
    started.map_err(|cause| anyhow!("cannot start the log: {cause}"))?;
    Ok(filter)
}

impl LogFilter {
    fn new(
        directives: String,
        replace: impl Fn(EnvFilter) -> Result<(), reload::Error> + Send + 'static,
    ) -> Self {
        Self(Arc::new(Mutex::new(InForce { directives, replace: Box::new(replace) })))
    }

    /// The directives in force.
    pub fn directives(&self) -> String {
        self.in_force().directives.clone()
    }

    /// Replaces the filter. Fails if the directives are malformed; the old ones then stay.
    pub fn set(&self, directives: &str) -> anyhow::Result<()> {
        let filter = parse(directives)?;
        let mut in_force = self.in_force();
        (in_force.replace)(filter)
            .map_err(|cause| anyhow!("cannot replace the filter of the log: {cause}"))?;
        directives.clone_into(&mut in_force.directives);
        Ok(())
    }

    fn in_force(&self) -> MutexGuard<'_, InForce> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fails unless these are directives of a filter.
pub fn check_filter(directives: &str) -> anyhow::Result<()> {
    parse(directives).map(drop)
}

fn parse(filter: &str) -> anyhow::Result<EnvFilter> {
    EnvFilter::try_new(filter)
        .with_context(|| format!("--log-filter: '{filter}' is not a filter such as info"))
}
