//! What is in the WAL goes into the database file while the server works.

use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::board::{Board, command, node_id};
use crate::support::{Server, eventually};

const MIB: u64 = 1024 * 1024;
/// Bytes of a property's value, and how many are written together.
const VALUE: usize = 60_000;
const VALUES: u32 = 20;
/// The WAL that is moved is 12 MiB long; what comes until it begins anew is added.
const MAX_BUSY_WAL: u64 = 48 * MIB;
const MAX_IDLE_WAL: u64 = 64 * MIB;

fn wal_bytes(server: &Server) -> u64 {
    server.database().with_extension("db-wal").metadata().unwrap().len()
}

/// Changes one node again and again, which writes some MiB.
async fn write(board: &Board, round: u32) {
    let update = |number| {
        let value = format!("{round} {number}{}", "x".repeat(VALUE));
        let data = json!({"node_id": node_id(0), "property_id": "text", "value": value});
        command("UpdateProperty", data)
    };
    let commands: Vec<Value> = (0..VALUES).map(update).collect();
    board.execute("Batch", json!({ "commands": commands })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wal_begins_anew_while_others_never_stop_writing() {
    let server = Server::with(&["--history-bytes", "1000000"]).await;
    let mut writers = JoinSet::new();
    for _ in 0..4 {
        let board = Board::new(server.api()).await;
        board.create(0, None).await;
        writers.spawn(async move {
            for round in 0..8 {
                write(&board, round).await;
            }
        });
    }
    writers.join_all().await;
    let written: i64 = Connection::open(server.database())
        .unwrap()
        .query_row("select sum(octet_length(payload)) from events", [], |row| row.get(0))
        .unwrap();
    assert!(written as u64 > MAX_BUSY_WAL, "{written}");
    let longest = wal_bytes(&server);
    assert!(longest < MAX_BUSY_WAL, "{longest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wal_that_grew_during_a_long_read_is_cut() {
    let server = Server::with(&["--history-bytes", "1000000"]).await;
    let board = Board::new(server.api()).await;
    board.create(0, None).await;
    let reader = Connection::open(server.database()).unwrap();
    reader.execute_batch("begin; select * from sessions limit 1;").unwrap();
    let mut round = 0;
    while wal_bytes(&server) < MAX_IDLE_WAL + 24 * MIB {
        write(&board, round).await;
        round += 1;
    }
    drop(reader);
    eventually("it is cut", async || {
        board.api.post(&format!("/sessions/{}/touch", board.id), json!({})).await;
        wal_bytes(&server) <= MAX_IDLE_WAL
    })
    .await;
}
