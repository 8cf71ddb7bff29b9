//! Undo and redo: scopes, conflicts, order among siblings, and what survives a restart.

use serde_json::{Value, json};

use crate::support::Server;
use crate::support::board::{Board, node_id};

mod conflicts;
mod history;
mod ordering;
mod scopes;

async fn board() -> (Server, Board) {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    (server, board)
}

fn own(client_id: &str) -> Value {
    json!({"scope": "client", "client_id": client_id})
}

fn rename(number: u32, name: &str) -> Value {
    json!({"node_id": node_id(number), "name": name})
}

fn update(number: u32, value: Value) -> Value {
    json!({"node_id": node_id(number), "property_id": "p", "value": value})
}

fn flags(answer: &Value) -> (bool, bool) {
    let flag = |key: &str| answer[key].as_bool().unwrap();
    (flag("undo_available"), flag("redo_available"))
}
