//! The settings as they are in effect.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::credentials::{CredentialFiles, Credentials};
use crate::clock::Clock;
use crate::engine::limits::{Capacities, SessionLimits};
use crate::model::webhook::Schedule;
use crate::model::{ContentLimits, Hours};
use crate::net::hosts::AllowedHosts;
use crate::net::origins::Origins;
use crate::net::{
    ConnectionLimits, ListenAddress, PublicUrl, RateLimitSettings, ReadTimeouts, TrustedProxies,
};
use crate::store::Synchronous;

/// Everything that the server is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen: the setting `--listen`.
    pub listen: ListenAddress,
    /// Where the metrics alone are served; None if only the main address serves them.
    pub metrics_listen: Option<ListenAddress>,
    /// The path of the SQLite file.
    pub database: PathBuf,
    /// What a committed change survives: the setting `--synchronous`.
    pub synchronous: Synchronous,
    /// The folder for backups by request; None if there is none.
    pub backup_dir: Option<PathBuf>,
    /// How many backups before the newest one are kept there.
    pub backup_keep: usize,
    /// How long a session may be idle before the cleanup may remove it.
    pub max_inactive: Hours,
    /// The time between two scheduled cleanups; None if none is scheduled.
    pub cleanup_interval: Option<Duration>,
    /// How long events are kept.
    pub event_retention: Duration,
    /// How long a removed session answers `SESSION_REMOVED`.
    pub tombstone_retention: Duration,
    /// How long a client may be silent before it is sent a ping.
    pub ping_interval: Duration,
    /// How long a client may take to answer a ping.
    pub ping_timeout: Duration,
    /// How long requests and connections may take to end when the server is stopped.
    pub drain_timeout: Duration,
    /// The maximum numbers of open connections.
    pub connections: ConnectionLimits,
    /// How long a client may take to send a request.
    pub read_timeouts: ReadTimeouts,
    /// The maximum number of deliveries in the queue of one client.
    pub client_queue_size: usize,
    /// The maximum number of bytes in the queue of one client.
    pub client_queue_bytes: usize,
    /// The maximum size of a request's body and of a WebSocket frame, in bytes.
    pub body_limit: usize,
    /// The limits of the content of one session.
    pub content: ContentLimits,
    /// How many sessions and clients there may be.
    pub sessions: SessionLimits,
    /// Not a setting: only the tests change it.
    pub capacities: Capacities,
    /// The URL by which clients reach the server through a proxy.
    pub public_url: Option<PublicUrl>,
    /// The host names that requests may be for. None: those of this machine if the server listens on
    /// loopback addresses only, else any name.
    pub allowed_hosts: Option<AllowedHosts>,
    /// The web pages that may call besides the server's own.
    pub allowed_origins: Origins,
    /// The proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: TrustedProxies,
    /// How much each caller may send in a second.
    pub rate_limits: RateLimitSettings,
    /// Whether a server without tokens may be reached by other machines.
    pub insecure_no_auth: bool,
    /// The files that `credentials` was read from.
    pub credential_files: CredentialFiles,
    /// The tokens and keys from files and the environment.
    pub credentials: Credentials,
    /// Whether webhooks may go to addresses that are not public.
    pub webhook_allow_private: bool,
    /// Not a setting: only the tests change it.
    pub webhook_schedule: Schedule,
    /// The format of the log.
    pub log_format: LogFormat,
    /// Whether each request is logged at the level info.
    pub access_log: bool,
    /// Filter directives of the tracing crate.
    pub log_filter: String,
    /// Not a setting: only the tests use another clock than the machine's.
    pub clock: Clock,
    /// The TOML file that settings were read from.
    pub file: Option<PathBuf>,
    /// Each setting as it was given, and where, in the order of `--help`.
    pub given: Vec<GivenSetting>,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object on each line.
    Json,
}

/// A setting with its value in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GivenSetting {
    /// Its key in the TOML file. The flag has hyphens for its underscores.
    #[schema(example = "ping_interval")]
    pub name: String,
    /// The value as the flag takes it; null if there is none. A file with a secret is named, never read.
    #[schema(example = "20s")]
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: Source,
    /// The heading that it has in `--help`.
    #[schema(example = "Live connections")]
    pub group: String,
    /// What it means, in one sentence.
    pub help: String,
}

/// Where the value of a setting comes from. What is below overrides what is above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Nothing gives it.
    Default,
    /// The TOML file.
    File,
    /// An environment variable.
    Environment,
    /// A flag.
    Flag,
}
