//! The settings: flags, then environment, then the TOML file, then the defaults.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::error::{ContextKind, ContextValue};
use clap::{Args, Parser, Subcommand};
use serde::Deserialize;

use crate::clock::Clock;
use crate::model::{ContentLimits, Hours};
use crate::net::hosts::AllowedHosts;
use crate::net::origins::Origins;
use crate::net::{ConnectionLimits, ListenAddress, ReadTimeouts};
use crate::store::{Capacities, SessionLimits, Synchronous};

mod environment;
mod values;

pub use environment::refuse_unknown_variables;

use values::{Count, OptionalDuration, PositiveDuration};

/// Who is in which session, what is in it, and when it may be thrown away.
#[derive(Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub serve: ServeArguments,
}

impl CommandLine {
    /// Reads the arguments and the environment; ends the process where they are wrong.
    pub fn read() -> Self {
        Self::try_parse().unwrap_or_else(|failure| with_variable(failure).exit())
    }
}

/// Names the environment variable that a wrong value comes from: clap names the flag only.
fn with_variable(mut failure: clap::Error) -> clap::Error {
    let text = |kind| failure.get(kind).map(ToString::to_string);
    let (flag, value) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    let (Some(flag), Some(value)) = (flag, value) else { return failure };
    let flag = flag.split([' ', '=']).next().unwrap_or_default();
    let name = flag.trim_start_matches('-').replace('-', "_").to_uppercase();
    let name = format!("ROLLCALL_{name}");
    let is_from_flag = std::env::args().any(|argument| argument.split('=').next() == Some(flag));
    if !is_from_flag && std::env::var(&name).is_ok_and(|set| set == value) {
        let tip = format!("the value comes from the environment variable {name}").into();
        failure.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    }
    failure
}

#[derive(Subcommand)]
pub enum Command {
    /// Run the service (what happens without a command, too)
    Serve(Box<ServeArguments>),
    /// Print the OpenAPI document
    Openapi,
}

