//! What is logged, and how.

use clap::Args;
use serde::Deserialize;

use crate::config::defaults::{ShowDefault, defaults, name_of};
use crate::config::effective::{Config, LogFormat};
use crate::config::values::set;

/// The settings of this group. A doc comment is the help text of the flag.
#[derive(Clone, Args, Deserialize)]
#[command(next_help_heading = "Log")]
pub(super) struct Log {
    /// The format of the log, which goes to standard error: text or json
    #[arg(
        long,
        value_name = "FORMAT",
        env = "ROLLCALL_LOG_FORMAT",
        show_default = name_of(defaults().log_format)
    )]
    log_format: Option<LogFormat>,
    /// Log each HTTP request at its end, at the level info
    #[arg(
        long,
        value_name = "true|false",
        env = "ROLLCALL_ACCESS_LOG",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_possible_values = true,
        show_default = defaults().access_log
    )]
    access_log: Option<bool>,
    /// What is logged, as filter directives of tracing
    ///
    /// Such as info, or warn,rollcall=debug.
    #[arg(
        long,
        value_name = "FILTER",
        env = "ROLLCALL_LOG_FILTER",
        show_default = defaults().log_filter
    )]
    log_filter: Option<String>,
}

impl Log {
    /// Overwrites in `config` what this source gives.
    pub(super) fn apply(self, config: &mut Config) {
        set(&mut config.log_format, self.log_format);
        set(&mut config.access_log, self.access_log);
        set(&mut config.log_filter, self.log_filter);
    }
}
