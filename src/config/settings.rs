//! Every setting, as it can be given by flag, by environment variable, and in the TOML file.

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::defaults::{ShowDefault, defaults, name_of};
use super::effective::LogFormat;
use super::values::{Count, OptionalAddress, OptionalDuration, OptionalRate, PositiveDuration};
use crate::model::Hours;
use crate::net::hosts::AllowedHosts;
use crate::net::origins::Origins;
use crate::net::{ListenAddress, PublicUrl, TrustedProxies};
use crate::store::Synchronous;

/// The settings of one source; None where the source does not give one. A doc comment is the help text of
/// the flag.
#[derive(Clone, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// Where to listen: an address, a name as in localhost:5000, or :5000 for all addresses of this
    /// machine
    #[arg(long, value_name = "ADDR", env = "ROLLCALL_LISTEN", show_default = defaults().listen)]
    pub(super) listen: Option<ListenAddress>,
    /// Where to serve /metrics alone, besides the address above
    #[arg(
        long,
        value_name = "ADDR|off",
        env = "ROLLCALL_METRICS_LISTEN",
        show_default = OptionalAddress(defaults().metrics_listen)
    )]
    pub(super) metrics_listen: Option<OptionalAddress>,
    /// The SQLite file; created if it does not exist
    #[arg(
        long,
        value_name = "FILE",
        env = "ROLLCALL_DATABASE",
        show_default = defaults().database.display()
    )]
    pub(super) database: Option<PathBuf>,
    /// What an answered commit survives: full (a power cut) or normal (the end of the process)
    #[arg(
        long,
        value_name = "MODE",
        env = "ROLLCALL_SYNCHRONOUS",
        show_default = name_of(defaults().synchronous)
    )]
    pub(super) synchronous: Option<Synchronous>,
    /// The folder for backups by POST /api/v1/admin/backup [default: none]
    #[arg(long, value_name = "FOLDER", env = "ROLLCALL_BACKUP_DIR")]
    pub(super) backup_dir: Option<PathBuf>,
    /// How many backups before the newest one are kept there
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_BACKUP_KEEP",
        allow_negative_numbers = true,
        show_default = defaults().backup_keep
    )]
    pub(super) backup_keep: Option<Count>,
    /// Idle hours after which a session may be removed
    #[arg(
        long,
        value_name = "HOURS",
        env = "ROLLCALL_MAX_INACTIVE_HOURS",
        allow_negative_numbers = true,
        show_default = defaults().max_inactive.get()
    )]
    pub(super) max_inactive_hours: Option<Hours>,
    /// Time between two cleanups of idle sessions, or off
    #[arg(
        long,
        value_name = "DURATION|off",
        env = "ROLLCALL_CLEANUP_INTERVAL",
        allow_hyphen_values = true,
        show_default = OptionalDuration(defaults().cleanup_interval)
    )]
    pub(super) cleanup_interval: Option<OptionalDuration>,
    /// How long events are kept
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_EVENT_RETENTION",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().event_retention)
    )]
    pub(super) event_retention: Option<PositiveDuration>,
    /// How long a removed session is remembered
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_TOMBSTONE_RETENTION",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().tombstone_retention)
    )]
    pub(super) tombstone_retention: Option<PositiveDuration>,
    /// How long a removed session can be restored, or off; its content is kept as long
    #[arg(
        long,
        value_name = "DURATION|off",
        env = "ROLLCALL_RESTORE_WINDOW",
        allow_hyphen_values = true,
        show_default = OptionalDuration(defaults().sessions.restore_window)
    )]
    pub(super) restore_window: Option<OptionalDuration>,
    /// How long a client may be silent before it is sent a ping
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_PING_INTERVAL",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().ping_interval)
    )]
    pub(super) ping_interval: Option<PositiveDuration>,
    /// How long a client may take to answer a ping
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_PING_TIMEOUT",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().ping_timeout)
    )]
    pub(super) ping_timeout: Option<PositiveDuration>,
    /// How long requests and connections may take to end when the server is stopped
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_DRAIN_TIMEOUT",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().drain_timeout)
    )]
    pub(super) drain_timeout: Option<PositiveDuration>,
    /// Maximum number of open connections
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_CONNECTIONS",
        allow_negative_numbers = true,
        show_default = defaults().connections.total
    )]
    pub(super) max_connections: Option<Count>,
    /// Maximum number of open connections from one address; if given, it applies to this machine too
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_CONNECTIONS_PER_ADDRESS",
        allow_negative_numbers = true,
        show_default = format_args!("{}, and no limit for this machine", defaults().connections.per_address)
    )]
    pub(super) max_connections_per_address: Option<Count>,
    /// How long the head of a request may take, from its first byte to its last
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_HEADER_TIMEOUT",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().read_timeouts.header)
    )]
    pub(super) header_timeout: Option<PositiveDuration>,
    /// How long the next chunk of a request's body may take
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_BODY_TIMEOUT",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().read_timeouts.body)
    )]
    pub(super) body_timeout: Option<PositiveDuration>,
    /// How long a connection may be open without a request
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_IDLE_TIMEOUT",
        allow_hyphen_values = true,
        show_default = PositiveDuration(defaults().read_timeouts.idle)
    )]
    pub(super) idle_timeout: Option<PositiveDuration>,
    /// Maximum number of deliveries in the queue of one client
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_CLIENT_QUEUE_SIZE",
        allow_negative_numbers = true,
        show_default = defaults().client_queue_size
    )]
    pub(super) client_queue_size: Option<Count>,
    /// Maximum number of bytes in the queue of one client
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_CLIENT_QUEUE_BYTES",
        allow_negative_numbers = true,
        show_default = defaults().client_queue_bytes
    )]
    pub(super) client_queue_bytes: Option<Count>,
    /// Maximum size of a request's body, and of a WebSocket frame
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_BODY_LIMIT",
        allow_negative_numbers = true,
        show_default = defaults().body_limit
    )]
    pub(super) body_limit: Option<Count>,
    /// Undo steps that a session keeps
    #[arg(
        long,
        value_name = "STEPS",
        env = "ROLLCALL_HISTORY_LIMIT",
        allow_negative_numbers = true,
        show_default = defaults().content.history
    )]
    pub(super) history_limit: Option<Count>,
    /// Bytes of undo steps that a session keeps; the last step is kept even if it is larger
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_HISTORY_BYTES",
        allow_negative_numbers = true,
        show_default = defaults().content.history_bytes
    )]
    pub(super) history_bytes: Option<Count>,
    /// Maximum number of nodes in a session
    #[arg(
        long,
        value_name = "NODES",
        env = "ROLLCALL_MAX_NODES",
        allow_negative_numbers = true,
        show_default = defaults().content.nodes
    )]
    pub(super) max_nodes: Option<Count>,
    /// Maximum number of sessions
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_SESSIONS",
        allow_negative_numbers = true,
        show_default = defaults().sessions.sessions
    )]
    pub(super) max_sessions: Option<Count>,
    /// Maximum number of clients in one session
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_CLIENTS",
        allow_negative_numbers = true,
        show_default = defaults().sessions.clients
    )]
    pub(super) max_clients: Option<Count>,
    /// Maximum number of sessions that one connection may join
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_JOINED_SESSIONS",
        allow_negative_numbers = true,
        show_default = defaults().sessions.joined
    )]
    pub(super) max_joined_sessions: Option<Count>,
    /// Maximum depth of a session's tree
    #[arg(
        long,
        value_name = "LEVELS",
        env = "ROLLCALL_MAX_DEPTH",
        allow_negative_numbers = true,
        show_default = defaults().content.depth
    )]
    pub(super) max_depth: Option<Count>,
    /// Maximum size of a node's name
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_MAX_NAME_BYTES",
        allow_negative_numbers = true,
        show_default = defaults().content.name
    )]
    pub(super) max_name_bytes: Option<Count>,
    /// Maximum size of one property's value, as JSON
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_MAX_VALUE_BYTES",
        allow_negative_numbers = true,
        show_default = defaults().content.value
    )]
    pub(super) max_value_bytes: Option<Count>,
    /// Maximum size of all properties of a node together, as JSON
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_MAX_PROPERTIES_BYTES",
        allow_negative_numbers = true,
        show_default = defaults().content.properties
    )]
    pub(super) max_properties_bytes: Option<Count>,
    /// Maximum number of commands in a batch
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_BATCH",
        allow_negative_numbers = true,
        show_default = defaults().content.batch
    )]
    pub(super) max_batch: Option<Count>,
    /// Changes of more nodes are staged in the background, so that other requests do not wait for them
    #[arg(
        long,
        value_name = "NODES",
        env = "ROLLCALL_STAGING_THRESHOLD",
        allow_negative_numbers = true,
        show_default = defaults().content.staging_threshold
    )]
    pub(super) staging_threshold: Option<Count>,
    /// The URL by which clients reach the server through a proxy, such as https://example.org/rollcall;
    /// its host is allowed as well [default: none]
    #[arg(long, value_name = "URL", env = "ROLLCALL_PUBLIC_URL")]
    pub(super) public_url: Option<PublicUrl>,
    /// Host names that requests may be for, besides localhost and the addresses of this machine: a
    /// list with commas between, or * for any [default: none when listening on loopback, else any]
    #[arg(long, value_name = "HOSTS", env = "ROLLCALL_ALLOWED_HOSTS")]
    pub(super) allowed_hosts: Option<AllowedHosts>,
    /// Web pages that may call, besides the server's own: a list of origins such as
    /// https://example.org with commas between, or * for all [default: those of this machine]
    #[arg(long, value_name = "ORIGINS", env = "ROLLCALL_ALLOWED_ORIGINS")]
    pub(super) allowed_origins: Option<Origins>,
    /// Proxies whose X-Forwarded-For says the address of the client: addresses or networks such as
    /// 10.0.0.0/8, with commas between [default: none]
    #[arg(long, value_name = "NETWORKS", env = "ROLLCALL_TRUSTED_PROXIES")]
    pub(super) trusted_proxies: Option<TrustedProxies>,
    /// HTTP requests that one token, or one address without a token, may send in a second, or off
    #[arg(
        long,
        value_name = "COUNT|off",
        env = "ROLLCALL_RATE_LIMIT_REQUESTS",
        allow_hyphen_values = true,
        show_default = OptionalRate(defaults().rate_limits.requests)
    )]
    pub(super) rate_limit_requests: Option<OptionalRate>,
    /// Messages that the live connections of one token, or of one address without a token, may send in a
    /// second, or off
    #[arg(
        long,
        value_name = "COUNT|off",
        env = "ROLLCALL_RATE_LIMIT_MESSAGES",
        allow_hyphen_values = true,
        show_default = OptionalRate(defaults().rate_limits.messages)
    )]
    pub(super) rate_limit_messages: Option<OptionalRate>,
    /// Lets other machines reach the server although there are no tokens, so that anybody may do everything
    #[arg(
        long,
        value_name = "true|false",
        env = "ROLLCALL_INSECURE_NO_AUTH",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        show_default = defaults().insecure_no_auth
    )]
    pub(super) insecure_no_auth: Option<bool>,
    /// A file with a service token of the scope admin, of at least 32 characters; or the token in the
    /// environment variable ROLLCALL_ADMIN_TOKEN [default: none]
    #[arg(long, value_name = "FILE", env = "ROLLCALL_ADMIN_TOKEN_FILE")]
    pub(super) admin_token_file: Option<PathBuf>,
    /// A file with the key of join tokens (HS256), of at least 32 bytes; or the key in the environment
    /// variable ROLLCALL_JOIN_KEY [default: a random key in the database]
    #[arg(long, value_name = "FILE", env = "ROLLCALL_JOIN_KEY_FILE")]
    pub(super) join_key_file: Option<PathBuf>,
    /// A file with the key before that one, whose join tokens are still valid [default: none]
    #[arg(long, value_name = "FILE", env = "ROLLCALL_JOIN_KEY_PREVIOUS_FILE")]
    pub(super) join_key_previous_file: Option<PathBuf>,
    /// A file with public keys of applications that sign join tokens (ES256, EdDSA): PEM or a JWK set
    /// [default: none]
    #[arg(long, value_name = "FILE", env = "ROLLCALL_JOIN_PUBLIC_KEYS")]
    pub(super) join_public_keys: Option<PathBuf>,
    /// Lets webhooks go to addresses of this machine and of private networks, too
    #[arg(
        long,
        value_name = "true|false",
        env = "ROLLCALL_WEBHOOK_ALLOW_PRIVATE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        show_default = defaults().webhook_allow_private
    )]
    pub(super) webhook_allow_private: Option<bool>,
    /// The format of the log: text or json
    #[arg(
        long,
        value_name = "FORMAT",
        env = "ROLLCALL_LOG_FORMAT",
        show_default = name_of(defaults().log_format)
    )]
    pub(super) log_format: Option<LogFormat>,
    /// Log each HTTP request at its end, at the level info
    #[arg(
        long,
        value_name = "BOOL",
        env = "ROLLCALL_ACCESS_LOG",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        show_default = defaults().access_log
    )]
    pub(super) access_log: Option<bool>,
    /// What is logged, as filter directives of the tracing crate
    #[arg(
        long,
        value_name = "FILTER",
        env = "ROLLCALL_LOG_FILTER",
        show_default = defaults().log_filter
    )]
    pub(super) log_filter: Option<String>,
}
