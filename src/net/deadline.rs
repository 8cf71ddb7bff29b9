//! The deadline of the next read on a connection.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// How long the server waits for bytes from the client.
#[derive(Debug, Clone, Copy)]
pub struct ReadTimeouts {
    /// For the first byte of a request, on a new connection or on one that is kept alive.
    pub idle: Duration,
    /// For the whole head of a request, from its first byte to its last.
    pub header: Duration,
    /// For the next chunk of a request's body. A slow body that goes on does not time out.
    pub body: Duration,
}

impl Default for ReadTimeouts {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(75),
            header: Duration::from_secs(10),
            body: Duration::from_secs(30),
        }
    }
}

/// How far the HTTP server has come with a connection: twice the number of requests that it has answered,
/// plus one while a handler is working on another.
///
/// It is a number rather than a state, so that a change is noticed even if a whole request has passed since
/// the last look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress(pub u64);

impl Progress {
    pub const START: Self = Self(0);
    /// The connection has become a WebSocket, which has its own heartbeat.
    pub const UPGRADED: Self = Self(u64::MAX);

    fn awaited(self) -> Awaited {
        match self {
            Self::UPGRADED => Awaited::Nothing,
            Self(count) if count % 2 == 1 => Awaited::Body,
            Self(_) => Awaited::Request,
        }
    }
}

/// What the server waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Request,
    RestOfHead,
    Body,
    Nothing,
}

/// The deadline by which the next bytes must have arrived.
///
/// Nearly every read moves the deadline, and few reads reach it. So the timer is not reset with each read:
/// it fires at an earlier deadline, and then sleeps until the current one.
pub struct ReadDeadline {
    progress: Progress,
    awaited: Awaited,
    since: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl ReadDeadline {
    pub fn new() -> Self {
        Self {
            progress: Progress::START,
            awaited: Awaited::Request,
            since: Instant::now(),
            timer: None,
        }
    }

    /// Records that bytes have arrived.
    pub fn on_read(&mut self, progress: Progress) {
        self.update(progress);
        match self.awaited {
            Awaited::Request => {
                self.awaited = Awaited::RestOfHead;
                self.since = Instant::now();
            }
            Awaited::Body => self.since = Instant::now(),
            // The deadline is for the whole head; otherwise a client could send it byte by byte for ever.
            Awaited::RestOfHead | Awaited::Nothing => {}
        }
    }

    /// Ready when the deadline has passed.
    pub fn poll_expired(
        &mut self,
        context: &mut Context<'_>,
        progress: Progress,
        timeouts: &ReadTimeouts,
    ) -> Poll<()> {
        self.update(progress);
        let timeout = match self.awaited {
            Awaited::Request => timeouts.idle,
            Awaited::RestOfHead => timeouts.header,
            Awaited::Body => timeouts.body,
            Awaited::Nothing => {
                self.timer = None;
                return Poll::Pending;
            }
        };
        let deadline = self.since + timeout;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        loop {
            ready!(timer.as_mut().poll(context));
            if timer.deadline() >= deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
    }

    fn update(&mut self, progress: Progress) {
        if self.progress != progress {
            self.progress = progress;
            self.awaited = progress.awaited();
            self.since = Instant::now();
        }
    }
}
