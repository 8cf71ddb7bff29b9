//! Random changes of content by several clients, compared after each transaction with the model and with
//! a follower that reads only events. The same run plays on the engine alone, on a store, and over HTTP.

mod acts;
mod choice;
mod run;

pub use acts::{Mode, turns};
#[allow(unused_imports, reason = "not every test program names nodes")]
pub use choice::node_id;
pub use run::{Run, play};

use rollcall::model::CommandId;
use serde_json::Value;

use super::model::{Outcome, Request, Tree};

/// A way to the server, or to a part of it.
pub trait Backend {
    /// Who asks; None where a caller of REST does not say.
    fn clients(&self) -> Vec<Option<String>> {
        [None, Some("ada"), Some("bob"), Some("cleo")].map(|name| name.map(str::to_owned)).to_vec()
    }

    /// Sends requests, each to the session of this number, in order. An outcome for each. What can do
    /// several in one transaction does.
    async fn change(&mut self, requests: &[(usize, Request)], manner: Manner) -> Vec<Outcome>;

    /// The events of a session since the last call, each with `type` and `seq`.
    async fn events(&mut self, session: usize) -> Vec<Value>;

    /// A session as it is stored.
    async fn observe(&mut self, session: usize) -> Observed;

    /// Forgets all that is not durable.
    async fn restart(&mut self);

    /// Whether a change that is too long for a transaction is staged, so that no caller is notified of that.
    fn is_staged(&self) -> bool {
        true
    }

    /// The bytes that the changes of a new step have in the history; 0 where that can't be known, and no
    /// step is forgotten for its bytes.
    fn bytes_of_step(&self, _: CommandId) -> i64 {
        0
    }
}

/// How requests are sent.
#[allow(dead_code, reason = "over HTTP each request is sent alone")]
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Nothing is known any more of what earlier transactions have read.
    pub is_cache_lost: bool,
    /// The requests of a transaction are applied one after the other, in place of all together.
    pub one_by_one: bool,
}

/// What is stored of a session.
#[derive(Debug)]
pub struct Observed {
    pub tree: Tree,
    pub seq: i64,
    pub revision: i64,
    pub node_count: i64,
    /// Whether anybody may undo and redo something.
    pub available: (bool, bool),
    /// The steps of the history, each with whether it is undone.
    pub steps: Vec<(CommandId, bool)>,
    /// How many older steps are no longer kept.
    pub forgotten: i64,
}
