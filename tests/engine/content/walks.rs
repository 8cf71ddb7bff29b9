//! Requests that would have to walk over more nodes than others can wait for: they are refused as too long,
//! having changed nothing, and do the same as any other once they may walk as far.

use rollcall::model::ContentLimits;

use super::board::{Board, REDO, UNDO, create, execute, link};
use crate::support::content::node_id;
use crate::support::model::{Action, Command, Id, NewNode, Outcome, Refusal, Walk};

/// Nodes that a request may walk over, and the order keys of siblings that count as many.
const MOST: i64 = 3;
const MOST_POSITIONS: u32 = 399;

/// A board whose requests may walk as far, with roots of the numbers from 1 on.
fn with_roots(roots: u32) -> Board {
    let mut board =
        Board::new(ContentLimits { staging_threshold: MOST, ..ContentLimits::default() });
    let root = |number| NewNode { id: node_id(number), parent: None };
    board.done(Action::Replace((1..=roots).map(root).collect()));
    board
}

/// It is too long, and changes nothing; it is done once it may walk as far.
fn is_too_long(board: &mut Board, action: Action) {
    let before = board.dump();
    let refusal = board.ask(None, action.clone(), Walk::Shared).unwrap_err();
    assert_eq!(refusal.code, Refusal::TOO_LONG, "{action:?}");
    assert_eq!(board.dump(), before, "{action:?}");
    board.ask(None, action, Walk::Unlimited).unwrap();
    assert_ne!(board.dump(), before);
}

#[test]
fn index_behind_too_many_siblings_is_too_long() {
    let mut board = with_roots(1_000);
    board.done(execute([create(2_001, None, Some(MOST_POSITIONS))]));
    board.done(execute([create(2_002, None, None)]));
    is_too_long(&mut board, execute([create(2_003, None, Some(MOST_POSITIONS + 2))]));
    // What a batch has done before is taken back.
    let far = create(2_005, None, Some(700));
    is_too_long(
        &mut board,
        execute([create(2_004, None, Some(0)), far, create(2_006, None, None)]),
    );
    // What it walks over is added up.
    let both = [create(2_007, None, Some(250)), create(2_008, None, Some(250))];
    is_too_long(&mut board, execute(both));
}

#[test]
fn undo_behind_too_many_siblings_is_too_long() {
    let mut board = with_roots(1_000);
    let removed = [100, 900].map(node_id).map(Command::Delete);
    board.done(execute(removed));
    is_too_long(&mut board, UNDO);
    board.done(REDO);
    is_too_long(&mut board, UNDO);
}

#[test]
fn large_subtree_that_goes_down_is_too_long() {
    let mut board = with_roots(2);
    board.done(execute((0..3).map(|n| create(10 + n, Some(1), None))));
    is_too_long(&mut board, execute([link(1, Some(2), None)]));
    // Up it may go, and down again where its height is known.
    board.done(UNDO);
    let known = |id: Id, revision| Walk::KnownHeight { revision, id, levels: 2 };
    let refused = |outcome: Outcome| outcome.unwrap_err().code;
    let down = || execute([link(1, Some(2), None)]);
    let before = board.dump();
    assert_eq!(refused(board.ask(None, down(), known(node_id(1), 3))), Refusal::TOO_LONG);
    assert_eq!(refused(board.ask(None, down(), known(node_id(2), 4))), Refusal::TOO_LONG);
    assert_eq!(board.dump(), before);
    board.ask(None, down(), known(node_id(1), 4)).unwrap();
    board.done(UNDO);
    is_too_long(&mut board, REDO);
}

#[test]
fn small_subtree_and_one_that_stays_at_its_level_are_not_too_long() {
    let mut board = with_roots(3);
    board.done(execute((0..2).map(|n| create(10 + n, Some(1), None))));
    board.done(execute([link(1, Some(2), None)]));
    board.done(execute((0..20).map(|n| create(30 + n, Some(1), None))));
    board.done(execute([link(1, Some(3), None)]));
    board.done(execute([Command::Unlink(node_id(1))]));
}
