//! When what is not used any more goes.

use clap::Args;
use serde::Deserialize;

use crate::config::defaults::{ShowDefault, defaults};
use crate::config::effective::Config;
use crate::config::values::{OptionalDuration, PositiveDuration, set};
use crate::model::Hours;

/// The settings of this group. A doc comment is the help text of the flag.
#[derive(Clone, Args, Deserialize)]
#[command(next_help_heading = "Cleanup")]
pub(super) struct Cleanup {
    /// Idle hours after which a session may be removed
    #[arg(
        long,
        value_name = "HOURS",
        env = "ROLLCALL_MAX_INACTIVE_HOURS",
        allow_negative_numbers = true,
        show_default = defaults().max_inactive.get()
    )]
    max_inactive_hours: Option<Hours>,
    /// Time between two scheduled cleanups, or off
    #[arg(
        long,
        value_name = "DURATION|off",
        env = "ROLLCALL_CLEANUP_INTERVAL",
        allow_hyphen_values = true,
        show_default = OptionalDuration(defaults().cleanup_interval)
    )]
    cleanup_interval: Option<OptionalDuration>,
    /// How long events are kept
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_EVENT_RETENTION",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().event_retention)
    )]
    event_retention: Option<PositiveDuration>,
    /// How long a removed session answers 410
    ///
    /// It is at least as long as the session can be restored.
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_TOMBSTONE_RETENTION",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().tombstone_retention)
    )]
    tombstone_retention: Option<PositiveDuration>,
    /// How long a removed session can be restored, or off
    ///
    /// Its content stays in the file as long.
    #[arg(
        long,
        value_name = "DURATION|off",
        env = "ROLLCALL_RESTORE_WINDOW",
        allow_hyphen_values = true,
        show_default = OptionalDuration(defaults().sessions.restore_window)
    )]
    restore_window: Option<OptionalDuration>,
}

impl Cleanup {
    /// Overwrites in `config` what this source gives.
    pub(super) fn apply(self, config: &mut Config) {
        set(&mut config.max_inactive, self.max_inactive_hours);
        set(&mut config.cleanup_interval, self.cleanup_interval);
        set(&mut config.event_retention, self.event_retention);
        set(&mut config.tombstone_retention, self.tombstone_retention);
        set(&mut config.sessions.restore_window, self.restore_window);
    }
}
