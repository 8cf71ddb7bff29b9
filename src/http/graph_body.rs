//! The body of an answer that has a whole graph: a small one at once, a large one in parts, each read
//! from the file and written when there is room for it.
//!
//! A large graph is read as of one moment, and as long as that lasts the WAL can't be begun anew. So a
//! receiver may hold it up only for a while. At first a few parts wait for the receiver and the rest
//! stays in the file; then the rest is read as well, as far as all receivers together leave room for it;
//! and after half a minute the answer breaks off, which the receiver sees.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::graph_json::{Layout, Turn, Writer};
use crate::error::Error;
use crate::state::AppState;
use crate::store::{GraphHead, GraphReader, NodeRow, Placed};

/// About how many bytes a part has.
const PART_BYTES: usize = 64 * 1024;
/// Parts that may wait for each receiver.
const OWN_PARTS: usize = 4;
/// How long a receiver is waited for in all before the rest is read ahead.
const READ_AHEAD_AFTER: Duration = Duration::from_secs(2);
/// How long it is waited for in all before the answer breaks off.
const RECEIVER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long it may go on once the server stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The whole text of a small graph.
pub fn small(head: &GraphHead, nodes: &[NodeRow], layout: Layout) -> String {
    let turns = layout.turns(nodes.iter().map(|node| (node.node_id, node.parent_id)));
    let mut text = String::with_capacity(nodes.len() * 256 + 64);
    text.push_str(layout.beginning());
    let mut writer = Writer::new(layout);
    for Turn { place, ends } in turns {
        if let Some(node) = nodes.get(place as usize) {
            writer.node(&mut text, node, ends);
        }
    }
    writer.end(&mut text, head);
    text
}

/// A body whose parts come from the file.
pub fn large(state: Arc<AppState>, reader: GraphReader, layout: Layout) -> Body {
    let (parts, taken) = mpsc::unbounded_channel();
    let outlet = Outlet::new(&state, parts);
    // Reading the structure takes its time, and others need the runtime's threads.
    let runtime = Handle::current();
    spawn_blocking(move || runtime.block_on(write(reader, layout, outlet)));
    let next = |mut taken: UnboundedReceiver<Part>| async move {
        let part = taken.recv().await?;
        // With the part its room is given back.
        Some((part.map(|(text, _room)| text), taken))
    };
    Body::from_stream(futures_util::stream::unfold(taken, next))
}

/// A part with the room that it takes, or why there are no more.
type Part = Result<(Bytes, OwnedSemaphorePermit), Error>;

async fn write(mut reader: GraphReader, layout: Layout, mut outlet: Outlet) {
    match write_parts(&mut reader, layout, &mut outlet).await {
        Ok(()) | Err(Stop::ReceiverIsGone) => {}
        Err(Stop::Failed(failure)) => {
            failure.log();
            // A body that ends without its end is seen by the receiver.
            let _ = outlet.parts.send(Err(failure));
        }
    }
}

/// Why not all was sent.
enum Stop {
    ReceiverIsGone,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(failure: Error) -> Self {
        Self::Failed(failure)
    }
}

async fn write_parts(
    reader: &mut GraphReader,
    layout: Layout,
    outlet: &mut Outlet,
) -> Result<(), Stop> {
    let head = reader.head;
    let (turns, texts) = {
        let structure = reader.structure().await?;
        let ids = structure.iter().map(|Placed { node_id, parent_id, .. }| (*node_id, *parent_id));
        let turns = layout.turns(ids);
        let texts: Vec<_> = structure.into_iter().map(|node| node.text).collect();
        (turns, texts)
    };
    let mut text = String::with_capacity(PART_BYTES + 4096);
    text.push_str(layout.beginning());
    let mut writer = Writer::new(layout);
    let mut rest = turns.as_slice();
    while !rest.is_empty() {
        let wanted = rest.iter().filter_map(|turn| texts.get(turn.place as usize).copied());
        let nodes = reader.read(wanted).await?;
        if nodes.is_empty() {
            let cause = anyhow::anyhow!("a node that was there is not");
            return Err(Error::internal(cause).into());
        }
        let (now, later) = rest.split_at(nodes.len().min(rest.len()));
        for (turn, node) in now.iter().zip(&nodes) {
            writer.node(&mut text, node, turn.ends);
            if text.len() >= PART_BYTES {
                outlet.send(std::mem::take(&mut text)).await?;
                text.reserve(PART_BYTES + 4096);
            }
        }
        rest = later;
    }
    writer.end(&mut text, &head);
    outlet.send(text).await
}

/// The end by which parts go to the receiver.
struct Outlet {
    /// What waits in it is bound by the room that every part takes.
    parts: UnboundedSender<Part>,
    own: Arc<Semaphore>,
    state: Arc<AppState>,
    /// How long the receiver has been waited for so far. The time that the server itself takes does
    /// not count.
    waited: Duration,
}

impl Outlet {
    fn new(state: &Arc<AppState>, parts: UnboundedSender<Part>) -> Self {
        Self {
            parts,
            own: Arc::new(Semaphore::new(OWN_PARTS)),
            state: state.clone(),
            waited: Duration::ZERO,
        }
    }

    /// Sends a part as soon as there is room for it.
    async fn send(&mut self, text: String) -> Result<(), Stop> {
        let room = match self.own.clone().try_acquire_owned() {
            Ok(room) => room,
            Err(_) => {
                let since = Instant::now();
                let room = self.room().await;
                self.waited += since.elapsed();
                room?
            }
        };
        self.parts.send(Ok((text.into(), room))).map_err(|_| Stop::ReceiverIsGone)
    }

    async fn room(&self) -> Result<OwnedSemaphorePermit, Stop> {
        let spare = async {
            sleep(READ_AHEAD_AFTER.saturating_sub(self.waited)).await;
            self.state.spare_parts.clone().acquire_owned().await
        };
        let stopping = async {
            self.state.draining.cancelled().await;
            sleep(SHUTDOWN_TIMEOUT).await;
        };
        let why = tokio::select! {
            Ok(room) = self.own.clone().acquire_owned() => return Ok(room),
            Ok(room) = spare => return Ok(room),
            () = self.parts.closed() => return Err(Stop::ReceiverIsGone),
            () = sleep(RECEIVER_TIMEOUT.saturating_sub(self.waited)) => "The client did not read the graph in time",
            () = stopping => "The server is shutting down",
        };
        Err(Error::Unavailable(format!("{why}; its response is cut off.")).into())
    }
}
