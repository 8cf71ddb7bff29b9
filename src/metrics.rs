//! What the server counts and measures, for Prometheus. The registry is a value that the state holds.
//!
//! A metric is one field of a group: its name, its type, and its doc comment, which is its help text.
//! docs/metrics.md lists them; a test compares the two.

mod define;
mod http;
mod labelled;
mod live;
mod maintenance;
mod process;
mod sessions;
mod stopwatch;
mod storage;
mod webhooks;
mod writer;

use std::fmt;

use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

pub use http::HttpMetrics;
pub use labelled::Labelled;
pub use live::{Carrier, LiveMetrics};
pub use maintenance::MaintenanceMetrics;
pub use sessions::{Occurrence, Outcome, REPLACE_GRAPH, SessionMetrics};
pub use stopwatch::Stopwatch;
pub use storage::StorageMetrics;
pub use webhooks::WebhookMetrics;
pub use writer::WriterMetrics;

use define::metrics;

/// The name of every metric of the server begins with it; those of the process begin with `process`.
const PREFIX: &str = "rollcall";

metrics! {
    /// The server as a whole.
    pub struct ServiceMetrics {
        /// Always 1; the label is the version of the program.
        build_info: Labelled<Gauge, 1> = Labelled::new(["version"], [[env!("CARGO_PKG_VERSION")]]),
        /// 1 if the server is ready, as `/api/v1/ready` says, else 0.
        ready: Gauge,
        /// 1 if requests need a token, else 0.
        auth_required: Gauge,
    }
}

/// All metrics, in groups.
pub struct Metrics {
    registry: Registry,
    /// The server as a whole.
    pub service: ServiceMetrics,
    /// HTTP requests.
    pub http: HttpMetrics,
    /// Live connections.
    pub live: LiveMetrics,
    /// Sessions and their content.
    pub sessions: SessionMetrics,
    /// The writer and its transactions.
    pub writer: WriterMetrics,
    /// The database file.
    pub storage: StorageMetrics,
    /// Messages to other servers.
    pub webhooks: WebhookMetrics,
    /// Scheduled maintenance.
    pub maintenance: MaintenanceMetrics,
}

/// The text formats that Prometheus reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// The text format 0.0.4 of Prometheus.
    Prometheus,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let own = registry.sub_registry_with_prefix(PREFIX);
        let service = ServiceMetrics::register(own);
        service.build_info.with([env!("CARGO_PKG_VERSION")]).set(1);
        let http = HttpMetrics::register(own);
        let live = LiveMetrics::register(own);
        let sessions = SessionMetrics::register(own);
        let writer = WriterMetrics::register(own);
        let storage = StorageMetrics::register(own);
        let webhooks = WebhookMetrics::register(own);
        let maintenance = MaintenanceMetrics::register(own);
        registry.register_collector(Box::new(process::ProcessMetrics));
        Self { registry, service, http, live, sessions, writer, storage, webhooks, maintenance }
    }
}

impl Metrics {
    /// All metrics as text.
    pub fn encode(&self, format: TextFormat) -> Result<String, fmt::Error> {
        let mut text = String::new();
        match format {
            TextFormat::OpenMetrics => text::encode(&mut text, &self.registry)?,
            TextFormat::Prometheus => prometheus_text::encode(&mut text, &self.registry)?,
        }
        Ok(text)
    }
}

impl TextFormat {
    /// The value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}
