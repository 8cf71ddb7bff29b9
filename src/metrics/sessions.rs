//! Sessions, who comes and goes, and the commands of their content.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;

use super::define::metrics;
use super::labelled::Labelled;
use crate::error::Error;
use crate::model::event::RemovalReason;
use crate::model::{Command, DisconnectReason, Transport};

/// What a request to change content came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was executed.
    Applied,
    /// Its idempotency key had been used before; the stored response was returned.
    ReplayedKey,
    /// It is not possible in the current state.
    Refused,
    /// It contradicts a change of somebody else.
    Conflict,
}

/// Something that is counted once its transaction is committed.
#[derive(Debug, Clone, Copy)]
pub enum Occurrence {
    /// A session was created.
    Created,
    /// A session was removed.
    Removed(RemovalReason),
    /// A client has joined a session that it was not in.
    Joined(Transport),
    /// A client is no longer in a session.
    Left(DisconnectReason),
    /// A request to change content was handled: `undo`, `redo`, or the name of its command.
    Content(&'static str, Outcome),
    /// So many events were written that are not published one by one.
    StagedEvents(u64),
}

impl Outcome {
    /// What a request came to that was refused.
    pub fn of_refusal(reason: &Error) -> Self {
        if reason.is_conflict() { Self::Conflict } else { Self::Refused }
    }

    const ALL: [Self; 4] = [Self::Applied, Self::ReplayedKey, Self::Refused, Self::Conflict];

    /// The value of the label `outcome`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::ReplayedKey => "replayed_key",
            Self::Refused => "refused",
            Self::Conflict => "conflict",
        }
    }
}

metrics! {
    /// Sessions, who comes and goes, and the commands of their content. All is counted after the commit.
    pub struct SessionMetrics {
        /// Sessions that exist.
        sessions: Gauge,
        /// Sessions that were created.
        sessions_created_total: Counter,
        /// Sessions that were removed.
        sessions_removed_total: Labelled<Counter, 1> =
            Labelled::new(["reason"], RemovalReason::ALL.map(|reason| [reason.as_str()])),
        /// Joins of a client into a session that it was not in.
        joins_total: Labelled<Counter, 1> =
            Labelled::new(["transport"], Transport::ALL.map(|transport| [transport.label()])),
        /// Clients that are no longer in a session.
        leaves_total: Labelled<Counter, 1> =
            Labelled::new(["reason"], DisconnectReason::ALL.map(|reason| [reason.as_str()])),
        /// Commands, by their type; `ReplaceGraph` is the whole graph at once, also that of a new session.
        commands_total: Labelled<Counter, 2> = Labelled::new(["command", "outcome"], commands()),
        /// Undos.
        undo_total: Labelled<Counter, 1> = Labelled::new(["outcome"], outcomes()),
        /// Redos.
        redo_total: Labelled<Counter, 1> = Labelled::new(["outcome"], outcomes()),
        /// Events that were committed.
        events_total: Counter,
    }
}

impl SessionMetrics {
    /// Counts what a committed transaction did.
    pub fn count(&self, occurrences: &[Occurrence], events: usize) {
        self.events_total.inc_by(events as u64);
        for occurrence in occurrences {
            match *occurrence {
                Occurrence::Created => self.sessions_created_total.inc(),
                Occurrence::Removed(reason) => {
                    self.sessions_removed_total.with([reason.as_str()]).inc()
                }
                Occurrence::Joined(transport) => self.joins_total.with([transport.label()]).inc(),
                Occurrence::Left(reason) => self.leaves_total.with([reason.as_str()]).inc(),
                Occurrence::Content("undo", outcome) => {
                    self.undo_total.with([outcome.label()]).inc()
                }
                Occurrence::Content("redo", outcome) => {
                    self.redo_total.with([outcome.label()]).inc()
                }
                Occurrence::Content(command, outcome) => {
                    self.commands_total.with([command, outcome.label()]).inc()
                }
                Occurrence::StagedEvents(events) => self.events_total.inc_by(events),
            };
        }
    }
}

/// The value of `command` for the replacement of the whole graph, which is no command by name.
pub const REPLACE_GRAPH: &str = "ReplaceGraph";

fn outcomes() -> impl Iterator<Item = [&'static str; 1]> {
    Outcome::ALL.into_iter().map(|outcome| [outcome.label()])
}

fn commands() -> impl Iterator<Item = [&'static str; 2]> {
    Command::NAMES
        .into_iter()
        .chain([REPLACE_GRAPH])
        .flat_map(|command| Outcome::ALL.into_iter().map(move |outcome| [command, outcome.label()]))
}
