//! Changes of many nodes, which are staged in the background.

mod effects;
mod isolation;
mod property;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::support::board::{Board, node_id};
use crate::support::{Server, number};

const SETTINGS: [&str; 4] = ["--cleanup-interval", "off", "--staging-threshold", "20"];

const NODES: u32 = 600;

/// A tree of [`NODES`] nodes: a root, some below it, the others below those.
fn nodes(name: &str) -> Vec<Value> {
    let parent = |number| match number {
        0 => None,
        1..=10 => Some(node_id(0)),
        _ => Some(node_id(1 + number % 10)),
    };
    let node = |number| {
        json!({
            "id": node_id(number), "parent_id": parent(number), "blueprint_type_id": "t",
            "name": name, "properties": {"text": "\u{e9}".repeat(20), "number": number}
        })
    };
    (0..NODES).map(node).collect()
}

async fn board() -> (Server, Board) {
    let server = Server::with(&SETTINGS).await;
    let board = Board::new(server.api()).await;
    (server, board)
}

async fn put(board: &Board, name: &str) -> Value {
    let body = json!({ "nodes": nodes(name) });
    let (status, answer) = board.call(Method::PUT, "/graph", body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// The counts are those of the rows, and nothing is left of what was or was to be.
async fn is_tidy(file: &mut SqliteConnection) -> bool {
    const LOOSE: &str = "select count(*) from internal_orphaned_content";
    const UNTRUE: &str = "
        select count(*) from sessions as s
        where node_count <> (select count(*) from nodes as n where n.session = s.session)
           or root_count <> (select count(*) from nodes as n
                             where n.session = s.session and parent_id is null)
           or seq <> (select count(*) from events as e where e.session = s.session)";
    const CHILDREN: &str = "
        select count(*) from nodes as n
        where child_count <> (select count(*) from nodes as c
                              where c.session = n.session and c.parent_id = n.node_id)";
    const TEXTS: &str = "
        select count(*) from internal_overflow_texts as t
        where not exists (select 1 from history as h
                          where h.session = t.session and h.overflow_generation = t.generation
                            and t.kind = 'changes')
          and not exists (select 1 from internal_event_log as l
                          where l.session = t.session and l.overflow_generation = t.generation
                            and l.overflow_part = t.part and t.kind = 'events')";
    number(file, LOOSE).await == 0
        && number(file, UNTRUE).await == 0
        && number(file, CHILDREN).await == 0
        && number(file, TEXTS).await == 0
}
