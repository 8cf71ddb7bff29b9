//! The response body with a whole graph: a small one is written at once, a large one is streamed in chunks
//! while it is read from the database.
//!
//! A large graph is read in one transaction, and while that is open SQLite can't reset its write-ahead
//! log. So the time for which a slow client can delay the end of the transaction is bounded, in three
//! steps. First, at most [`CHUNKS_PER_CLIENT`] chunks wait for the client, and reading pauses. After
//! [`READ_AHEAD_DELAY`] of pauses the rest is read into memory, as far as the chunks shared by all
//! clients suffice. After [`CLIENT_TIMEOUT`] of pauses the response is cut off, which the client notices.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::graph_json::{Layout, Step, Writer};
use crate::error::Error;
use crate::memory;
use crate::state::AppState;
use crate::store::{GraphHead, GraphReader, NodeRow, Placed};

/// The size of a chunk, approximately.
const CHUNK_BYTES: usize = 64 * 1024;

/// Extra capacity of a chunk's buffer, for the last node in it.
const CHUNK_MARGIN_BYTES: usize = 4096;

/// The number of chunks that may wait for each client.
const CHUNKS_PER_CLIENT: usize = 4;

/// How long reading pauses in total before the rest is read ahead.
const READ_AHEAD_DELAY: Duration = Duration::from_secs(2);

/// How long reading pauses in total before the response is cut off.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a response may continue after the server has begun to shut down.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The JSON text of a small graph.
pub fn small(head: &GraphHead, nodes: &[NodeRow], layout: Layout) -> String {
    let steps = layout.steps(nodes.iter().map(|node| (node.node_id, node.parent_id)));
    let mut text = String::with_capacity(nodes.len() * 256 + 64);
    text.push_str(layout.prefix());
    let mut writer = Writer::new(layout);
    for Step { index, closes } in steps {
        if let Some(node) = nodes.get(index as usize) {
            writer.node(&mut text, node, closes);
        }
    }
    writer.finish(&mut text, head);
    text
}

/// A body that streams a large graph.
pub fn large(state: Arc<AppState>, reader: GraphReader, layout: Layout) -> Body {
    let (chunks, received) = mpsc::unbounded_channel();
    let sender = ChunkSender::new(&state, chunks);
    // Sorting the structure of a large graph takes long, and must not block a thread of the runtime.
    let runtime = Handle::current();
    spawn_blocking(move || {
        runtime.block_on(write(reader, layout, sender));
        memory::give_back();
    });
    let next = |mut received: UnboundedReceiver<Chunk>| async move {
        let chunk = received.recv().await?;
        // The permit is dropped here, which makes room for another chunk.
        Some((chunk.map(|(text, _permit)| text), received))
    };
    Body::from_stream(futures_util::stream::unfold(received, next))
}

/// A chunk with the permit that bounds how many may wait, or the reason why no more follow.
type Chunk = Result<(Bytes, OwnedSemaphorePermit), Error>;

async fn write(mut reader: GraphReader, layout: Layout, mut sender: ChunkSender) {
    match write_chunks(&mut reader, layout, &mut sender).await {
        Ok(()) | Err(Interruption::Disconnected) => {}
        Err(Interruption::Failed(failure)) => {
            failure.log();
            // An error in the stream ends the body without its final chunk, from which the client sees that
            // it is incomplete.
            let _ = sender.chunks.send(Err(failure));
        }
    }
}

/// Why the body is incomplete.
enum Interruption {
    /// The client has disconnected.
    Disconnected,
    Failed(Error),
}

impl From<Error> for Interruption {
    fn from(failure: Error) -> Self {
        Self::Failed(failure)
    }
}

async fn write_chunks(
    reader: &mut GraphReader,
    layout: Layout,
    sender: &mut ChunkSender,
) -> Result<(), Interruption> {
    let head = reader.head;
    let (steps, texts) = {
        let structure = reader.structure().await?;
        let ids = structure.iter().map(|Placed { node_id, parent_id, .. }| (*node_id, *parent_id));
        let steps = layout.steps(ids);
        let texts: Vec<_> = structure.into_iter().map(|node| node.text).collect();
        (steps, texts)
    };
    let mut text = String::with_capacity(CHUNK_BYTES + CHUNK_MARGIN_BYTES);
    text.push_str(layout.prefix());
    let mut writer = Writer::new(layout);
    let mut remaining = steps.as_slice();
    while !remaining.is_empty() {
        let wanted = remaining.iter().filter_map(|step| texts.get(step.index as usize).copied());
        let nodes = reader.read(wanted).await?;
        if nodes.is_empty() {
            let cause = anyhow::anyhow!("a node has disappeared within a read transaction");
            return Err(Error::internal(cause).into());
        }
        let (now, later) = remaining.split_at(nodes.len().min(remaining.len()));
        for (step, node) in now.iter().zip(&nodes) {
            writer.node(&mut text, node, step.closes);
            if text.len() >= CHUNK_BYTES {
                sender.send(std::mem::take(&mut text)).await?;
                text.reserve(CHUNK_BYTES + CHUNK_MARGIN_BYTES);
            }
        }
        remaining = later;
    }
    writer.finish(&mut text, &head);
    sender.send(text).await
}

/// Sends chunks to the body, as many as may wait for the client.
struct ChunkSender {
    /// Each chunk in it holds a permit, so it is bounded.
    chunks: UnboundedSender<Chunk>,
    own_permits: Arc<Semaphore>,
    state: Arc<AppState>,
    /// How long reading has paused for the client so far. The time for reading itself does not count.
    paused: Duration,
}

impl ChunkSender {
    fn new(state: &Arc<AppState>, chunks: UnboundedSender<Chunk>) -> Self {
        Self {
            chunks,
            own_permits: Arc::new(Semaphore::new(CHUNKS_PER_CLIENT)),
            state: state.clone(),
            paused: Duration::ZERO,
        }
    }

    /// Sends a chunk as soon as there is room for it.
    async fn send(&mut self, text: String) -> Result<(), Interruption> {
        let permit = match self.own_permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let start = Instant::now();
                let permit = self.wait_for_permit().await;
                self.paused += start.elapsed();
                permit?
            }
        };
        self.chunks.send(Ok((text.into(), permit))).map_err(|_| Interruption::Disconnected)
    }

    async fn wait_for_permit(&self) -> Result<OwnedSemaphorePermit, Interruption> {
        let shared = async {
            sleep(READ_AHEAD_DELAY.saturating_sub(self.paused)).await;
            self.state.graph_chunks.clone().acquire_owned().await
        };
        let late = sleep(CLIENT_TIMEOUT.saturating_sub(self.paused));
        let shutdown = async {
            self.state.draining.cancelled().await;
            sleep(SHUTDOWN_TIMEOUT).await;
        };
        let reason = tokio::select! {
            Ok(permit) = self.own_permits.clone().acquire_owned() => return Ok(permit),
            Ok(permit) = shared => return Ok(permit),
            () = self.chunks.closed() => return Err(Interruption::Disconnected),
            () = late => "The client did not read the graph in time",
            () = shutdown => "The server is shutting down",
        };
        Err(Error::Unavailable(format!("{reason}; its response is cut off.")).into())
    }
}
