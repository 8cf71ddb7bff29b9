//! How many undo steps are kept, and that they survive a restart.

use serde_json::json;

use super::{flags, own, rename};
use crate::support::board::{Board, node_id};
use crate::support::{Binary, Server};

#[tokio::test]
async fn history_is_bounded_in_steps_and_reports_forgotten_ones() {
    let server = Server::with(&["--cleanup-interval", "off", "--history-limit", "3"]).await;
    let board = Board::new(server.api()).await;
    for number in 1..=5 {
        board.create(number, None).await;
    }
    let history = board.get("/commands").await;
    assert_eq!((&history["forgotten"], &history["history_limit"]), (&json!(2), &json!(3)));
    assert_eq!(history["commands"].as_array().unwrap().len(), 3);
    let since = history["commands"][0]["seq"].as_i64().unwrap();
    assert_eq!(since, 6);
    let page = board.get(&format!("/commands?since={since}&limit=1")).await;
    assert_eq!(page["commands"], json!([history["commands"][1]]));
    for _ in 0..3 {
        board.undo().await;
    }
    assert_eq!(board.no_step("undo", json!({})).await.1, "NOTHING_TO_UNDO");
    assert_eq!(board.outline().await, "n1 n2");
    assert_eq!(board.get("/info").await["undo_available"], false);
}

#[tokio::test]
async fn undo_and_redo_survive_a_restart() {
    let mut binary = Binary::start(&["--cleanup-interval", "off"]).await;
    let mut board = Board::new(binary.api()).await;
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    board.execute_as("ada", "RenameNode", rename(2, "x")).await;
    board.execute("DeleteNode", json!({"node_id": node_id(1)})).await;
    board.undo().await;
    board.step("undo", own("ada")).await;
    binary.kill().await;
    binary.start_again().await;
    board.api = binary.api();
    assert_eq!(board.outline().await, "n1(n2)");
    board.step("redo", own("ada")).await;
    assert_eq!(board.outline().await, "n1(x)");
    assert!(binary.terminate().await.success());
    binary.start_again().await;
    board.api = binary.api();
    let info = board.get("/info").await;
    assert_eq!((&info["node_count"], flags(&info)), (&json!(2), (true, true)));
    board.redo().await;
    assert_eq!(board.outline().await, "");
    for _ in 0..4 {
        board.undo().await;
    }
    assert_eq!(board.outline().await, "");
    assert_eq!(board.no_step("undo", json!({})).await.1, "NOTHING_TO_UNDO");
}

#[tokio::test]
async fn history_is_bounded_in_bytes_except_for_the_last_step() {
    let server = Server::with(&[
        "--cleanup-interval",
        "off",
        "--history-bytes",
        "10000",
        "--staging-threshold",
        "50",
    ])
    .await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let update = |bytes: usize| json!({"node_id": node_id(1), "property_id": "p", "value": "x".repeat(bytes)});
    let kept = async || -> (Vec<i64>, i64) {
        let listed = board.get("/commands").await;
        let commands = listed["commands"].as_array().unwrap();
        let forgotten = listed["forgotten"].as_i64().unwrap();
        (commands.iter().map(|c| c["revision"].as_i64().unwrap()).collect(), forgotten)
    };
    for _ in 0..3 {
        board.execute("UpdateProperty", update(1_000)).await;
    }
    assert_eq!(kept().await, (vec![1, 2, 3, 4], 0));
    // From what it was to what it is: some 2,100 bytes each.
    for _ in 0..4 {
        board.execute("UpdateProperty", update(1_000)).await;
    }
    assert_eq!(kept().await, (vec![5, 6, 7, 8], 4));
    let sizes = "select (select sum(length(changes)) from history)
                        + (select bytes_before from history order by step limit 1) - history_bytes
                 from sessions";
    assert_eq!(crate::support::number(&mut server.sql().await, sizes).await, 0);
    // One that is longer than all together is kept alone, and can be undone.
    board.execute("UpdateProperty", update(20_000)).await;
    assert_eq!(kept().await, (vec![9], 8));
    board.undo().await;
    assert_eq!(board.no_step("undo", json!({})).await.1, "NOTHING_TO_UNDO");
    board.redo().await;
    board.execute("UpdateProperty", update(10)).await;
    assert_eq!(kept().await, (vec![12], 9));
    board.execute("UpdateProperty", update(10)).await;
    assert_eq!(kept().await, (vec![13], 10));

    // Nor is a change that is prepared in the background forgotten before the next one.
    let node =
        |n: u32| json!({"id": node_id(n), "blueprint_type_id": "t", "name": "x".repeat(200)});
    let nodes: Vec<_> = (100..200).map(node).collect();
    assert_eq!(board.call(reqwest::Method::PUT, "/graph", json!({ "nodes": nodes })).await.0, 200);
    assert_eq!(kept().await, (vec![14], 11));
    assert_eq!(board.undo().await["undo_available"], false);
    assert_eq!(board.get("").await["node_count"], 1);
    board.redo().await;
    board.create(300, None).await;
    assert_eq!(kept().await, (vec![17], 12));
}
