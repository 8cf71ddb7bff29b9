//! How much there may be.

use clap::Args;
use serde::Deserialize;

use crate::config::defaults::{ShowDefault, defaults};
use crate::config::effective::Config;
use crate::config::values::{Count, set};

/// The settings of this group. A doc comment is the help text of the flag.
#[derive(Clone, Args, Deserialize)]
#[command(next_help_heading = "Limits")]
pub(super) struct Limits {
    /// Sessions in all
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_SESSIONS",
        allow_negative_numbers = true,
        show_default = defaults().sessions.sessions
    )]
    max_sessions: Option<Count>,
    /// Clients in one session
    ///
    /// The removal of a session with more delays other requests for longer.
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_CLIENTS",
        allow_negative_numbers = true,
        show_default = defaults().sessions.clients
    )]
    max_clients: Option<Count>,
    /// Sessions that one connection may have joined
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_JOINED_SESSIONS",
        allow_negative_numbers = true,
        show_default = defaults().sessions.joined
    )]
    max_joined_sessions: Option<Count>,
    /// Nodes of a session
    #[arg(
        long,
        value_name = "NODES",
        env = "ROLLCALL_MAX_NODES",
        allow_negative_numbers = true,
        show_default = defaults().content.nodes
    )]
    max_nodes: Option<Count>,
    /// Levels of a session's tree
    #[arg(
        long,
        value_name = "LEVELS",
        env = "ROLLCALL_MAX_DEPTH",
        allow_negative_numbers = true,
        show_default = defaults().content.depth
    )]
    max_depth: Option<Count>,
    /// Bytes of a node's name
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_MAX_NAME_BYTES",
        allow_negative_numbers = true,
        show_default = defaults().content.name
    )]
    max_name_bytes: Option<Count>,
    /// Bytes of one property's value, as JSON
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_MAX_VALUE_BYTES",
        allow_negative_numbers = true,
        show_default = defaults().content.value
    )]
    max_value_bytes: Option<Count>,
    /// Bytes of all properties of a node, as JSON
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_MAX_PROPERTIES_BYTES",
        allow_negative_numbers = true,
        show_default = defaults().content.properties
    )]
    max_properties_bytes: Option<Count>,
    /// Commands in a batch
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_BATCH",
        allow_negative_numbers = true,
        show_default = defaults().content.batch
    )]
    max_batch: Option<Count>,
    /// Undo steps that a session keeps
    #[arg(
        long,
        value_name = "STEPS",
        env = "ROLLCALL_HISTORY_LIMIT",
        allow_negative_numbers = true,
        show_default = defaults().content.history
    )]
    history_limit: Option<Count>,
    /// Bytes of undo steps that a session keeps; the last step is kept even if it has more
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_HISTORY_BYTES",
        allow_negative_numbers = true,
        show_default = defaults().content.history_bytes
    )]
    history_bytes: Option<Count>,
    /// A change of more nodes is staged in the background, so that others do not wait for it
    ///
    /// 256 bytes of properties that it reads or writes count as another node.
    #[arg(
        long,
        value_name = "NODES",
        env = "ROLLCALL_STAGING_THRESHOLD",
        allow_negative_numbers = true,
        show_default = defaults().content.staging_threshold
    )]
    staging_threshold: Option<Count>,
}

impl Limits {
    /// Overwrites in `config` what this source gives.
    pub(super) fn apply(self, config: &mut Config) {
        set(&mut config.sessions.sessions, self.max_sessions);
        set(&mut config.sessions.clients, self.max_clients);
        set(&mut config.sessions.joined, self.max_joined_sessions);
        set(&mut config.content.nodes, self.max_nodes);
        set(&mut config.content.depth, self.max_depth);
        set(&mut config.content.name, self.max_name_bytes);
        set(&mut config.content.value, self.max_value_bytes);
        set(&mut config.content.properties, self.max_properties_bytes);
        set(&mut config.content.batch, self.max_batch);
        set(&mut config.content.history, self.history_limit);
        set(&mut config.content.history_bytes, self.history_bytes);
        set(&mut config.content.staging_threshold, self.staging_threshold);
    }
}
