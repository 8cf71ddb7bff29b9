//! What is handed to the writer, and how it is answered.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::value::RawValue;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;

use super::sqlite::transaction::Transaction;
use crate::engine::presence::PresenceChange;
use crate::engine::request::{ContentRequest, Executed};
use crate::error::Error;

/// A change of the store. It may be applied again if another one has spoilt the transaction.
///
/// What it changes of a session that the transaction's cache may have, or of who is in one, it changes
/// in the cache as well.
pub trait Write: Send + Sync + 'static {
    /// What the caller gets once the change is committed.
    type Output: Send + 'static;

    /// About the bytes that it brings along, where they may be many.
    fn size(&self) -> usize {
        0
    }

    /// Reads, then writes; refuses only before its first write.
    fn apply(
        &self,
        transaction: &mut Transaction<'_>,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// The session as it was right after the join.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The number of clients in the session, the new one included.
    pub active_clients: i64,
    /// The number of the event of the join. If the client was in the session already there is none, and
    /// it is the number of the last event at that moment.
    pub seq: i64,
    /// The content's revision.
    pub revision: i64,
    /// At most 100 of them, as a JSON list of [`Client`](crate::model::Client).
    pub clients: Arc<RawValue>,
}

/// What a caller is answered.
#[derive(Debug)]
pub(in crate::store) enum PresenceReply {
    Joined(Joined),
    /// How many clients are still in.
    Left(i64),
    Disconnected,
}

/// What the writer answers to a change of content: the outcome, or the request itself if it takes too
/// long for a transaction that it shares with others.
pub(in crate::store) type ContentReply = Result<Result<Executed, Error>, Box<ContentRequest>>;

/// Where an answer goes.
pub(in crate::store) type Reply<T> = oneshot::Sender<Result<T, Error>>;
/// Where it arrives.
pub(in crate::store) type ReplyReceiver<T> = oneshot::Receiver<Result<T, Error>>;

/// What a job takes of the room for all that waits for the writer, until its caller is answered; None
/// where it is too small to be counted.
pub(in crate::store) type Room = Option<OwnedSemaphorePermit>;

/// What callers hand to the writer.
pub(in crate::store) enum Job {
    Presence(PresenceChange, Reply<PresenceReply>),
    Content(Box<ContentRequest>, Reply<ContentReply>, Room),
    Single(Box<dyn ErasedWrite>),
}

/// A job that waits for the writer.
pub(in crate::store) struct QueuedJob {
    pub job: Job,
    /// Since when it waits, for its place in the queue as well.
    pub since: Instant,
}

/// A [`Write`] of any kind with its caller.
pub(in crate::store) trait ErasedWrite: Send {
    /// Fails only if the transaction has to go.
    fn run<'a>(
        &'a mut self,
        transaction: &'a mut Transaction<'_>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

    /// The bytes that it brings along.
    fn size(&self) -> usize;

    /// Answers the caller; `failure` is why nothing was committed.
    fn answer(self: Box<Self>, failure: Option<&Error>);
}

struct PendingWrite<W: Write> {
    write: W,
    outcome: Option<Result<W::Output, Error>>,
    reply: Reply<W::Output>,
    size: usize,
    _room: Room,
}

/// A write as a job, and where its answer arrives.
pub(in crate::store) fn pending<W: Write>(
    write: W,
    size: usize,
    room: Room,
) -> (Box<dyn ErasedWrite>, ReplyReceiver<W::Output>) {
    let (reply, receiver) = oneshot::channel();
    (Box::new(PendingWrite { write, outcome: None, reply, size, _room: room }), receiver)
}

impl<W: Write> ErasedWrite for PendingWrite<W> {
    fn run<'a>(
        &'a mut self,
        transaction: &'a mut Transaction<'_>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
        Box::pin(async move {
            let outcome = self.write.apply(transaction).await;
            match outcome {
                Err(failure) if failure.is_server_error() => Err(failure),
                outcome => {
                    self.outcome = Some(outcome);
                    Ok(())
                }
            }
        })
    }

    fn size(&self) -> usize {
        self.size
    }

    fn answer(self: Box<Self>, failure: Option<&Error>) {
        let outcome = match (failure, self.outcome) {
            (Some(failure), _) => Err(failure.clone()),
            (None, Some(outcome)) => outcome,
            (None, None) => Err(Error::internal(anyhow::anyhow!("a change was not applied"))),
        };
        // The caller may have gone; what it asked for is done all the same.
        let _ = self.reply.send(outcome);
    }
}
