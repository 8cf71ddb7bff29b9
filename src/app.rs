//! Assembles the server from its parts, runs it, and shuts it down.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::{Access, JoinKeys, Logins, ServiceTokens};
use crate::config::Config;
use crate::engine::limits::Limits as StoreLimits;
use crate::hub::Hub;
use crate::live::lobby;
use crate::log_limit::LogLimit;
use crate::metrics::Metrics;
use crate::net::hosts::Hosts;
use crate::net::{
    ConnectionLimits, Listeners, PARK_AFTER, RateLimits, ReadTimeouts, Server, Timeouts,
};
use crate::state::{AppState, Backups, Limits, MAX_SHARED_GRAPH_CHUNKS, Settings};
use crate::store::{Store, WriterTask};
use crate::supervisor::Supervisor;
use crate::telemetry::LogFilter;
use crate::webhooks::Dispatcher;
use crate::{http, maintenance};

mod handle;

pub use handle::AppHandle;

/// How many connections may be open at the address that serves the metrics alone.
const MAX_SCRAPERS: usize = 64;

/// A server that is bound to its addresses, but does not accept connections yet.
pub struct App {
    state: Arc<AppState>,
    listeners: Listeners,
    /// Where the metrics alone are served, if they are.
    metrics_listeners: Option<Listeners>,
    connection_limits: ConnectionLimits,
    read_timeouts: ReadTimeouts,
    writer: WriterTask,
    supervisor: Supervisor,
    cleanup_interval: Option<Duration>,
    retention: maintenance::Retention,
    drain_timeout: Duration,
    webhooks: Dispatcher,
}

impl App {
    /// Opens the database, disconnects the clients that a crashed server has left in it, and binds to the
    /// address. Fails if the database can't be opened or is in use, or if the address can't be bound.
    pub async fn build(config: &Config, log_filter: LogFilter) -> anyhow::Result<Self> {
        let hub = Arc::new(Hub::default());
        let metrics = Arc::new(Metrics::default());
        let draining = CancellationToken::new();
        let supervisor = Supervisor::new(draining.clone());
        let limits = StoreLimits {
            content: config.content,
            sessions: config.sessions,
            capacities: config.capacities,
        };
        let (store, writer) = Store::open(
            &config.database,
            config.synchronous,
            limits,
            hub.clone(),
            config.clock.clone(),
            supervisor.clone(),
            metrics.clone(),
        )
        .await?;
        let listeners = Listeners::bind(&config.listen)
            .await
            .with_context(|| format!("cannot listen on {} (--listen)", config.listen))?;
        let metrics_listeners = match &config.metrics_listen {
            None => None,
            Some(address) => Some(Listeners::bind(address).await.with_context(|| {
                format!("cannot serve metrics on {address} (--metrics-listen)")
            })?),
        };
        let credentials = config.credentials.clone();
        let access = Access {
            tokens: ServiceTokens::new(credentials.admin_token),
            join_keys: JoinKeys::new(
                credentials.join_key,
                credentials.join_key_previous,
                credentials.join_public_keys,
            ),
            logins: Logins::default(),
        };
        let read = access.tokens.begin_read();
        access.tokens.replace(read, store.tokens().await?, config.clock.now());
        if let Some(key) = store.join_key().await? {
            access.join_keys.set_stored(key);
        }
        check_exposure(&access, config, listeners.addresses())?;
        let mut hosts = Hosts::new(config.allowed_hosts.clone(), listeners.addresses());
        if let Some(public) = &config.public_url {
            hosts = hosts.with(public.host());
        }
        let state = Arc::new(AppState {
            store,
            hub,
            metrics,
            access,
            rate_limits: RateLimits::new(config.rate_limits),
            trusted_proxies: config.trusted_proxies.clone(),
            failure_log: LogLimit::new(),
            clock: config.clock.clone(),
            limits: Limits {
                max_inactive: config.max_inactive,
                cleanup_interval: config.cleanup_interval,
                ping_interval: config.ping_interval,
                ping_timeout: config.ping_timeout,
                client_queue_size: config.client_queue_size,
                client_queue_bytes: config.client_queue_bytes,
                joined_sessions: config.sessions.joined,
                content: config.content,
                body: config.body_limit,
                connections: config.connections.total,
                body_timeout: config.read_timeouts.body,
            },
            public_url: config.public_url.clone(),
            access_log: config.access_log,
            hosts,
            allowed_origins: config.allowed_origins.clone(),
            settings: Settings {
                file: config.file.clone(),
                given: config.given.clone(),
                log_filter,
            },
            backups: backups(config),
            allows_private_webhooks: config.webhook_allow_private,
            graph_chunks: Arc::new(Semaphore::new(MAX_SHARED_GRAPH_CHUNKS)),
            draining,
            tasks: TaskTracker::new(),
        });
        let retention = maintenance::Retention {
            events: config.event_retention,
            tombstones: config.tombstone_retention,
        };
        let webhooks = Dispatcher::new(
            state.store.clone(),
            config.clock.clone(),
            config.webhook_schedule,
            config.webhook_allow_private,
            state.metrics.clone(),
        );
        let cleanup_interval = config.cleanup_interval;
        Ok(Self {
            state,
            listeners,
            metrics_listeners,
            connection_limits: config.connections,
            read_timeouts: config.read_timeouts,
            writer,
            supervisor,
            cleanup_interval,
            retention,
            drain_timeout: config.drain_timeout,
            webhooks,
        })
    }

