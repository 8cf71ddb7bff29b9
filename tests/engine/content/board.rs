//! One session in memory whose nodes are named by numbers, for cases that are written step by step.

use futures_util::FutureExt;
use rollcall::engine::limits::Limits;
use rollcall::model::{ContentLimits, Scope};

use super::clock::TestClock;
use super::dump::Dump;
use super::memory::Memory;
use crate::support::content::{Backend, Manner, node_id};
use crate::support::model::{Action, Command, Outcome, Request, Walk};

pub const UNDO: Action = Action::Undo(Scope::Session);
pub const REDO: Action = Action::Redo(Scope::Session);

const MANNER: Manner = Manner { is_cache_lost: false, one_by_one: true };

pub struct Board(Memory);

impl Board {
    pub fn new(content: ContentLimits) -> Self {
        Self::within(Limits { content, ..Limits::default() })
    }

    pub fn within(limits: Limits) -> Self {
        Self(Memory::new(1, limits, TestClock::default()))
    }

    pub fn ask(&mut self, client: Option<&str>, action: Action, walk: Walk) -> Outcome {
        let client = client.map(str::to_owned);
        let requests = [(0, Request { client, action, key: None, condition: None, walk })];
        let changing = self.0.change(&requests, MANNER);
        let mut outcomes = changing.now_or_never().expect("it waits for nothing");
        outcomes.remove(0)
    }

    /// By nobody in particular.
    pub fn done(&mut self, action: Action) {
        self.ask(None, action, Walk::Shared).unwrap();
    }

    pub fn done_by(&mut self, client: &str, action: Action) {
        self.ask(Some(client), action, Walk::Shared).unwrap();
    }

    /// By nobody in particular, as many together as a transaction takes; how many transactions that was.
    pub fn done_together(&mut self, actions: impl IntoIterator<Item = Action>) -> usize {
        let request = |action| Request {
            client: None,
            action,
            key: None,
            condition: None,
            walk: Walk::Shared,
        };
        let requests: Vec<_> = actions.into_iter().map(|action| (0, request(action))).collect();
        let before = self.0.transactions;
        let manner = Manner { is_cache_lost: false, one_by_one: false };
        let outcomes =
            self.0.change(&requests, manner).now_or_never().expect("it waits for nothing");
        outcomes.into_iter().for_each(|outcome| drop(outcome.unwrap()));
        self.0.transactions - before
    }

    /// How many nodes the last change has brought back beside their old positions.
    pub fn last_remaps(&self) -> usize {
        self.0.last_remaps(0)
    }

    /// The indexes in the events since the last call.
    pub fn indexes(&mut self) -> Vec<i64> {
        let events = self.0.events(0).now_or_never().expect("it waits for nothing");
        events.iter().filter_map(|event| event["index"].as_i64()).collect()
    }

    pub fn dump(&self) -> Dump {
        self.0.dump(0)
    }
}

pub fn create(number: u32, parent: Option<u32>, index: Option<u32>) -> Command {
    let (id, parent) = (node_id(number), parent.map(node_id));
    Command::Create { id, parent, index, properties: Default::default() }
}

pub fn link(child: u32, parent: Option<u32>, index: Option<u32>) -> Command {
    Command::Link { child: node_id(child), parent: parent.map(node_id), index }
}

/// One command, or several as a batch.
pub fn execute(commands: impl IntoIterator<Item = Command>) -> Action {
    let mut commands: Vec<Command> = commands.into_iter().collect();
    match commands.len() {
        1 => Action::Execute(commands.remove(0)),
        _ => Action::Execute(Command::Batch(commands)),
    }
}
