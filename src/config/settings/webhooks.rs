//! Where webhooks may go.

use clap::Args;
use serde::Deserialize;

use crate::config::defaults::{ShowDefault, defaults};
use crate::config::effective::Config;
use crate::config::values::set;

/// The settings of this group. A doc comment is the help text of the flag.
#[derive(Clone, Args, Deserialize)]
#[command(next_help_heading = "Webhooks")]
pub(super) struct Webhooks {
    /// Lets webhooks go to addresses of this machine and of private networks, too
    #[arg(
        long,
        value_name = "true|false",
        env = "ROLLCALL_WEBHOOK_ALLOW_PRIVATE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide_possible_values = true,
        show_default = defaults().webhook_allow_private
    )]
    webhook_allow_private: Option<bool>,
}

impl Webhooks {
    /// Overwrites in `config` what this source gives.
    pub(super) fn apply(self, config: &mut Config) {
        set(&mut config.webhook_allow_private, self.webhook_allow_private);
    }
}