#[derive(Args, Default)]
pub struct ServeArguments {
    /// Read settings from this TOML file; flags and environment go before it
    #[arg(long, value_name = "FILE", env = "ROLLCALL_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

/// Every setting, as it may be given in any of the three places.
#[derive(Args, Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Where to listen: an address, a name as in localhost:5000, or :5000 for all addresses of the
    /// machine [default: 127.0.0.1:5000]
    #[arg(long, value_name = "ADDR", env = "ROLLCALL_LISTEN")]
    listen: Option<ListenAddress>,
    /// The SQLite file, created if missing [default: rollcall.db]
    #[arg(long, value_name = "FILE", env = "ROLLCALL_DATABASE")]
    database: Option<PathBuf>,
    /// How far a commit goes before its answer: full (survives a power cut) or normal (survives
    /// the end of the process) [default: full]
    #[arg(long, value_name = "MODE", env = "ROLLCALL_SYNCHRONOUS")]
    synchronous: Option<Synchronous>,
    /// Idle hours after which a session may be removed [default: 24]
    #[arg(
        long,
        value_name = "HOURS",
        env = "ROLLCALL_MAX_INACTIVE_HOURS",
        allow_negative_numbers = true
    )]
    max_inactive_hours: Option<Hours>,
    /// How often idle sessions are removed, or off [default: 10m]
    #[arg(
        long,
        value_name = "DURATION|off",
        env = "ROLLCALL_CLEANUP_INTERVAL",
        allow_hyphen_values = true
    )]
    cleanup_interval: Option<OptionalDuration>,
    /// How long events are kept [default: 7d]
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_EVENT_RETENTION",
        allow_hyphen_values = true
    )]
    event_retention: Option<PositiveDuration>,
    /// How long a removed session is remembered [default: 30d]
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_TOMBSTONE_RETENTION",
        allow_hyphen_values = true
    )]
    tombstone_retention: Option<PositiveDuration>,
    /// Silence after which a client is pinged [default: 20s]
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_PING_INTERVAL",
        allow_hyphen_values = true
    )]
    ping_interval: Option<PositiveDuration>,
    /// How long its answer may take [default: 20s]
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_PING_TIMEOUT",
        allow_hyphen_values = true
    )]
    ping_timeout: Option<PositiveDuration>,
    /// Connections that may be open at once [default: 10000]
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_CONNECTIONS",
        allow_negative_numbers = true
    )]
    max_connections: Option<Count>,
    /// Connections that one address may have open at once; a number that is given holds for this
    /// machine too [default: 1000, and no limit for this machine]
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_CONNECTIONS_PER_ADDRESS",
        allow_negative_numbers = true
    )]
    max_connections_per_address: Option<Count>,
    /// How long the head of a request may take, from its first byte to its last [default: 10s]
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_HEADER_TIMEOUT",
        allow_hyphen_values = true
    )]
    header_timeout: Option<PositiveDuration>,
    /// How long the next piece of a request's body may take [default: 30s]
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_BODY_TIMEOUT",
        allow_hyphen_values = true
    )]
    body_timeout: Option<PositiveDuration>,
    /// How long a connection may be open without a request [default: 75s]
    #[arg(
        long,
        value_name = "DURATION",
        env = "ROLLCALL_IDLE_TIMEOUT",
        allow_hyphen_values = true
    )]
    idle_timeout: Option<PositiveDuration>,
    /// Deliveries that may wait for one client [default: 1024]
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_CLIENT_QUEUE_SIZE",
        allow_negative_numbers = true
    )]
    client_queue_size: Option<Count>,
    /// Bytes of deliveries that may wait for one client [default: 8388608]
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_CLIENT_QUEUE_BYTES",
        allow_negative_numbers = true
    )]
    client_queue_bytes: Option<Count>,
    /// The largest body of a request, and the largest frame, in bytes [default: 2097152]
    #[arg(long, value_name = "BYTES", env = "ROLLCALL_BODY_LIMIT", allow_negative_numbers = true)]
    body_limit: Option<Count>,
    /// The steps of history that a session keeps for undo [default: 1000]
    #[arg(
        long,
        value_name = "STEPS",
        env = "ROLLCALL_HISTORY_LIMIT",
        allow_negative_numbers = true
    )]
    history_limit: Option<Count>,
    /// The bytes of history that a session keeps for undo; its last step is kept even if it alone has
    /// more [default: 16777216]
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_HISTORY_BYTES",
        allow_negative_numbers = true
    )]
    history_bytes: Option<Count>,
    /// The most nodes of a session [default: 100000]
    #[arg(long, value_name = "NODES", env = "ROLLCALL_MAX_NODES", allow_negative_numbers = true)]
    max_nodes: Option<Count>,
    /// The most sessions there may be [default: 1000000]
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_SESSIONS",
        allow_negative_numbers = true
    )]
    max_sessions: Option<Count>,
    /// The most clients that may be in one session [default: 10000]
    #[arg(long, value_name = "COUNT", env = "ROLLCALL_MAX_CLIENTS", allow_negative_numbers = true)]
    max_clients: Option<Count>,
    /// The most sessions that one connection may be in [default: 1000]
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_MAX_JOINED_SESSIONS",
        allow_negative_numbers = true
    )]
    max_joined_sessions: Option<Count>,
    /// Levels of a session's tree [default: 512]
    #[arg(long, value_name = "LEVELS", env = "ROLLCALL_MAX_DEPTH", allow_negative_numbers = true)]
    max_depth: Option<Count>,
    /// The largest name of a node, in bytes [default: 1024]
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_MAX_NAME_BYTES",
        allow_negative_numbers = true
    )]
    max_name_bytes: Option<Count>,
    /// The largest value of one property, in bytes of JSON [default: 65536]
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_MAX_VALUE_BYTES",
        allow_negative_numbers = true
    )]
    max_value_bytes: Option<Count>,
    /// The largest properties of a node together, in bytes of JSON [default: 262144]
    #[arg(
        long,
        value_name = "BYTES",
        env = "ROLLCALL_MAX_PROPERTIES_BYTES",
        allow_negative_numbers = true
    )]
    max_properties_bytes: Option<Count>,
    /// The most commands in a batch [default: 1000]
    #[arg(long, value_name = "COUNT", env = "ROLLCALL_MAX_BATCH", allow_negative_numbers = true)]
    max_batch: Option<Count>,
    /// Nodes in one change past which it is prepared aside, so that nobody waits for it
    /// [default: 2000]
    #[arg(
        long,
        value_name = "NODES",
        env = "ROLLCALL_STAGING_THRESHOLD",
        allow_negative_numbers = true
    )]
    staging_threshold: Option<Count>,
    /// Names that the service answers to besides localhost and the addresses of this machine, with commas
    /// between, or * for any [default: none when it listens on loopback, else any]
    #[arg(long, value_name = "HOSTS", env = "ROLLCALL_ALLOWED_HOSTS")]
    allowed_hosts: Option<AllowedHosts>,
    /// Web pages that may call besides the service's own: a list of origins such as
    /// https://example.org with commas between, or * for all [default: those of this machine]
    #[arg(long, value_name = "ORIGINS", env = "ROLLCALL_ALLOWED_ORIGINS")]
    allowed_origins: Option<Origins>,
    /// How the log is written: text or json [default: text]
    #[arg(long, value_name = "FORMAT", env = "ROLLCALL_LOG_FORMAT")]
    log_format: Option<LogFormat>,
    /// What is logged, as tracing's filter directives [default: info]
    #[arg(long, value_name = "FILTER", env = "ROLLCALL_LOG_FILTER")]
    log_filter: Option<String>,
}

