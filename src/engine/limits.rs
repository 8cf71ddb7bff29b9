//! What bounds the store: the numbers that the settings give, and the sizes that are its own.

use std::time::Duration;

use crate::model::ContentLimits;

/// A day: a mistake is noticed by then.
const DEFAULT_RESTORE_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

/// Everything that bounds sessions, clients and content.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// What bounds one session's content; settings.
    pub content: ContentLimits,
    /// How many sessions and clients there may be; settings.
    pub sessions: SessionLimits,
    /// Sizes of caches, queues and transactions; no settings.
    pub capacities: Capacities,
}

/// How many sessions there may be, how many clients may be together, and for how long a removal can be
/// taken back. Settings; what is there
/// already when one is lowered stays.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Sessions in all.
    pub sessions: usize,
    /// Clients of one session.
    pub clients: usize,
    /// Sessions that one client is in.
    pub joined: usize,
    /// How long a session that was removed can be restored; None if it cannot be.
    pub restore_window: Option<Duration>,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            sessions: 1_000_000,
            clients: 10_000,
            joined: 1_000,
            restore_window: Some(DEFAULT_RESTORE_WINDOW),
        }
    }
}

/// Sizes of caches, queues and transactions. They change no answer, so no operator needs to know
/// them; tests run with tiny ones as well, so that they come past each.
#[derive(Debug, Clone, Copy)]
pub struct Capacities {
    /// Sessions, and parents of nodes, that the writer remembers, some MiB; past it all of them are
    /// forgotten.
    pub cached_sessions: usize,
    /// Siblings whose places are read together; of more, only those that matter.
    pub cached_siblings: usize,
    /// Jobs in one transaction: past it a commit costs nothing beside the work.
    pub batch_jobs: usize,
    /// Bytes of JSON of the jobs after which no other is taken into a transaction: some ten
    /// milliseconds of work.
    pub batch_bytes: usize,
    /// Bytes of events and history after which a transaction begins no other change of content. An
    /// undo is a short request, however long what it does.
    pub transaction_bytes: usize,
    /// Client rows that the disconnects of one transaction take away: about ten milliseconds of work.
    pub departures: usize,
    /// Bytes that the lists of clients may have which the joins of one transaction are answered.
    pub listed_bytes: usize,
    /// Bytes of JSON that may wait for the writer; who has more waits for room.
    pub queued_bytes: usize,
}

impl Default for Capacities {
    fn default() -> Self {
        Self {
            cached_sessions: 10_000,
            cached_siblings: 64,
            batch_jobs: 1_024,
            batch_bytes: 2 * 1024 * 1024,
            transaction_bytes: 4 * 1024 * 1024,
            departures: 500,
            listed_bytes: 16 * 1024 * 1024,
            queued_bytes: 32 * 1024 * 1024,
        }
    }
}
