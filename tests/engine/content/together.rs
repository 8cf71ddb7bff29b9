//! What commands see of those before them in the same transaction.

use rollcall::model::ContentLimits;

use super::board::{Board, UNDO, create, execute, link};
use crate::support::content::node_id;
use crate::support::model::{Action, Command, Walk};

/// The roots 1 and 2; below 1 stands 3, below that 4, and so on down to 6.
fn board(depth: usize) -> Board {
    let mut board = Board::new(ContentLimits { depth, ..ContentLimits::default() });
    let roots = [create(1, None, None), create(2, None, None), create(3, Some(1), None)];
    let below = [4, 5, 6].map(|number| create(number, Some(number - 1), None));
    board.done(execute(roots.into_iter().chain(below)));
    board
}

fn is_refused<const N: usize>(board: &mut Board, commands: [Command; N], words: &str) {
    let before = board.dump();
    let refusal = board.ask(None, execute(commands), Walk::Shared).unwrap_err();
    assert_eq!(refusal.code, "INVALID_COMMAND", "{}", refusal.message);
    assert!(refusal.message.contains(words), "{} is not: {words}", refusal.message);
    assert_eq!(board.dump(), before);
}

#[test]
fn node_is_not_linked_below_one_that_the_same_batch_has_put_below_it() {
    let mut board = board(512);
    is_refused(&mut board, [link(3, Some(2), None), link(2, Some(6), None)], "would be a cycle");
}

#[test]
fn depth_is_that_after_the_commands_before_in_the_same_batch() {
    let mut board = board(6);
    let deeper = [link(3, Some(2), None), link(2, Some(1), None), create(7, Some(6), None)];
    is_refused(&mut board, deeper, "7 levels deep");
    board.done(execute([link(3, Some(2), None), create(7, Some(6), None)]));
}

fn rename(number: u32) -> Action {
    execute([Command::Rename(node_id(number), "b".to_owned())])
}

/// This first, and last a request whose nodes are read when the first one is done, since there are more
/// between them than are read ahead at a time.
fn far_apart(first: Action, last: Action) -> Vec<Action> {
    let between = std::iter::repeat_n(rename(5), 255);
    [first].into_iter().chain(between).chain([last]).collect()
}

#[test]
fn node_that_was_changed_is_not_read_once_more_with_its_child() {
    let mut board = board(512);
    board.done_together(far_apart(rename(1), rename(3)));
    let nodes = board.dump().nodes();
    for number in [1, 3, 5] {
        assert_eq!(nodes[&node_id(number)][3], "b", "node {number}");
    }
}

#[test]
fn children_are_counted_where_a_node_was_known_as_a_parent_alone() {
    let mut board = board(512);
    board.done(execute([link(4, Some(2), None)]));
    board.indexes();
    // 4 is read as the parent of 5, and then moved away from 2.
    board.done_together(far_apart(UNDO, execute([create(7, Some(2), None)])));
    assert_eq!(board.indexes(), [0, 0]);
}