/// The settings as they came out.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: ListenAddress,
    pub database: PathBuf,
    pub synchronous: Synchronous,
    pub max_inactive: Hours,
    /// None: never by itself.
    pub cleanup_interval: Option<Duration>,
    pub event_retention: Duration,
    pub tombstone_retention: Duration,
    pub ping_interval: Duration,
    pub ping_timeout: Duration,
    pub connections: ConnectionLimits,
    pub read_timeouts: ReadTimeouts,
    pub client_queue_size: usize,
    pub client_queue_bytes: usize,
    pub body_limit: usize,
    pub content: ContentLimits,
    pub sessions: SessionLimits,
    /// Not a setting: tests have others.
    pub capacities: Capacities,
    /// None: the names of this machine, or any where others reach it.
    pub allowed_hosts: Option<AllowedHosts>,
    pub allowed_origins: Origins,
    pub log_format: LogFormat,
    pub log_filter: String,
    /// The machine's; only tests give another.
    pub clock: Clock,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl ServeArguments {
    /// Puts the three places together.
    pub fn resolve(self) -> anyhow::Result<Config> {
        let file = match &self.config {
            None => Settings::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read the settings in {}", path.display()))?;
                toml::from_str(&text)
                    .with_context(|| format!("a setting in {} is wrong", path.display()))?
            }
        };
        let given = self.settings;
        /// The flag or the environment, else the file, else the default.
        macro_rules! pick {
            ($name:ident, $default:expr) => {
                given.$name.or(file.$name).unwrap_or_else(|| $default)
            };
        }
        let usual = ContentLimits::default();
        let usual_sessions = SessionLimits::default();
        let history_limit = given.history_limit.or(file.history_limit);
        let history_bytes = given.history_bytes.or(file.history_bytes);
        let max_nodes = given.max_nodes.or(file.max_nodes);
        let per_address = given.max_connections_per_address.or(file.max_connections_per_address);
        let staging_threshold = given.staging_threshold.or(file.staging_threshold);
        Ok(Config {
            listen: pick!(listen, ListenAddress::Address(([127, 0, 0, 1], 5000).into())),
            database: pick!(database, PathBuf::from("rollcall.db")),
            synchronous: pick!(synchronous, Synchronous::Full),
            max_inactive: pick!(max_inactive_hours, Hours::DAY),
            cleanup_interval: pick!(cleanup_interval, OptionalDuration(Some(DAY / 144))).0,
            event_retention: pick!(event_retention, PositiveDuration(7 * DAY)).0,
            tombstone_retention: pick!(tombstone_retention, PositiveDuration(30 * DAY)).0,
            ping_interval: pick!(ping_interval, PositiveDuration(Duration::from_secs(20))).0,
            ping_timeout: pick!(ping_timeout, PositiveDuration(Duration::from_secs(20))).0,
            connections: ConnectionLimits {
                in_all: pick!(max_connections, Count(10_000)).0,
                per_address: per_address.map_or(1000, |limit| limit.0),
                loopback_is_limited: per_address.is_some(),
            },
            read_timeouts: ReadTimeouts {
                header: pick!(header_timeout, PositiveDuration(Duration::from_secs(10))).0,
                body: pick!(body_timeout, PositiveDuration(Duration::from_secs(30))).0,
                idle: pick!(idle_timeout, PositiveDuration(Duration::from_secs(75))).0,
            },
            client_queue_size: pick!(client_queue_size, Count(1024)).0,
            client_queue_bytes: pick!(client_queue_bytes, Count(8 * 1024 * 1024)).0,
            body_limit: pick!(body_limit, Count(2 * 1024 * 1024)).0,
            content: ContentLimits {
                name: pick!(max_name_bytes, Count(usual.name)).0,
                value: pick!(max_value_bytes, Count(usual.value)).0,
                properties: pick!(max_properties_bytes, Count(usual.properties)).0,
                batch: pick!(max_batch, Count(usual.batch)).0,
                depth: pick!(max_depth, Count(usual.depth)).0,
                nodes: max_nodes.map_or(usual.nodes, |limit| limit.0 as i64),
                history: history_limit.map_or(usual.history, |limit| limit.0 as i64),
                history_bytes: history_bytes.map_or(usual.history_bytes, |limit| limit.0 as i64),
                staging_threshold: staging_threshold
                    .map_or(usual.staging_threshold, |limit| limit.0 as i64),
            },
            sessions: SessionLimits {
                sessions: pick!(max_sessions, Count(usual_sessions.sessions)).0,
                clients: pick!(max_clients, Count(usual_sessions.clients)).0,
                joined: pick!(max_joined_sessions, Count(usual_sessions.joined)).0,
            },
            capacities: Capacities::default(),
            allowed_hosts: given.allowed_hosts.or(file.allowed_hosts),
            allowed_origins: pick!(allowed_origins, Origins::Loopback),
            log_format: pick!(log_format, LogFormat::Text),
            log_filter: pick!(log_filter, "info".to_owned()),
            clock: Clock::default(),
        })
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}
