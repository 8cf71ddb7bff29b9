//! How much a transaction takes before it leaves the rest to the next one.

use rollcall::engine::limits::{Capacities, Limits};
use serde_json::json;

use super::board::{Board, UNDO, execute};
use crate::support::content::node_id;
use crate::support::model::{Action, Command};

/// Bytes after which a transaction begins no other request.
const MOST: usize = 2_000;

/// A new node with a property of so many bytes.
fn node(number: u32, bytes: usize) -> Action {
    let value = json!("x".repeat(bytes));
    let properties = [("p".to_owned(), value)].into_iter().collect::<serde_json::Map<_, _>>();
    let id = node_id(number);
    execute([Command::Create { id, parent: None, index: None, properties: properties.into() }])
}

fn board() -> Board {
    let capacities = Capacities { transaction_bytes: MOST, ..Capacities::default() };
    Board::within(Limits { capacities, ..Limits::default() })
}

/// With two nodes that fill a transaction each. The events of their end are small.
fn board_of_two() -> Board {
    let mut board = board();
    assert_eq!(board.done_together([node(1, MOST), node(2, MOST)]), 2);
    board
}

#[test]
fn transaction_is_full_of_events_and_history_together() {
    let nodes = [node(1, MOST * 3 / 5), node(2, MOST * 3 / 5)];
    assert_eq!(board().done_together(nodes), 2);
    let nodes = [node(1, MOST / 5), node(2, MOST / 5)];
    assert_eq!(board().done_together(nodes), 1);
}

#[test]
fn transaction_is_full_of_what_goes_into_the_history() {
    let mut board = board_of_two();
    let delete = |number| execute([Command::Delete(node_id(number))]);
    assert_eq!(board.done_together([delete(1), delete(2)]), 2);
}

#[test]
fn transaction_is_full_of_what_comes_out_of_the_history() {
    let mut board = board_of_two();
    assert_eq!(board.done_together([UNDO, UNDO]), 2);
}