    /// The bound addresses, with the actual ports.
    pub fn addresses(&self) -> &[SocketAddr] {
        self.listeners.addresses()
    }

    /// A handle for those who look after it while it runs.
    pub fn handle(&self) -> AppHandle {
        AppHandle::new(self.state.clone())
    }

    /// Whether everybody who reaches the server may do everything, because there are no tokens.
    pub fn is_open(&self) -> bool {
        self.state.access.anonymous().is_some()
    }

    /// The addresses at which the metrics alone are served, with the actual ports; empty if there are none.
    pub fn metrics_addresses(&self) -> &[SocketAddr] {
        self.metrics_listeners.as_ref().map_or(&[], Listeners::addresses)
    }

    /// Serves until `shutdown`, then disconnects all clients and closes the database. Also shuts down,
    /// and then fails, if an essential task ends or panics.
    pub async fn run(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let Self {
            state,
            listeners,
            metrics_listeners,
            connection_limits,
            read_timeouts,
            writer,
            supervisor,
            cleanup_interval,
            retention,
            drain_timeout,
            webhooks,
        } = self;
        maintenance::start(&state, &supervisor, cleanup_interval, retention);
        let lobby = state.draining.clone().run_until_cancelled_owned(lobby::run(state.clone()));
        state.tasks.spawn(supervisor.watch("lobby", async {
            lobby.await;
        }));
        let draining = state.draining.clone();
        state.tasks.spawn(supervisor.watch("webhooks", webhooks.run(draining.clone())));
        let signal = draining.clone();
        tokio::spawn(async move {
            shutdown.await;
            signal.cancel();
        });
        let limits = state.limits;
        let timeouts = Timeouts {
            read: read_timeouts,
            write: limits.ping_interval + limits.ping_timeout,
            park_after: PARK_AFTER,
        };
        let server = Server::new(
            http::router(state.clone()),
            http::error_response,
            connection_limits,
            timeouts,
            state.metrics.clone(),
            draining.clone(),
        );
        if let Some(listeners) = metrics_listeners {
            let limits = ConnectionLimits { total: MAX_SCRAPERS, ..ConnectionLimits::default() };
            let router = http::metrics_router(state.clone());
            let server = Server::new(
                router,
                http::error_response,
                limits,
                timeouts,
                state.metrics.clone(),
                draining.clone(),
            );
            tokio::spawn(supervisor.watch("metrics server", server.run(listeners)));
        }
        let server = tokio::spawn(supervisor.watch("server", server.run(listeners)));
        tokio::select! {
            () = draining.cancelled() => tracing::info!("shutting down"),
            () = supervisor.failed() => {
                tracing::error!(reason = supervisor.failure(), "shutting down");
                draining.cancel();
            }
        }
        let deadline = Instant::now() + drain_timeout;
        if timeout_at(deadline, server).await.is_err() {
            tracing::warn!("some requests did not end in time");
        }
        state.tasks.close();
        if timeout_at(deadline, state.tasks.wait()).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        writer.finish().await;
        tracing::info!("stopped");
        match supervisor.failure() {
            None => Ok(()),
            Some(reason) => bail!("{reason}; restart the server"),
        }
    }
}

/// Backups have the name of the database, with an end that distinguishes them.
fn backups(config: &Config) -> Backups {
    let target = config.backup_dir.as_ref().map(|folder| {
        let mut name = config.database.file_name().unwrap_or_default().to_owned();
        name.push(".backup");
        folder.join(name)
    });
    Backups { target, keep: u32::try_from(config.backup_keep).unwrap_or(u32::MAX) }
}

/// Fails if other machines could reach a server without tokens, unless the operator has said that they may.
fn check_exposure(
    access: &Access,
    config: &Config,
    addresses: &[SocketAddr],
) -> anyhow::Result<()> {
    let exposed = addresses.iter().find(|address| !address.ip().is_loopback());
    match exposed {
        Some(address) if access.anonymous().is_some() && !config.insecure_no_auth => bail!(
            "other machines can reach {address} (--listen), and there are no tokens: anybody could do \
             everything. Make a token with: rollcall token create NAME --scope admin --database {}; or \
             listen on 127.0.0.1; or give --insecure-no-auth",
            config.database.display()
        ),
        _ => Ok(()),
    }
}
