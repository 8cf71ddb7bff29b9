//! Limits of the content: each is accepted exactly at the limit and refused beyond it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Server;
use crate::support::board::{Board, command, new_node, node_id, refusal};

async fn board(settings: &[&str]) -> (Server, Board) {
    let server = Server::with(&[&["--cleanup-interval", "off"], settings].concat()).await;
    let board = Board::new(server.api()).await;
    (server, board)
}

/// Takes the first, refuses the second with a 400 that names the field and the bound.
async fn bounds(board: &Board, name: &str, taken: Value, refused: Value, field: &str, bound: &str) {
    board.execute(name, taken).await;
    let before = board.snapshot().await;
    let (status, code, message) = board.refused(name, refused).await;
    assert_eq!((status, &*code), (400, "INVALID_REQUEST"), "{message}");
    assert!(message.contains(field) && message.contains(bound), "{message}");
    assert_eq!(board.snapshot().await, before);
}

#[tokio::test]
async fn names_values_and_properties_are_bounded_in_bytes() {
    let (_server, board) = board(&[]).await;
    board.create(1, None).await;
    let id = node_id(1);
    let rename = |bytes| json!({"node_id": id, "name": "x".repeat(bytes)});
    bounds(&board, "RenameNode", rename(1024), rename(1025), "data.name", "1024").await;
    // Two bytes are the quotes.
    let update = |key: &str, bytes: usize| json!({"node_id": id, "property_id": key, "value": "x".repeat(bytes - 2)});
    let (most, more) = (update("a", 65_536), update("a", 65_537));
    bounds(&board, "UpdateProperty", most, more, "data.value", "65536").await;
    for key in ["b", "c"] {
        board.execute("UpdateProperty", update(key, 65_536)).await;
    }
    // `{"a":…,"b":…,"c":…,"d":…}` has 21 bytes around its values.
    let left = 262_144 - 3 * 65_536 - 21;
    let (most, more) = (update("d", left), update("d", left + 1));
    bounds(&board, "UpdateProperty", most, more, "properties", "262144").await;
}

#[tokio::test]
async fn batch_size_is_bounded() {
    let (_server, board) = board(&[]).await;
    let batch = |count: u32, from: u32| {
        let list: Vec<_> =
            (from..from + count).map(|n| command("CreateNode", new_node(n, None))).collect();
        json!({ "commands": list })
    };
    let (most, more) = (batch(1_000, 1), batch(1_001, 2_000));
    bounds(&board, "Batch", most, more, "data.commands", "1000").await;
    assert_eq!(board.get("").await["node_count"], 1_000);
}

#[tokio::test]
async fn body_beyond_the_limit_is_413() {
    let (_server, board) = board(&[]).await;
    let body = |bytes: usize| {
        let empty = command("DeleteNode", json!({"node_id": node_id(1), "x": ""})).to_string();
        let x = "x".repeat(bytes - empty.len());
        command("DeleteNode", json!({"node_id": node_id(1), "x": x}))
    };
    let most = 2 * 1024 * 1024;
    let (status, _) = board.call(Method::POST, "/commands", body(most)).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "it is read, and there is no such node");
    let (status, code, message) =
        refusal(board.call(Method::POST, "/commands", body(most + 1)).await);
    assert_eq!((status, &*code), (413, "PAYLOAD_TOO_LARGE"));
    assert!(message.contains("2097152"), "{message}");
}

#[tokio::test]
async fn tree_depth_is_bounded_whichever_command_would_exceed_it() {
    let (_server, board) = board(&[]).await;
    let list: Vec<_> =
        (1..=512).map(|n| command("CreateNode", new_node(n, (n > 1).then(|| n - 1)))).collect();
    board.execute("Batch", json!({ "commands": list })).await;
    board.create(601, None).await;
    board.create(602, Some(601)).await;
    let before = board.snapshot().await;
    let refused = [
        board.refused("CreateNode", new_node(700, Some(512))).await,
        board
            .refused("LinkNode", json!({"parent_id": node_id(512), "child_id": node_id(601)}))
            .await,
        board
            .refused("LinkNode", json!({"parent_id": node_id(511), "child_id": node_id(601)}))
            .await,
        board.refused("LinkNode", json!({"parent_id": node_id(602), "child_id": node_id(1)})).await,
    ];
    for (status, code, message) in refused {
        assert_eq!((status, &*code), (422, "INVALID_COMMAND"), "{message}");
        assert!(message.contains("512"), "{message}");
    }
    assert_eq!(board.snapshot().await, before);
    board.execute("LinkNode", json!({"parent_id": node_id(510), "child_id": node_id(601)})).await;
}

#[tokio::test]
async fn deeply_nested_json_is_answered_with_an_error() {
    let (_server, board) = board(&[]).await;
    board.create(1, None).await;
    let nested = |depth: usize| {
        format!(
            r#"{{"command_type": "UpdateProperty", "data": {{"node_id": "{}",
                "property_id": "p", "value": {}1{}}}}}"#,
            node_id(1),
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    let send = |body: String| async {
        let url = format!("http://{}/api/v1/sessions/{}/commands", board.api.addr, board.id);
        let response = board.api.http.post(url).body(body).send().await.unwrap();
        (response.status(), response.json::<Value>().await.unwrap())
    };
    let (status, answer) = send(nested(64)).await;
    assert_eq!(status, 200, "{answer}");
    for depth in [65, 127, 128, 100_000, 900_000] {
        let (status, code, message) = refusal(send(nested(depth)).await);
        assert_eq!((status, &*code), (400, "INVALID_REQUEST"), "{depth}: {message}");
    }
    for body in ["[".repeat(1_000_000), r#"{"data":"#.repeat(200_000)] {
        assert_eq!(refusal(send(body).await).0, 400);
    }
    // What was kept can be read, undone and redone.
    assert_eq!(board.undo().await["redo_available"], true);
    board.redo().await;
    assert_eq!(board.get("/events?since=0").await["seq"], 8);
}

