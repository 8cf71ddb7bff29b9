//! What is asked of a session's content, and what may come of it.

use rollcall::engine::request::Executed;
use rollcall::model::Scope;

use super::{Command, Id, NewNode};

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    Execute(Command),
    /// Another graph in place of the one that is there.
    Replace(Vec<NewNode>),
    Undo(Scope),
    Redo(Scope),
}

/// What the revision of the content must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    Match(i64),
    NoneMatch(i64),
}

impl Condition {
    pub fn holds(self, revision: i64) -> bool {
        match self {
            Self::Match(wanted) => wanted == revision,
            Self::NoneMatch(other) => other != revision,
        }
    }
}

/// How far a request may walk over nodes that it does not name.
#[allow(dead_code, reason = "over HTTP the server decides")]
#[derive(Debug, Clone, Copy)]
pub enum Walk {
    Shared,
    /// The subtree of this node has so many levels, as of a revision.
    KnownHeight {
        revision: i64,
        id: Id,
        levels: usize,
    },
    Unlimited,
}

#[derive(Debug, Clone)]
pub struct Request {
    pub client: Option<String>,
    pub action: Action,
    /// Its Idempotency-Key.
    pub key: Option<String>,
    pub condition: Option<Condition>,
    pub walk: Walk,
}

impl Request {
    /// Whether it is about the steps of a client, but does not say which.
    pub fn lacks_client(&self) -> bool {
        let is_own =
            matches!(self.action, Action::Undo(Scope::Client) | Action::Redo(Scope::Client));
        is_own && self.client.is_none()
    }

    /// Whether it is the same request, so that the same key fits both.
    pub fn is_again(&self, other: &Self) -> bool {
        let is_own =
            matches!(self.action, Action::Undo(Scope::Client) | Action::Redo(Scope::Client));
        self.action == other.action && (!is_own || self.client == other.client)
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub code: String,
    /// The sentence, where the backend has it at hand.
    pub message: String,
}

impl Refusal {
    /// The code of a request that would have to walk further than it may.
    pub const TOO_LONG: &str = "TOO_LONG";
}

pub type Outcome = Result<Executed, Refusal>;
