//! What the doors share: the store, the hub, the limits, and the end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::hub::Hub;
use crate::model::{ContentLimits, Hours};
use crate::net::hosts::Hosts;
use crate::net::origins::Origins;
use crate::store::Store;

/// Everything that a request needs, behind one pointer.
pub struct AppState {
    pub store: Store,
    pub hub: Arc<Hub>,
    pub clock: Clock,
    pub limits: Limits,
    /// To which names it answers.
    pub hosts: Hosts,
    /// Which web pages may call.
    pub allowed_origins: Origins,
    /// Permits for chunks of large graphs that wait in memory for slow clients.
    pub graph_chunks: Arc<Semaphore>,
    /// Cancelled when the server is told to stop.
    pub draining: CancellationToken,
    /// Live connections and work that outlives its request; the end waits for them.
    pub tasks: TaskTracker,
}

/// How many chunks of large graphs, 64 KiB each, may wait in memory for all slow clients together, in
/// addition to the few that each client may have: 64 MiB.
pub const MAX_SHARED_GRAPH_CHUNKS: usize = 1024;

/// How many bytes of a body or a frame are read and discarded beyond its limit. If the connection were closed
/// at once, a client that is still writing would not get to read the error.
pub const OVERSIZE_DRAIN_BYTES: usize = 16 * 1024 * 1024;

/// Bounds that the settings give.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Idle time after which a session without a limit of its own may go.
    pub max_inactive: Hours,
    /// Silence after which a client is asked whether it is there.
    pub ping_interval: Duration,
    /// How long it may take to answer.
    pub ping_timeout: Duration,
    /// Deliveries that may wait for one client.
    pub client_queue_size: usize,
    /// Bytes of deliveries that may wait for one client.
    pub client_queue_bytes: usize,
    /// Bounds of a session's content.
    pub content: ContentLimits,
    /// Bytes of a request's body, and of a frame.
    pub body: usize,
    /// Connections that may be open at once, and clients of Socket.IO that poll.
    pub connections: usize,
    /// How long the next piece of a request's body may take.
    pub body_timeout: Duration,
}
