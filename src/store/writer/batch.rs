//! As many jobs as go into one transaction.

use tokio::sync::mpsc;

use crate::engine::limits::Capacities;
use crate::engine::presence::PresenceChange;
use crate::engine::request::{ContentRequest, Executed};
use crate::error::Error;
use crate::model::SessionId;
use crate::store::job::{ContentReply, ErasedWrite, Job, PresenceReply, QueuedJob, Reply, Room};

/// What goes into one transaction.
#[derive(Default)]
pub(super) struct Batch {
    pub singles: Vec<Box<dyn ErasedWrite>>,
    pub presence: Vec<PresenceChange>,
    presence_replies: Vec<Reply<PresenceReply>>,
    pub content: Vec<ContentRequest>,
    content_replies: Vec<(Reply<ContentReply>, Room)>,
    /// The bytes that its jobs bring along; what presence brings is bounded by their number.
    size: usize,
}

impl Batch {
    fn push(&mut self, job: Job) {
        match job {
            Job::Single(single) => {
                self.size += single.size();
                self.singles.push(single);
            }
            Job::Presence(change, reply) => {
                self.presence.push(change);
                self.presence_replies.push(reply);
            }
            Job::Content(request, reply, room) => {
                self.size += request.size;
                self.content.push(*request);
                self.content_replies.push((reply, room));
            }
        }
    }

    /// Takes what waits, as long as there is room in it.
    pub fn fill(&mut self, queue: &mut mpsc::Receiver<QueuedJob>, most: &Capacities) {
        while self.len() < most.batch_jobs
            && self.size < most.batch_bytes
            && let Ok(queued) = queue.try_recv()
        {
            self.push(queued.job);
        }
    }

    /// Takes those jobs out that are for the next transaction: the singles and the content behind those
    /// that were served, and the presence changes that are `unfinished`.
    pub fn take_rest(&mut self, singles: usize, content: usize, unfinished: &[bool]) -> Self {
        let mut rest = Self::default();
        self.singles.drain(singles..).for_each(|single| rest.push(Job::Single(single)));
        let content = self.content.drain(content..).zip(self.content_replies.drain(content..));
        for (request, (reply, room)) in content {
            rest.push(Job::Content(Box::new(request), reply, room));
        }
        if unfinished.contains(&true) {
            let presence = std::mem::take(&mut self.presence)
                .into_iter()
                .zip(std::mem::take(&mut self.presence_replies));
            for ((change, reply), unfinished) in presence.zip(unfinished) {
                let batch = if *unfinished { &mut rest } else { &mut *self };
                batch.push(Job::Presence(change, reply));
            }
        }
        rest
    }

    /// Puts the jobs of another behind these.
    pub fn append(&mut self, other: Self) {
        self.singles.extend(other.singles);
        self.presence.extend(other.presence);
        self.presence_replies.extend(other.presence_replies);
        self.content.extend(other.content);
        self.content_replies.extend(other.content_replies);
        self.size += other.size;
    }

    pub fn of(job: Job) -> Self {
        let mut batch = Self::default();
        batch.push(job);
        batch
    }

    /// The sessions that its jobs name.
    pub fn session_ids(&self) -> impl Iterator<Item = SessionId> {
        let presence = self.presence.iter().filter_map(PresenceChange::session_id);
        presence.chain(self.content.iter().map(|request| request.session_id))
    }

    pub fn len(&self) -> usize {
        self.singles.len() + self.presence.len() + self.content.len()
    }

    /// Its jobs in two batches, those that come first in the first one.
    pub fn halve(self) -> (Self, Self) {
        let half = self.len() / 2;
        let (mut first, mut second) = (Self::default(), Self::default());
        let presence = self.presence.into_iter().zip(self.presence_replies);
        let content = self.content.into_iter().zip(self.content_replies);
        let jobs = self
            .singles
            .into_iter()
            .map(Job::Single)
            .chain(presence.map(|(change, reply)| Job::Presence(change, reply)))
            .chain(
                content
                    .map(|(request, (reply, room))| Job::Content(Box::new(request), reply, room)),
            );
        for job in jobs {
            if first.len() < half { first.push(job) } else { second.push(job) }
        }
        (first, second)
    }

    /// Answers every caller. One that has gone does not get it; what it asked for is done all the same.
    pub fn answer(
        self,
        presence: Vec<Result<PresenceReply, Error>>,
        content: Vec<Result<Executed, Error>>,
    ) {
        for single in self.singles {
            single.answer(None);
        }
        for (reply, outcome) in self.presence_replies.into_iter().zip(presence) {
            let _ = reply.send(outcome);
        }
        let callers = self.content.into_iter().zip(self.content_replies);
        for ((request, (reply, _room)), outcome) in callers.zip(content) {
            let _ = reply.send(Ok(match outcome {
                Err(Error::TooLong) => Err(Box::new(request)),
                outcome => Ok(outcome),
            }));
        }
    }

    /// Answers every caller that nothing was done.
    pub fn fail(self, failure: &Error) {
        for single in self.singles {
            single.answer(Some(failure));
        }
        for reply in self.presence_replies {
            let _ = reply.send(Err(failure.clone()));
        }
        for (reply, _room) in self.content_replies {
            let _ = reply.send(Err(failure.clone()));
        }
    }
}
