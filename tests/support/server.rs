//! The service in the test's own process.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use rollcall::app::App;
use rollcall::clock::Clock;
use rollcall::config::{Config, ServeArguments};
use rollcall::engine::limits::Capacities;
use rollcall::model::webhook::Schedule;
use rollcall::telemetry::LogFilter;
use sqlx::SqliteConnection;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Api, PATIENCE, Ws, http, sql};

/// A service in this process on a port of its own; its file goes when it is dropped.
pub struct Server {
    pub addr: SocketAddr,
    pub http: reqwest::Client,
    settings: Vec<String>,
    clock: Clock,
    webhook_schedule: Schedule,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<anyhow::Result<()>>>,
}

/// The configuration that these flags give.
pub fn config(folder: &TempDir, settings: &[String]) -> Config {
    let database = folder.path().join("test.db");
    let mut line = vec!["rollcall".to_owned(), "--database".into(), database.display().to_string()];
    line.extend(where_to_listen(settings).map(str::to_owned));
    line.extend(settings.iter().cloned());
    let mut config = ServeArguments::parse_from(line).resolve().unwrap();
    config.capacities = capacities();
    config
}

/// Those of the release, or with `TEST_CAPACITIES=tiny` such that a few sessions, siblings and jobs come
/// past each. Servers that run as a process of their own always have those of the release.
fn capacities() -> Capacities {
    match std::env::var("TEST_CAPACITIES").as_deref() {
        Ok("tiny") => Capacities {
            cached_sessions: 20,
            cached_siblings: 5,
            batch_jobs: 4,
            batch_bytes: 512,
            transaction_bytes: 1024,
            departures: 5,
            listed_bytes: 64 * 1024,
            queued_bytes: 8 * 1024,
        },
        Ok(other) => panic!("TEST_CAPACITIES={other}: there is only tiny"),
        Err(_) => Capacities::default(),
    }
}

/// A free port of this machine, unless the settings say where to listen.
pub(super) fn where_to_listen(settings: &[String]) -> impl Iterator<Item = &'static str> + use<> {
    let is_said = settings.iter().any(|setting| setting == "--listen");
    ["--listen", "127.0.0.1:0"].into_iter().filter(move |_| !is_said)
}

/// Where a client of this machine reaches a server that listens there.
pub(super) fn reachable(mut addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        addr.set_ip([127, 0, 0, 1].into());
    }
    addr
}

impl Server {
    /// With the default settings, but without scheduled cleanup.
    pub async fn start() -> Self {
        Self::with(&["--cleanup-interval", "off"]).await
    }

    /// With these flags.
    pub async fn with(settings: &[&str]) -> Self {
        Self::with_clock(settings, Clock::default()).await
    }

    /// With these flags and another clock than the machine's.
    pub async fn with_clock(settings: &[&str], clock: Clock) -> Self {
        Self::with_all(settings, clock, Schedule::default()).await
    }

    /// With these flags and another schedule of webhooks.
    pub async fn with_webhooks(settings: &[&str], schedule: Schedule) -> Self {
        Self::with_all(settings, Clock::default(), schedule).await
    }

    async fn with_all(settings: &[&str], clock: Clock, webhook_schedule: Schedule) -> Self {
        let mut server = Self {
            addr: ([127, 0, 0, 1], 0).into(),
            http: http(),
            settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
            clock,
            webhook_schedule,
            folder: TempDir::new().unwrap(),
            stop: None,
            running: None,
        };
        server.go().await;
        server
    }

    async fn go(&mut self) {
        let mut config = config(&self.folder, &self.settings);
        config.clock = self.clock.clone();
        config.webhook_schedule = self.webhook_schedule;
        let app = App::build(&config, LogFilter::default()).await.unwrap();
        self.addr = reachable(app.addresses()[0]);
        let (stop, stopped) = oneshot::channel::<()>();
        self.stop = Some(stop);
        self.running = Some(tokio::spawn(app.run(async {
            let _ = stopped.await;
        })));
    }

    /// Stops it in good order.
    pub async fn stop(&mut self) {
        drop(self.stop.take());
        self.running.take().unwrap().await.unwrap().unwrap();
    }

    /// Waits until it ends without being stopped; returns its result.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        let running = self.running.take().unwrap();
        tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap()
    }

    /// Stops it in good order and starts it again on the same file.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.go().await;
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("test.db")
    }

    /// A look into the file from outside, as a person with `sqlite3` has it.
    pub async fn sql(&self) -> SqliteConnection {
        sql(self.database()).await
    }

    pub fn api(&self) -> Api {
        Api { addr: self.addr, http: self.http.clone() }
    }

    pub async fn ws(&self) -> Ws {
        Ws::connect(self.addr).await
    }
}
