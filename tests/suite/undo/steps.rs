//! Undo and redo: scopes, conflicts, order among siblings, and what survives a restart.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::board::{Board, new_node, node_id};
use crate::support::{Binary, Server};

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

#[tokio::test]
async fn undo_in_session_scope_takes_the_latest_step() {
    let (_server, board) = board().await;
    let nothing = board.no_step("undo", json!({})).await;
    assert_eq!((nothing.0, &*nothing.1), (409, "NOTHING_TO_UNDO"));
    let first = board.execute_as("ada", "CreateNode", new_node(1, None)).await;
    let second = board.execute_as("bob", "RenameNode", rename(1, "x")).await;
    let undone = board.undo().await;
    assert_eq!(undone["command_id"], second["command_id"]);
    assert_eq!((undone["revision"].as_i64(), flags(&undone)), (Some(3), (true, true)));
    assert_eq!(board.outline().await, "n1");
    let undone = board.undo().await;
    assert_eq!((&undone["command_id"], flags(&undone)), (&first["command_id"], (false, true)));
    assert_eq!(board.outline().await, "");
    assert_eq!(flags(&board.redo().await), (true, true));
    assert_eq!(flags(&board.redo().await), (true, false));
    assert_eq!(board.outline().await, "x");
    let nothing = board.no_step("redo", json!({})).await;
    assert_eq!((nothing.0, &*nothing.1), (409, "NOTHING_TO_REDO"));
}

#[tokio::test]
async fn undo_in_client_scope_takes_the_clients_own_latest_step() {
    let (_server, board) = board().await;
    for (client, number) in [("ada", 1), ("bob", 2), ("ada", 3), ("bob", 4)] {
        board.execute_as(client, "CreateNode", new_node(number, None)).await;
    }
    assert_eq!(flags(&board.step("undo", own("ada")).await), (true, true));
    assert_eq!(flags(&board.step("undo", own("ada")).await), (false, true));
    assert_eq!(board.outline().await, "n2 n4");
    assert_eq!(board.no_step("undo", own("ada")).await.1, "NOTHING_TO_UNDO");
    assert_eq!(board.no_step("redo", own("bob")).await.1, "NOTHING_TO_REDO");
    assert_eq!(board.no_step("redo", json!({})).await.1, "NOTHING_TO_REDO");
    // Bob's new step leaves Ada's redo alone.
    board.execute_as("bob", "CreateNode", new_node(5, None)).await;
    board.step("redo", own("ada")).await;
    assert_eq!(board.outline().await, "n1 n2 n4 n5");
    // Her own new step clears it.
    board.execute_as("ada", "CreateNode", new_node(6, None)).await;
    assert_eq!(board.no_step("redo", own("ada")).await.1, "NOTHING_TO_REDO");
    let nobody = board.no_step("undo", json!({"scope": "client"})).await;
    assert_eq!((nobody.0, &*nobody.1), (400, "INVALID_REQUEST"));
    assert!(nobody.2.contains("client_id"), "{}", nobody.2);
}

#[tokio::test]
async fn undo_over_websocket_in_client_scope_takes_its_own_step() {
    let (server, board) = board().await;
    let mut ws = server.ws().await;
    let me = ws.join(&board.id).await["client_id"].clone();
    let create = json!({"type": "execute", "session_id": board.id, "command_type": "CreateNode",
                        "data": new_node(1, None), "ref": 7});
    let mine = ws.ask(create).await;
    assert_eq!((&mine["type"], &mine["ref"]), (&json!("executed"), &json!(7)));
    board.create(2, None).await;
    // Whoever it claims to be, it is itself.
    let undo = json!({"type": "undo", "session_id": board.id, "scope": "client", "client_id": "x"});
    let undone = ws.ask(undo).await;
    assert_eq!(undone["command_id"], mine["command_id"], "{undone}");
    assert_eq!(board.outline().await, "n2");
    assert_eq!(board.get("/commands").await["commands"][0]["client_id"], me);
    let again = json!({"type": "undo", "session_id": board.id, "scope": "client", "ref": "r"});
    let nothing = ws.ask(again).await;
    assert_eq!((&nothing["code"], &nothing["ref"]), (&json!("NOTHING_TO_UNDO"), &json!("r")));
}

#[tokio::test]
async fn new_command_discards_the_steps_to_redo() {
    let (_server, board) = board().await;
    board.create(1, None).await;
    board.undo().await;
    let answer = board.create(2, None).await;
    assert_eq!(flags(&answer), (true, false));
    assert_eq!(board.no_step("redo", json!({})).await.1, "NOTHING_TO_REDO");
    let list = board.get("/commands").await["commands"].clone();
    let state = |place: usize| (list[place]["undone"].clone(), list[place]["redoable"].clone());
    assert_eq!(state(0), (json!(true), json!(false)));
    assert_eq!(state(1), (json!(false), json!(false)));
}

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
        assert_eq!((status.as_u16(), &error["code"]), (409, &json!("CONFLICT")), "{ada}: {body}");
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
    assert_eq!(board.no_step("undo", own("ada")).await.1, "CONFLICT");
    assert_eq!(board.snapshot().await, before);
    board.undo().await;
    board.undo().await;
    assert_eq!(board.outline().await, "n1 n2");
}

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
    assert_eq!(board.no_step("redo", own("ada")).await.1, "CONFLICT");
    board.step("undo", own("bob")).await;
    board.step("redo", own("ada")).await;
    assert_eq!(board.outline().await, "n1(n2)");
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
    let remaps = "select count(*) from position_remaps";
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
