//! Where nodes come back among siblings that are too many to be cached.

use rollcall::engine::limits::{Capacities, Limits};

use super::board::{Board, UNDO, create, execute, link};
use crate::support::content::node_id;
use crate::support::model::Command;

/// The node 1 with the children 2 to 6.
fn board() -> Board {
    let capacities = Capacities { cached_siblings: 1, ..Capacities::default() };
    let mut board = Board::within(Limits { capacities, ..Limits::default() });
    let children = (2..=6).map(|number| create(number, Some(1), None));
    board.done(execute([create(1, None, None)].into_iter().chain(children)));
    board.indexes();
    board
}

#[test]
fn nodes_that_come_back_together_have_the_indexes_that_they_had() {
    let mut board = board();
    board.done(execute([4, 3, 2].map(|number| Command::Delete(node_id(number)))));
    board.done(UNDO);
    assert_eq!(board.indexes(), [0, 1, 2]);
}

#[test]
fn node_that_goes_back_to_where_it_stands_keeps_its_position() {
    let mut board = board();
    let before = board.dump().nodes();
    board.done(execute([link(4, Some(1), Some(2))]));
    board.done(UNDO);
    assert_eq!(board.indexes(), [2, 2]);
    assert_eq!(board.last_remaps(), 0);
    assert_eq!(board.dump().nodes(), before);
}
