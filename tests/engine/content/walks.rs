//! Requests that would have to walk over more nodes than others can wait for: they are refused as too long,
//! having changed nothing, and do the same as any other once they may walk as far.

use futures_util::FutureExt;
use rollcall::engine::limits::Limits;
use rollcall::model::{ContentLimits, Scope};

use super::clock::TestClock;
use super::dump::Dump;
use super::memory::Memory;
use crate::support::content::{Backend, Manner, node_id};
use crate::support::model::{Action, Command, Id, NewNode, Outcome, Refusal, Request, Walk};

/// Nodes that a request may walk over, and the order keys of siblings that count as many.
const MOST: i64 = 3;
const MOST_POSITIONS: u32 = 399;

const MANNER: Manner = Manner { is_cache_lost: false, one_by_one: true };

/// A session in memory, with its nodes named by numbers.
struct Board(Memory);

impl Board {
    /// With roots of the numbers from 1 on.
    fn with_roots(roots: u32) -> Self {
        let content = ContentLimits { staging_threshold: MOST, ..ContentLimits::default() };
        let limits = Limits { content, ..Limits::default() };
        let mut board = Self(Memory::new(1, limits, TestClock::default()));
        let root = |number| NewNode { id: node_id(number), parent: None };
        board.done(Action::Replace((1..=roots).map(root).collect()));
        board
    }

    fn ask(&mut self, action: Action, walk: Walk) -> Outcome {
        let requests = [(0, Request { client: None, action, key: None, condition: None, walk })];
        let changing = self.0.change(&requests, MANNER);
        let mut outcomes = changing.now_or_never().expect("it waits for nothing");
        outcomes.remove(0)
    }

    fn done(&mut self, action: Action) {
        self.ask(action, Walk::Shared).unwrap();
    }

    fn dump(&self) -> Dump {
        self.0.dump(0)
    }

    /// It is too long, and changes nothing; it is done once it may walk as far.
    fn is_too_long(&mut self, action: Action) {
        let before = self.dump();
        let refusal = self.ask(action.clone(), Walk::Shared).unwrap_err();
        assert_eq!(refusal.code, Refusal::TOO_LONG, "{action:?}");
        assert_eq!(self.dump(), before, "{action:?}");
        self.ask(action, Walk::Unlimited).unwrap();
        assert_ne!(self.dump(), before);
    }
}

fn create(number: u32, parent: Option<u32>, index: Option<u32>) -> Command {
    let (id, parent) = (node_id(number), parent.map(node_id));
    Command::Create { id, parent, index, properties: Default::default() }
}

fn link(child: u32, parent: u32, index: Option<u32>) -> Command {
    Command::Link { child: node_id(child), parent: Some(node_id(parent)), index }
}

fn execute(commands: impl IntoIterator<Item = Command>) -> Action {
    let mut commands: Vec<Command> = commands.into_iter().collect();
    match commands.len() {
        1 => Action::Execute(commands.remove(0)),
        _ => Action::Execute(Command::Batch(commands)),
    }
}

const UNDO: Action = Action::Undo(Scope::Session);
const REDO: Action = Action::Redo(Scope::Session);

#[test]
fn index_behind_too_many_siblings_is_too_long() {
    let mut board = Board::with_roots(1_000);
    board.done(execute([create(2_001, None, Some(MOST_POSITIONS))]));
    board.done(execute([create(2_002, None, None)]));
    board.is_too_long(execute([create(2_003, None, Some(MOST_POSITIONS + 2))]));
    // What a batch has done before is taken back.
    let far = create(2_005, None, Some(700));
    board.is_too_long(execute([create(2_004, None, Some(0)), far, create(2_006, None, None)]));
    // What it walks over is added up.
    let both = [create(2_007, None, Some(250)), create(2_008, None, Some(250))];
    board.is_too_long(execute(both));
}

#[test]
fn undo_behind_too_many_siblings_is_too_long() {
    let mut board = Board::with_roots(1_000);
    let removed = [100, 900].map(node_id).map(Command::Delete);
    board.done(execute(removed));
    board.is_too_long(UNDO);
    board.done(REDO);
    board.is_too_long(UNDO);
}

#[test]
fn large_subtree_that_goes_down_is_too_long() {
    let mut board = Board::with_roots(2);
    board.done(execute((0..3).map(|n| create(10 + n, Some(1), None))));
    board.is_too_long(execute([link(1, 2, None)]));
    // Up it may go, and down again where its height is known.
    board.done(UNDO);
    let known = |id: Id, revision| Walk::KnownHeight { revision, id, levels: 2 };
    let refused = |outcome: Outcome| outcome.unwrap_err().code;
    let down = || execute([link(1, 2, None)]);
    let before = board.dump();
    assert_eq!(refused(board.ask(down(), known(node_id(1), 3))), Refusal::TOO_LONG);
    assert_eq!(refused(board.ask(down(), known(node_id(2), 4))), Refusal::TOO_LONG);
    assert_eq!(board.dump(), before);
    board.ask(down(), known(node_id(1), 4)).unwrap();
    board.done(UNDO);
    board.is_too_long(REDO);
}

#[test]
fn small_subtree_and_one_that_stays_at_its_level_are_not_too_long() {
    let mut board = Board::with_roots(3);
    board.done(execute((0..2).map(|n| create(10 + n, Some(1), None))));
    board.done(execute([link(1, 2, None)]));
    board.done(execute((0..20).map(|n| create(30 + n, Some(1), None))));
    board.done(execute([link(1, 3, None)]));
    board.done(execute([Command::Unlink(node_id(1))]));
}