#[tokio::test]
async fn content_limits_follow_the_settings() {
    let settings = [
        "--max-name-bytes",
        "4",
        "--max-value-bytes",
        "6",
        "--max-properties-bytes",
        "20",
        "--max-batch",
        "1",
    ];
    let (_server, board) = board(&settings).await;
    board.create(1, None).await;
    let id = node_id(1);
    let rename = |name| json!({"node_id": id, "name": name});
    bounds(&board, "RenameNode", rename("four"), rename("fives"), "data.name", "4").await;
    let update = |key, value| json!({"node_id": id, "property_id": key, "value": value});
    let (most, more) = (update("a", 123_456), update("a", 1_234_567));
    bounds(&board, "UpdateProperty", most, more, "data.value", "6").await;
    let (most, more) = (update("b", 123), update("c", 1));
    bounds(&board, "UpdateProperty", most, more, "properties", "20").await;
    let unlink = command("RenameNode", rename("x"));
    let batch = |count| json!({"commands": vec![unlink.clone(); count]});
    bounds(&board, "Batch", batch(1), batch(2), "data.commands", "1").await;
}

#[tokio::test]
async fn cycle_is_reported_as_a_cycle_even_beyond_the_maximum_depth() {
    let (_server, board) = board(&["--max-depth", "3"]).await;
    for (number, parent) in [(1, None), (2, Some(1)), (3, Some(2))] {
        board.create(number, parent).await;
    }
    let link = json!({"parent_id": node_id(3), "child_id": node_id(1)});
    let (status, code, message) = board.refused("LinkNode", link).await;
    assert_eq!((status, &*code), (422, "INVALID_COMMAND"));
    assert!(message.contains("cycle"), "{message}");
}

/// Refused with 422, the limit and the setting, having changed nothing.
async fn has_no_room(board: &Board, method: Method, path: &str, body: Value) {
    let before = board.snapshot().await;
    let (status, answer) = board.call(method, path, body).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (422, &json!("INVALID_COMMAND")));
    let details = json!({"limit": 5, "setting": "--max-nodes"});
    assert_eq!(answer["error"]["details"], details, "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("--max-nodes"), "{answer}");
    assert_eq!(board.snapshot().await, before);
}

async fn nodes_are_bounded(staging_threshold: &str) {
    let (_server, board) =
        board(&["--max-nodes", "5", "--staging-threshold", staging_threshold]).await;
    let own = json!({"scope": "client", "client_id": "ada"});
    let list = |numbers: std::ops::Range<u32>| -> Vec<Value> {
        numbers.map(|number| command("CreateNode", new_node(number, None))).collect()
    };
    board.execute_as("ada", "Batch", json!({"commands": list(1..4)})).await;
    for commands in [list(4..7), [list(4..6), list(6..7)].concat()] {
        let batch = command("Batch", json!({ "commands": commands }));
        has_no_room(&board, Method::POST, "/commands", batch).await;
    }
    // What is deleted makes room, in a batch as well.
    let gone = command("DeleteNode", json!({"node_id": node_id(3)}));
    let commands = [list(4..6), vec![gone], list(6..7)].concat();
    board.execute_as("ada", "Batch", json!({ "commands": commands })).await;
    has_no_room(&board, Method::POST, "/commands", command("CreateNode", new_node(7, None))).await;
    has_no_room(&board, Method::POST, "/commands", command("CreateNode", new_node(7, Some(1))))
        .await;

    // Undo and redo bring back no more than there is room for.
    board.execute_as("ada", "DeleteNode", json!({"node_id": node_id(1)})).await;
    board.execute_as("bob", "CreateNode", new_node(8, None)).await;
    has_no_room(&board, Method::POST, "/undo", own.clone()).await;
    board.step("undo", json!({"scope": "client", "client_id": "bob"})).await;
    board.step("undo", own.clone()).await;
    board.step("undo", own.clone()).await;
    board.execute_as("bob", "CreateNode", new_node(9, None)).await;
    has_no_room(&board, Method::POST, "/redo", own).await;

    let graph = |count: u32| {
        let node = |number| json!({"id": node_id(number), "blueprint_type_id": "t", "name": "n"});
        json!({"nodes": (100..100 + count).map(node).collect::<Vec<_>>()})
    };
    has_no_room(&board, Method::PUT, "/graph", graph(6)).await;
    assert_eq!(board.call(Method::PUT, "/graph", graph(5)).await.0, 200);
    board.undo().await;
    board.redo().await;
    assert_eq!(board.get("").await["node_count"], 5);
}

#[tokio::test]
async fn node_count_of_a_session_is_bounded() {
    nodes_are_bounded("2000").await;
}

#[tokio::test]
async fn node_count_is_bounded_for_staged_changes() {
    nodes_are_bounded("1").await;
}
