//! Where nodes stand among their siblings after an undo or a redo.

use serde_json::json;

use super::{board, own, rename, update};
use crate::support::board::{new_node, node_id};

#[tokio::test]
async fn undo_of_a_deletion_restores_the_place_among_siblings() {
    let (_server, board) = board().await;
    for number in 1..=5 {
        board.create(number, None).await;
    }
    board.create(31, Some(3)).await;
    board.create(32, Some(3)).await;
    board
        .execute("CreateNode", {
            let mut n = new_node(30, Some(3));
            n["index"] = 0.into();
            n
        })
        .await;
    board.execute("UpdateProperty", update(31, json!({"deep": [null]}))).await;
    let before = board.roots().await;
    assert_eq!(board.outline().await, "n1 n2 n3(n30 n31 n32) n4 n5");
    board.execute_as("ada", "DeleteNode", json!({"node_id": node_id(3)})).await;
    board.undo().await;
    assert_eq!(board.roots().await, before);
    board.redo().await;
    // Others come where it was, and go from beside it.
    let mut there = new_node(9, None);
    there["index"] = 2.into();
    board.execute_as("bob", "CreateNode", there).await;
    board.execute_as("bob", "DeleteNode", json!({"node_id": node_id(2)})).await;
    board.step("undo", own("ada")).await;
    let outline = board.outline().await;
    assert!(
        ["n1 n3(n30 n31 n32) n9 n4 n5", "n1 n9 n3(n30 n31 n32) n4 n5"].contains(&&*outline),
        "{outline}"
    );
}

#[tokio::test]
async fn creation_among_deleted_siblings_is_placed_by_index_and_undone() {
    let (_server, board) = board().await;
    let commands: Vec<_> =
        (0..60).map(|n| json!({"command_type": "CreateNode", "data": new_node(n, None)})).collect();
    board.execute("Batch", json!({"commands": commands})).await;
    for number in 1..59 {
        board.execute("DeleteNode", json!({"node_id": node_id(number)})).await;
    }
    let mut between = new_node(100, None);
    between["index"] = 1.into();
    board.execute("CreateNode", between).await;
    board.create(101, None).await;
    assert_eq!(board.outline().await, "n0 n100 n59 n101");
    for _ in 0..61 {
        board.undo().await;
    }
    assert_eq!(board.outline().await, "");
}

#[tokio::test]
async fn redo_restores_the_order_among_siblings() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    board.execute_as("ada", "CreateNode", new_node(2, None)).await;
    board
        .execute_as("ada", "LinkNode", json!({"child_id": node_id(2), "parent_id": node_id(1)}))
        .await;
    board.execute_as("bob", "CreateNode", new_node(3, None)).await;
    board.step("undo", own("ada")).await;
    let end = board.outline().await;
    for _ in 0..3 {
        board.undo().await;
    }
    assert_eq!(board.outline().await, "");
    for _ in 0..3 {
        board.redo().await;
    }
    assert_eq!(board.outline().await, end);
}

#[tokio::test]
async fn node_restored_beside_its_position_is_still_undone_in_client_scope() {
    let (server, mut board) = board().await;
    let mut server = server;
    let link = |child: u32, index: u32| json!({"parent_id": node_id(1), "child_id": node_id(child), "index": index});
    board.create(1, None).await;
    board.execute_as("ada", "CreateNode", new_node(2, Some(1))).await;
    board.execute_as("ada", "LinkNode", link(2, 0)).await;
    board.execute_as("ada", "CreateNode", new_node(3, Some(1))).await;
    board.execute_as("ada", "RenameNode", rename(3, "x")).await;
    board.execute_as("ada", "LinkNode", link(3, 0)).await;
    board.execute_as("ada", "DeleteNode", json!({"node_id": node_id(2)})).await;
    // Where ada's nodes stood, others stand now.
    for number in 4..8 {
        board.execute_as("bob", "CreateNode", new_node(number, Some(1))).await;
    }
    let before = board.outline().await;
    for _ in 0..6 {
        board.step("undo", own("ada")).await;
    }
    assert_eq!(board.outline().await, "n1(n4 n5 n6 n7)");
    server.restart().await;
    board.api = server.api();
    for _ in 0..6 {
        board.step("redo", own("ada")).await;
    }
    assert_eq!(board.outline().await, before);
    for _ in 0..6 {
        board.step("undo", own("ada")).await;
    }
    assert_eq!(board.outline().await, "n1(n4 n5 n6 n7)");
}

#[tokio::test]
async fn undo_of_a_batch_that_moves_a_node_twice_works_where_others_took_its_position() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    let link = json!({"parent_id": node_id(1), "child_id": node_id(3), "index": 0});
    let commands = [
        json!({"command_type": "CreateNode", "data": new_node(3, Some(1))}),
        json!({"command_type": "LinkNode", "data": link}),
    ];
    board.execute_as("ada", "Batch", json!({ "commands": commands })).await;
    board.execute_as("bob", "CreateNode", new_node(4, Some(1))).await;
    assert_eq!(board.outline().await, "n1(n3 n2 n4)");
    board.step("undo", own("ada")).await;
    board.step("redo", own("ada")).await;
    assert_eq!(board.outline().await, "n1(n3 n2 n4)");
    board.step("undo", own("ada")).await;
    assert_eq!(board.outline().await, "n1(n2 n4)");
}

#[tokio::test]
async fn undo_at_a_taken_position_does_not_rewrite_other_steps() {
    let (server, board) = board().await;
    board.create(1, None).await;
    let list = |numbers: std::ops::Range<u32>| -> Vec<_> {
        numbers
            .map(|n| crate::support::board::command("CreateNode", new_node(n, Some(1))))
            .collect()
    };
    board.execute_as("ada", "Batch", json!({"commands": list(10..15)})).await;
    for number in 10..15 {
        board.execute_as("ada", "RenameNode", rename(number, "a")).await;
    }
    let gone = (10..15)
        .map(|n| crate::support::board::command("DeleteNode", json!({"node_id": node_id(n)})));
    board.execute_as("ada", "Batch", json!({"commands": gone.collect::<Vec<_>>()})).await;
    board.execute_as("bob", "Batch", json!({"commands": list(20..25)})).await;
    let kept = "select json_group_array(changes) from
                (select changes from history where step < 8 order by step)";
    let mut sql = server.sql().await;
    let before: String = sqlx::query_scalar(kept).fetch_one(&mut sql).await.unwrap();
    board.step("undo", own("ada")).await;
    let after: String = sqlx::query_scalar(kept).fetch_one(&mut sql).await.unwrap();
    assert_eq!(after, before);
    let remaps = "select count(*) from internal_position_remaps";
    assert_eq!(crate::support::number(&mut sql, remaps).await, 5);

    // These steps are still ada's to undo and to redo.
    for _ in 0..6 {
        board.step("undo", own("ada")).await;
    }
    assert_eq!(board.outline().await, "n1(n20 n21 n22 n23 n24)");
    for _ in 0..7 {
        board.step("redo", own("ada")).await;
    }
    assert_eq!(board.outline().await, "n1(n20 n21 n22 n23 n24)");
    for _ in 0..7 {
        board.step("undo", own("ada")).await;
    }
    assert_eq!(board.no_step("undo", own("ada")).await.1, "NOTHING_TO_UNDO");
}
