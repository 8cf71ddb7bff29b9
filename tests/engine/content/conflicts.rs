//! What others do in the way of an undo or a redo, where it takes several commands on the same few nodes.
//! Random commands seldom come to that.

use rollcall::model::{ContentLimits, Scope};

use super::board::{Board, create, execute, link};
use crate::support::content::node_id;
use crate::support::model::{Action, Command, Walk};

const UNDO: Action = Action::Undo(Scope::Client);
const REDO: Action = Action::Redo(Scope::Client);

/// A board with the nodes 1 and 2, of which 1 has the child 3, and that the child 4.
fn board(limits: ContentLimits) -> Board {
    let mut board = Board::new(limits);
    let nodes = [
        create(1, None, None),
        create(2, None, None),
        create(3, Some(1), None),
        create(4, Some(3), None),
    ];
    board.done(execute(nodes));
    board
}

/// The board with the usual limits.
fn usual() -> Board {
    board(ContentLimits::default())
}

/// Ada is refused with this code, for a reason in these words, and nothing is changed.
fn is_refused(board: &mut Board, action: Action, code: &str, words: &str) {
    let before = board.dump();
    let refusal = board.ask(Some("ada"), action, Walk::Shared).unwrap_err();
    assert_eq!(refusal.code, code, "{}", refusal.message);
    assert!(refusal.message.contains(words), "{} is not: {words}", refusal.message);
    assert_eq!(board.dump(), before);
}

/// The node is in the way, because of what has been done with it.
fn conflicts(board: &mut Board, action: Action, number: u32, what: &str) {
    is_refused(board, action, "UNDO_CONFLICT", &format!("node {} {what}", node_id(number)));
}

fn delete(number: u32) -> Action {
    execute([Command::Delete(node_id(number))])
}

#[test]
fn node_does_not_come_back_or_go_back_below_one_that_was_deleted() {
    let mut board = usual();
    board.done_by("ada", execute([Command::Unlink(node_id(4))]));
    board.done_by("bob", delete(3));
    conflicts(&mut board, UNDO, 3, "has since been deleted");
    board.done_by("bob", UNDO);
    board.done_by("ada", UNDO);
    board.done_by("ada", delete(4));
    board.done_by("bob", delete(3));
    conflicts(&mut board, UNDO, 3, "has since been deleted");
    board.done_by("bob", UNDO);
    board.done_by("ada", UNDO);
}

#[test]
fn subtree_does_not_come_back_where_it_would_stand_too_deep() {
    let mut board = board(ContentLimits { depth: 4, ..ContentLimits::default() });
    board.done(execute([create(5, Some(4), None)]));
    board.done_by("ada", delete(3));
    board.done_by("bob", execute([link(1, Some(2), None)]));
    conflicts(&mut board, UNDO, 3, "would stand too deep");
    board.done_by("bob", UNDO);
    board.done_by("ada", UNDO);
}

#[test]
fn subtree_does_not_come_back_beyond_the_limit_of_nodes() {
    let mut board = board(ContentLimits { nodes: 4, ..ContentLimits::default() });
    board.done_by("ada", delete(3));
    board.done_by("bob", execute([create(5, None, None)]));
    is_refused(&mut board, UNDO, "INVALID_COMMAND", "would have 5 nodes");
    board.done_by("bob", UNDO);
    board.done_by("ada", UNDO);
}

#[test]
fn subtree_does_not_come_back_while_one_of_its_nodes_was_created_anew() {
    let mut board = usual();
    board.done_by("ada", delete(3));
    board.done_by("bob", execute([create(4, None, None)]));
    conflicts(&mut board, UNDO, 4, "has since been created anew");
    board.done_by("bob", UNDO);
    board.done_by("ada", UNDO);
}

#[test]
fn deletion_is_not_redone_after_others_have_added_moved_or_deleted_a_node() {
    let mut board = usual();
    board.done_by("ada", delete(1));
    board.done_by("ada", UNDO);
    board.done_by("bob", delete(4));
    conflicts(&mut board, REDO, 4, "has since been moved or deleted");
    board.done_by("bob", UNDO);
    board.done_by("bob", execute([create(5, Some(4), None)]));
    conflicts(&mut board, REDO, 5, "has since been added");
    board.done_by("bob", UNDO);
    // The nodes come in the same order as before.
    board.done_by("bob", execute([link(4, Some(1), None)]));
    conflicts(&mut board, REDO, 4, "has since been moved");
    board.done_by("bob", UNDO);
    board.done_by("ada", REDO);
}

#[test]
fn deletion_that_is_redone_keeps_where_others_have_moved_its_nodes() {
    let mut board = usual();
    board.done(execute([create(5, Some(1), None), create(6, Some(1), None)]));
    board.done_by("ada", delete(1));
    board.done_by("ada", UNDO);
    // Each before the other in turn, so that both have other order keys, and nothing is in the way.
    board.done_by("bob", execute([link(6, Some(1), Some(1)), link(5, Some(1), Some(1))]));
    let before = board.dump().nodes();
    board.done_by("ada", REDO);
    board.done_by("ada", UNDO);
    assert_eq!(board.dump().nodes(), before);
    board.done_by("bob", UNDO);
}

#[test]
fn node_does_not_go_back_below_itself() {
    let mut board = usual();
    board.done_by("ada", execute([Command::Unlink(node_id(3))]));
    board.done_by("bob", execute([link(1, Some(4), None)]));
    conflicts(&mut board, UNDO, 1, "has since been moved below the node");
    board.done_by("bob", UNDO);
    board.done_by("ada", UNDO);
}

#[test]
fn node_does_not_go_back_after_others_have_moved_it_below_the_same_parent() {
    let mut board = usual();
    board.done(execute([create(5, Some(1), None), create(6, Some(1), None)]));
    board.done_by("ada", execute([link(6, Some(1), Some(0))]));
    board.done_by("bob", execute([link(6, Some(1), Some(1))]));
    conflicts(&mut board, UNDO, 6, "has since been moved");
    board.done_by("bob", UNDO);
    board.done_by("ada", UNDO);
}

#[test]
fn node_is_not_deleted_by_an_undo_after_others_have_moved_it_below_the_same_parent() {
    let mut board = usual();
    board.done_by("ada", execute([create(5, Some(1), None)]));
    board.done_by("bob", execute([link(5, Some(1), Some(0))]));
    conflicts(&mut board, UNDO, 5, "has since been moved");
    board.done_by("bob", UNDO);
    board.done_by("ada", UNDO);
}

#[test]
fn steps_follow_a_node_that_came_back_beside_its_old_position() {
    let mut board = usual();
    let before = board.dump().nodes();
    board.done_by("ada", execute([create(5, Some(1), None)]));
    board.done_by("ada", delete(5));
    // It gets the order key that was free.
    board.done_by("bob", execute([create(6, Some(1), None)]));
    board.done_by("ada", UNDO);
    assert_eq!(board.last_remaps(), 1);
    board.done_by("ada", UNDO);
    board.done_by("ada", REDO);
    board.done_by("ada", REDO);
    board.done_by("ada", UNDO);
    board.done_by("ada", UNDO);
    board.done_by("bob", UNDO);
    assert_eq!(board.dump().nodes(), before);
}
