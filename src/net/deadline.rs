//! How long a connection may take to say something.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// How long this side waits for what the other end has to send.
#[derive(Debug, Clone, Copy)]
pub struct ReadTimeouts {
    /// For the first byte of a request, be it the first one of the connection or a later one.
    pub idle: Duration,
    /// For the whole head of a request, from its first byte on.
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

/// How far the HTTP server has come with a connection: twice the requests that it has answered, and
/// one more while a handler works on another.
///
/// It is a number and not just a state, since between two looks at it a whole request may have passed.
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

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Request,
    RestOfHead,
    Body,
    Nothing,
}

/// The moment by which the next bytes must have come.
///
/// Most reads move it and few reach it. So the timer is not moved along: it fires at some earlier
/// deadline, looks whether that has moved, and then sleeps for the rest.
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

    /// Takes note that bytes have come.
    pub fn on_read(&mut self, progress: Progress) {
        self.follow(progress);
        match self.awaited {
            Awaited::Request => {
                self.awaited = Awaited::RestOfHead;
                self.since = Instant::now();
            }
            Awaited::Body => self.since = Instant::now(),
            // A head has to be there in time as a whole, or it could come a byte at a time.
            Awaited::RestOfHead | Awaited::Nothing => {}
        }
    }

    /// Comes back when the bytes that are waited for are late.
    pub fn poll_late(
        &mut self,
        context: &mut Context<'_>,
        progress: Progress,
        timeouts: &ReadTimeouts,
    ) -> Poll<()> {
        self.follow(progress);
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

    fn follow(&mut self, progress: Progress) {
        if self.progress != progress {
            self.progress = progress;
            self.awaited = progress.awaited();
            self.since = Instant::now();
        }
    }
}
