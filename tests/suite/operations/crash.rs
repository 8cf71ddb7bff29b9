//! The built program is killed amid writes: what it acknowledged is in the file.

use std::collections::BTreeSet;

use serde_json::json;
use tokio::task::JoinSet;

use crate::support::board::{Board, node_id};
use crate::support::{Binary, number};

const ROUNDS: u32 = 15;
const WRITERS: u32 = 4;

/// Writes until the server is gone; the nodes whose creation was answered.
async fn write_until_the_end(board: Board, first: u32, answered: tokio::sync::mpsc::Sender<u32>) {
    let url = format!("http://{}/api/v1/sessions/{}/commands", board.api.addr, board.id);
    for n in first.. {
        let data = json!({"blueprint_type_id": "t", "node_id": node_id(n), "index": n % 4});
        let body = json!({"command_type": "CreateNode", "data": data});
        let Ok(response) = board.api.http.post(&url).json(&body).send().await else { return };
        assert_eq!(response.status(), 200);
        if response.bytes().await.is_err() || answered.send(n).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_kill_9() {
    let mut binary = Binary::start(&["--cleanup-interval", "off"]).await;
    let mut board = Board::new(binary.api()).await;
    let mut answered = BTreeSet::new();
    for round in 0..ROUNDS {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1_024);
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let first = (round * WRITERS + writer + 1) * 100_000;
            writers.spawn(write_until_the_end(board.clone(), first, sender.clone()));
        }
        drop(sender);
        // Killed after a few answers, the others under way.
        for _ in 0..=(round * 3) {
            let answer = receiver.recv().await;
            let log = || panic!("round {round}: no answer comes any more: {}", binary.log());
            answered.insert(answer.unwrap_or_else(log));
        }
        binary.kill().await;
        while let Some(late) = receiver.recv().await {
            answered.insert(late);
        }
        writers.join_all().await;
        binary.start_again().await;
        board.api = binary.api();

        let graph = board.get("/graph").await;
        let there: BTreeSet<&str> =
            graph["nodes"].as_array().unwrap().iter().map(|n| n["id"].as_str().unwrap()).collect();
        for n in &answered {
            assert!(there.contains(&*node_id(*n)), "round {round}: node {n} was answered");
        }
        let session = board.get("").await;
        assert_eq!(session["node_count"], there.len());
        assert_eq!(session["revision"], there.len());
        assert_eq!(session["seq"], 2 * there.len(), "two events for each command");
        let mut sql = crate::support::sql(binary.database()).await;
        let holes = number(&mut sql, "select max(seq) - count(*) from events").await;
        assert_eq!(holes, 0);
        assert_eq!(
            number(&mut sql, "select max(step) - count(*) from history").await,
            0.max(number(&mut sql, "select steps - 1000 from sessions").await)
        );
        let check: String =
            sqlx::query_scalar("pragma integrity_check").fetch_one(&mut sql).await.unwrap();
        assert_eq!(check, "ok");
    }
    assert!(answered.len() >= usize::try_from(ROUNDS).unwrap());
}
