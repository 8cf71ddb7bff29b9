//! What stands in the way of an undo, and that nothing else does.

use reqwest::Method;
use serde_json::{Value, json};

use super::{board, own, rename, update};
use crate::support::board::{new_node, node_id};

#[tokio::test]
async fn undo_conflict_names_the_node_and_changes_nothing() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    board.create(2, None).await;
    let set = update(1, json!(1));
    let link = json!({"parent_id": node_id(1), "child_id": node_id(2)});
    let unlink = json!({"child_id": node_id(2)});
    let delete = json!({"node_id": node_id(2)});
    // What Ada does, what Bob does then, and the node that is named.
    let cases = [
        ("RenameNode", rename(1, "a"), "RenameNode", rename(1, "b"), 1, Value::Null),
        ("UpdateProperty", set, "UpdateProperty", update(1, json!(2)), 1, json!("p")),
        ("LinkNode", link, "UnlinkNode", unlink, 2, Value::Null),
        ("CreateNode", new_node(3, None), "CreateNode", new_node(4, Some(3)), 4, Value::Null),
        ("RenameNode", rename(2, "a"), "DeleteNode", delete, 2, Value::Null),
    ];
    for (ada, hers, bob, his, number, property) in cases {
        let step = board.execute_as("ada", ada, hers).await;
        board.execute_as("bob", bob, his).await;
        let before = board.snapshot().await;
        let (status, body) = board.call(Method::POST, "/undo", own("ada")).await;
        let error = &body["error"];
        assert_eq!(
            (status.as_u16(), &error["code"]),
            (409, &json!("UNDO_CONFLICT")),
            "{ada}: {body}"
        );
        assert_eq!(error["details"]["command_id"], step["command_id"]);
        let conflict = &error["details"]["conflicts"][0];
        assert_eq!(
            (&conflict["node_id"], &conflict["property_id"]),
            (&json!(node_id(number)), &property)
        );
        assert!(error["message"].as_str().unwrap().contains(&node_id(number)), "{body}");
        assert_eq!(board.snapshot().await, before, "{ada}");
        // When Bob takes his back, nothing stands in the way.
        board.step("undo", own("bob")).await;
        board.step("undo", own("ada")).await;
    }
    assert_eq!(board.outline().await, "n1 n2");
}

#[tokio::test]
async fn undo_of_a_batch_is_all_or_nothing() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    board.create(2, None).await;
    let both = json!({"commands": [
        {"command_type": "RenameNode", "data": rename(1, "a")},
        {"command_type": "DeleteNode", "data": {"node_id": node_id(2)}},
        {"command_type": "CreateNode", "data": new_node(3, Some(1))},
    ]});
    board.execute_as("ada", "Batch", both).await;
    assert_eq!(board.outline().await, "a(n3)");
    board.execute_as("bob", "RenameNode", rename(1, "b")).await;
    let before = board.snapshot().await;
    assert_eq!(board.no_step("undo", own("ada")).await.1, "UNDO_CONFLICT");
    assert_eq!(board.snapshot().await, before);
    board.undo().await;
    board.undo().await;
    assert_eq!(board.outline().await, "n1 n2");
}

#[tokio::test]
async fn undo_of_a_creation_conflicts_after_others_reordered_the_node() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    board.execute_as("ada", "CreateNode", new_node(3, Some(1))).await;
    let first = json!({"parent_id": node_id(1), "child_id": node_id(3), "index": 0});
    board.execute_as("bob", "LinkNode", first.clone()).await;
    let before = board.snapshot().await;
    let (status, answer) = board.call(Method::POST, "/undo", own("ada")).await;
    assert_eq!(status, 409, "{answer}");
    let conflicts = &answer["error"]["details"]["conflicts"];
    assert_eq!(conflicts, &json!([{"node_id": node_id(3), "reason": "was moved"}]));
    assert_eq!(board.snapshot().await, before);

    // A deletion that is done again likewise.
    board.step("undo", own("bob")).await;
    board.execute_as("ada", "DeleteNode", json!({"node_id": node_id(3)})).await;
    board.step("undo", own("ada")).await;
    board.execute_as("bob", "LinkNode", first).await;
    assert_eq!(board.no_step("redo", own("ada")).await.1, "UNDO_CONFLICT");
    board.step("undo", own("bob")).await;
    board.step("redo", own("ada")).await;
    assert_eq!(board.outline().await, "n1(n2)");
}

#[tokio::test]
async fn undo_and_redo_keep_null_values() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    let properties = || async { board.roots().await[0]["properties"].clone() };
    board.execute("UpdateProperty", update(1, json!(null))).await;
    board.undo().await;
    assert_eq!(properties().await, json!({}));
    board.redo().await;
    assert_eq!(properties().await, json!({"p": null}));
    board.execute("UpdateProperty", update(1, json!(1))).await;
    board.undo().await;
    assert_eq!(properties().await, json!({"p": null}));
}
