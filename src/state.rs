//! The state that all request handlers and tasks share.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::{Access, Grant, Reach};
use crate::clock::Clock;
use crate::config::GivenSetting;
use crate::error::Error;
use crate::hub::Hub;
use crate::log_limit::LogLimit;
use crate::metrics::Metrics;
use crate::model::{ContentLimits, DisconnectReason, Hours, SessionId};
use crate::net::hosts::Hosts;
use crate::net::origins::Origins;
use crate::net::{Caller, PublicUrl, RateLimits, TrustedProxies};
use crate::store::Store;
use crate::telemetry::LogFilter;

/// The shared state: the store, the hub, the limits and the shutdown. It is passed around in an `Arc`.
pub struct AppState {
    /// The sessions, their content and their clients, in the database.
    pub store: Store,
    /// Who listens to which session.
    pub hub: Arc<Hub>,
    /// Who may do what.
    pub access: Access,
    /// How often each caller may do something.
    pub rate_limits: RateLimits,
    /// The proxies whose word on the client's address counts.
    pub trusted_proxies: TrustedProxies,
    /// Limits the log lines about invalid tokens.
    pub failure_log: LogLimit,
    /// What is counted and measured.
    pub metrics: Arc<Metrics>,
    /// Where the time comes from.
    pub clock: Clock,
    /// Limits and timeouts from the settings.
    pub limits: Limits,
    /// The URL by which clients reach the server through a proxy.
    pub public_url: Option<PublicUrl>,
    /// Whether each request is logged at the level info.
    pub access_log: bool,
    /// The host names that requests may be for.
    pub hosts: Hosts,
    /// The origins of web pages that may call.
    pub allowed_origins: Origins,
    /// What the server was started with, for operators.
    pub settings: Settings,
    /// Where backups by request go.
    pub backups: Backups,
    /// Whether webhooks may go to addresses that are not public.
    pub allows_private_webhooks: bool,
    /// Permits for chunks of large graphs that wait in memory for slow clients.
    pub graph_chunks: Arc<Semaphore>,
    /// Cancelled when the server starts to shut down.
    pub draining: CancellationToken,
    /// Live connections, maintenance, and work that outlives its request. The shutdown waits for them.
    pub tasks: TaskTracker,
}

/// How long the answer to an invalid token is delayed once an address has sent many.
const FAILURE_DELAY: Duration = Duration::from_secs(1);

impl AppState {
    /// Where clients find what is at `path`: the path itself, or a URL if the setting `--public-url` is given.
    pub fn location(&self, path: String) -> String {
        match &self.public_url {
            Some(public) => public.of(&path),
            None => path,
        }
    }

    /// What the holder of `token` may do, who calls from `address`. While there are no tokens, one that the
    /// server does not know is ignored: a proxy in front may have checked it. Fails with `UNAUTHORIZED`
    /// otherwise; with `RATE_LIMITED`, and late, if the address has sent many invalid tokens.
    pub async fn authenticate(&self, token: &str, address: IpAddr) -> Result<Grant, Error> {
        match (self.access.authenticate(token, self.clock.now()), self.access.anonymous()) {
            (Ok(grant), _) => Ok(grant),
            (Err(_), Some(open)) => Ok(open),
            (Err(failure), None) => {
                if let Some(suppressed) = self.failure_log.admit(failure.code()) {
                    tracing::warn!(suppressed, %address, reason = %failure, "authentication failed");
                }
                // A proxy on this machine brings everybody's failures from one address.
                if !address.is_loopback()
                    && let Err(limited) = self.rate_limits.failures.check(Caller::at(address))
                {
                    sleep(FAILURE_DELAY).await;
                    return Err(limited);
                }
                Err(failure)
            }
        }
    }

    /// Fails unless a grant is for this session. To a grant for some projects, a session of another project
    /// does not exist: the answer must not say that it does.
    pub async fn check_session(&self, grant: &Grant, session_id: SessionId) -> Result<(), Error> {
        match grant.reach() {
            Reach::All => Ok(()),
            Reach::Sessions(sessions) if sessions.contains(&session_id) => Ok(()),
            Reach::Sessions(_) => Err(Error::NotAllowed {
                message: format!("The token is not for session {session_id}."),
                needs: "session",
            }),
            Reach::Projects(projects) => {
                let project_id = match self.store.overview(session_id).await {
                    Ok(overview) => overview.session.project_id,
                    Err(failure) if failure.is_no_session() => None,
                    Err(failure) => return Err(failure),
                };
                match project_id.is_some_and(|id| projects.contains(&id)) {
                    true => Ok(()),
                    false => Err(Error::SessionNotFound(session_id)),
                }
            }
        }
    }

    /// Reads the service tokens from the database anew.
    pub async fn reload_tokens(&self) -> Result<(), Error> {
        let read = self.access.tokens.begin_read();
        let stored = self.store.tokens().await?;
        self.change_access(|access| access.tokens.replace(read, stored, self.clock.now()));
        Ok(())
    }

    /// Changes which tokens there are. With the first token, everybody who came without one is disconnected:
    /// the server was open to them, and is not any more.
    pub fn change_access(&self, change: impl FnOnce(&Access)) {
        let was_open = self.access.anonymous().is_some();
        change(&self.access);
        if was_open && self.access.anonymous().is_none() {
            self.hub.end_all(DisconnectReason::TokenEnded);
        }
    }
}

/// What the server was started with.
pub struct Settings {
    /// The TOML file, if one was given.
    pub file: Option<PathBuf>,
    /// Each setting, and where it comes from.
    pub given: Vec<GivenSetting>,
    /// The filter of the log, which an operator may change.
    pub log_filter: LogFilter,
}

/// Where backups by request go, and how many are kept.
#[derive(Debug, Clone)]
pub struct Backups {
    /// The file of the newest one; None if there is no folder for them.
    pub target: Option<PathBuf>,
    /// How many before it are kept.
    pub keep: u32,
}

/// How many chunks of large graphs, 64 KiB each, may wait in memory for all slow clients together, in
/// addition to the few that each client may have: 64 MiB.
pub const MAX_SHARED_GRAPH_CHUNKS: usize = 1024;

/// How many bytes of a body or a frame are read and discarded beyond its limit. If the connection were closed
/// at once, a client that is still writing would not get to read the error.
pub const OVERSIZE_DRAIN_BYTES: usize = 16 * 1024 * 1024;

/// Limits and timeouts from the settings.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a session without a timeout of its own may be idle before the cleanup may remove it.
    pub max_inactive: Hours,
    /// The time between two scheduled cleanups; None if none is scheduled.
    pub cleanup_interval: Option<Duration>,
    /// How long a client may be silent before it is sent a ping.
    pub ping_interval: Duration,
    /// How long a client may take to answer a ping.
    pub ping_timeout: Duration,
    /// The maximum number of deliveries in the queue of one client.
    pub client_queue_size: usize,
    /// The maximum number of bytes in the queue of one client.
    pub client_queue_bytes: usize,
    /// The maximum number of sessions that one connection may join, and likewise watch.
    pub joined_sessions: usize,
    /// Limits of a session's content.
    pub content: ContentLimits,
    /// The maximum size of a request's body and of a WebSocket frame, in bytes.
    pub body: usize,
    /// The maximum number of open connections, and also of Socket.IO clients that poll.
    pub connections: usize,
    /// How long the next chunk of a request's body may take.
    pub body_timeout: Duration,
}
