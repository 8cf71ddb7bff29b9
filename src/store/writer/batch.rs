//! Jobs for the writer, and as many of them as go into one transaction.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::{mpsc, oneshot};

use super::Change;
use crate::error::Error;
use crate::session::SessionId;
use crate::store::Transaction;
use crate::store::commands::{ContentRequest, Executed};
use crate::store::presence::{Outcome, PresenceChange};

/// The most jobs in one transaction: past it a commit costs nothing beside the work.
const LARGEST_BATCH: usize = 1024;

/// Where an answer goes.
pub(in crate::store) type Reply<T> = oneshot::Sender<Result<T, Error>>;
/// Where it arrives.
pub(in crate::store) type Promise<T> = oneshot::Receiver<Result<T, Error>>;

/// What callers hand to the writer.
pub(in crate::store) enum Job {
    Presence(PresenceChange, Reply<Outcome>),
    Content(Box<ContentRequest>, Reply<Executed>),
    Single(Box<dyn Pending>),
}

/// A [`Change`] of any kind with its caller.
pub(in crate::store) trait Pending: Send {
    /// Fails only if the transaction has to go.
    fn run<'a>(
        &'a mut self,
        transaction: &'a mut Transaction<'_>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

    /// Tells the caller; `failure` is why nothing was committed.
    fn answer(self: Box<Self>, failure: Option<&Error>);
}

struct Waiting<C: Change> {
    change: C,
    outcome: Option<Result<C::Answer, Error>>,
    reply: Reply<C::Answer>,
}

/// A change as a job, and where its answer arrives.
pub(in crate::store) fn waiting<C: Change>(change: C) -> (Box<dyn Pending>, Promise<C::Answer>) {
    let (reply, answer) = oneshot::channel();
    (Box::new(Waiting { change, outcome: None, reply }), answer)
}

impl<C: Change> Pending for Waiting<C> {
    fn run<'a>(
        &'a mut self,
        transaction: &'a mut Transaction<'_>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
        Box::pin(async move {
            let outcome = self.change.apply(transaction).await;
            match outcome {
                Err(failure) if failure.is_ours() => Err(failure),
                outcome => {
                    self.outcome = Some(outcome);
                    Ok(())
                }
            }
        })
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

/// What goes into one transaction.
#[derive(Default)]
pub(super) struct Batch {
    pub singles: Vec<Box<dyn Pending>>,
    pub presence: Vec<PresenceChange>,
    presence_replies: Vec<Reply<Outcome>>,
    pub content: Vec<ContentRequest>,
    content_replies: Vec<Reply<Executed>>,
}

impl Batch {
    fn push(&mut self, job: Job) {
        match job {
            Job::Single(single) => self.singles.push(single),
            Job::Presence(change, reply) => {
                self.presence.push(change);
                self.presence_replies.push(reply);
            }
            Job::Content(request, reply) => {
                self.content.push(*request);
                self.content_replies.push(reply);
            }
        }
    }

    pub fn of(job: Job) -> Self {
        let mut batch = Self::default();
        batch.push(job);
        batch
    }

    /// The sessions that most of it is about.
    pub fn session_ids(&self) -> impl Iterator<Item = SessionId> {
        let presence = self.presence.iter().filter_map(PresenceChange::session_id);
        presence.chain(self.content.iter().map(|request| request.session_id))
    }

    pub fn len(&self) -> usize {
        self.singles.len() + self.presence.len() + self.content.len()
    }

    /// Each job by itself.
    pub fn split(self) -> impl Iterator<Item = Self> {
        let presence = self.presence.into_iter().zip(self.presence_replies);
        let content = self.content.into_iter().zip(self.content_replies);
        self.singles
            .into_iter()
            .map(Job::Single)
            .chain(presence.map(|(change, reply)| Job::Presence(change, reply)))
            .chain(content.map(|(request, reply)| Job::Content(Box::new(request), reply)))
            .map(Self::of)
    }

    /// Tells every caller. Who has gone does not hear it; what it asked for is done all the same.
    pub fn answer(
        self,
        presence: Vec<Result<Outcome, Error>>,
        content: Vec<Result<Executed, Error>>,
    ) {
        for single in self.singles {
            single.answer(None);
        }
        for (reply, outcome) in self.presence_replies.into_iter().zip(presence) {
            let _ = reply.send(outcome);
        }
        for (reply, outcome) in self.content_replies.into_iter().zip(content) {
            let _ = reply.send(outcome);
        }
    }

    /// Tells every caller that nothing was done.
    pub fn fail(self, failure: &Error) {
        for single in self.singles {
            single.answer(Some(failure));
        }
        for reply in self.presence_replies {
            let _ = reply.send(Err(failure.clone()));
        }
        for reply in self.content_replies {
            let _ = reply.send(Err(failure.clone()));
        }
    }
}

/// What waits, as one batch.
pub(super) fn gather(first: Job, queue: &mut mpsc::Receiver<Job>) -> Batch {
    let mut batch = Batch::of(first);
    while batch.len() < LARGEST_BATCH
        && let Ok(job) = queue.try_recv()
    {
        batch.push(job);
    }
    batch
}
