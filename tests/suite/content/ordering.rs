//! Order keys of siblings: they stay short however nodes are inserted, their length is bounded, and
//! keys that were written with SQL are respected.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::support::board::{Board, command, new_node, node_id};
use crate::support::{Server, number};

/// As many as a position that the service makes has at most.
const MAX_DIGITS: usize = 1024;

fn new_node_at(number: u32, parent: Option<u32>, index: usize) -> Value {
    let mut node = new_node(number, parent);
    node["index"] = index.into();
    node
}

/// The names below node 1, in order.
async fn below(board: &Board) -> Vec<String> {
    let roots = board.roots().await;
    let children = roots[0]["children"].as_array().unwrap();
    children.iter().map(|child| child["name"].as_str().unwrap().to_owned()).collect()
}

/// Node 1 with children from 2 on, at these positions.
async fn children_at(board: &Board, sql: &mut SqliteConnection, positions: &[String]) {
    board.create(1, None).await;
    for (number, position) in (2..).zip(positions) {
        board.create(number, Some(1)).await;
        place(board, sql, number, position).await;
    }
}

async fn place(board: &Board, sql: &mut SqliteConnection, number: u32, position: &str) {
    let update = "update nodes set position = ? where node_id = ?
                  and session = (select session from sessions where session_id = ?)";
    let query = sqlx::query(update).bind(position).bind(node_id(number)).bind(&board.id);
    query.execute(sql).await.unwrap();
}

#[tokio::test]
async fn repeated_insertion_between_the_last_two_keeps_order_keys_short() {
    let server = Server::with(&["--cleanup-interval", "off"]).await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let mut model = Vec::new();
    for number in 2..4 {
        board.create(number, Some(1)).await;
        model.push(format!("n{number}"));
    }
    let mut models = vec![model.clone()];
    for batch in 0..3 {
        let mut commands = Vec::new();
        for n in 1_000 * batch..1_000 * (batch + 1) {
            let (number, index) = (10 + n as u32, 1 + n / 2);
            commands.push(command("CreateNode", new_node_at(number, Some(1), index)));
            model.insert(index, format!("n{number}"));
        }
        board.execute("Batch", json!({ "commands": commands })).await;
        models.push(model.clone());
    }
    assert_eq!(below(&board).await, model);
    let mut sql = server.sql().await;
    assert_eq!(number(&mut sql, "select max(length(position)) from nodes").await, 12 + 750);
    let sum = "select sum(length(position)) from nodes join sessions using (session, generation)";
    let sum = number(&mut sql, sum).await;
    assert!(sum < 1_200_000, "{sum} digits");

    models.pop();
    for model in models.iter().rev() {
        board.undo().await;
        assert_eq!(&below(&board).await, model);
    }
    for _ in 0..3 {
        board.redo().await;
    }
    assert_eq!(below(&board).await, model);
}

#[tokio::test]
async fn insertion_without_room_is_refused_with_the_remedy() {
    let server = Server::with(&["--cleanup-interval", "off"]).await;
    let board = Board::new(server.api()).await;
    let mut sql = server.sql().await;
    let long = |last: char| format!("{}{last}", "8".repeat(MAX_DIGITS - 1));
    children_at(&board, &mut sql, &[long('5'), long('6'), long('8')]).await;

    let (before, roots) = (board.snapshot().await, board.roots().await);
    let commands = [
        command("RenameNode", json!({"node_id": node_id(1), "name": "renamed"})),
        command("CreateNode", new_node_at(5, Some(1), 0)),
        command("CreateNode", new_node_at(6, Some(1), 2)),
    ];
    let new = ("CreateNode", new_node_at(5, Some(1), 1));
    let batch = ("Batch", json!({ "commands": commands }));
    let link = ("LinkNode", json!({"parent_id": node_id(1), "child_id": node_id(4), "index": 1}));
    for (name, data) in [new.clone(), batch, link] {
        let (status, code, message) = board.refused(name, data).await;
        assert_eq!((status, &*code), (422, "INVALID_COMMAND"));
        assert!(message.contains("no room left at this index"), "{message}");
        assert!(message.contains("LinkNode without index"), "{message}");
        assert_eq!(board.snapshot().await, before);
    }
    // There is room everywhere else.
    for (number, index, names) in
        [(6, 2, "n2 n3 n6 n4"), (7, 0, "n7 n2 n3 n6 n4"), (8, 5, "n7 n2 n3 n6 n4 n8")]
    {
        board.execute("CreateNode", new_node_at(number, Some(1), index)).await;
        assert_eq!(below(&board).await.join(" "), names);
    }
    // First way: the nodes go to the end, one after the other.
    for number in [2, 3, 6, 4, 8] {
        let data = json!({"parent_id": node_id(1), "child_id": node_id(number)});
        board.execute("LinkNode", data).await;
    }
    board.execute("CreateNode", new_node_at(5, Some(1), 2)).await;
    assert_eq!(below(&board).await.join(" "), "n7 n2 n5 n3 n6 n4 n8");
    // Everything can be taken back, to where there is no room.
    for _ in 0..9 {
        board.undo().await;
    }
    assert_eq!(board.roots().await, roots);
    assert_eq!(board.refused(new.0, new.1.clone()).await.0, 422);
    // Second way: the graph is put anew.
    let graph = board.get("/graph").await;
    let put = board.call(Method::PUT, "/graph", json!({"nodes": graph["nodes"]})).await;
    assert_eq!(put.0, 200, "{}", put.1);
    board.execute(new.0, new.1).await;
    assert_eq!(below(&board).await.join(" "), "n2 n5 n3 n4");
    assert_eq!(number(&mut sql, "select max(length(position)) from nodes").await, 13);
}

#[tokio::test]
async fn undo_without_room_for_an_order_key_is_refused() {
    let server = Server::with(&["--cleanup-interval", "off"]).await;
    let board = Board::new(server.api()).await;
    let mut sql = server.sql().await;
    let long = |last: char| format!("{}{last}", "8".repeat(MAX_DIGITS - 1));
    children_at(&board, &mut sql, &[long('5'), long('6')]).await;
    board.execute_as("ada", "DeleteNode", json!({"node_id": node_id(3)})).await;
    // Bob's node comes to stand at the place of the one that is gone.
    board.execute_as("bob", "CreateNode", new_node(4, Some(1))).await;
    place(&board, &mut sql, 4, &long('6')).await;

    let before = board.snapshot().await;
    let own = json!({"scope": "client", "client_id": "ada"});
    let (status, code, message) = board.no_step("undo", own.clone()).await;
    assert_eq!((status, &*code), (422, "INVALID_COMMAND"));
    assert!(message.contains("no room left"), "{message}");
    assert_eq!(board.snapshot().await, before);
    let data = json!({"parent_id": node_id(1), "child_id": node_id(4)});
    board.execute_as("bob", "LinkNode", data).await;
    board.step("undo", own).await;
    assert_eq!(below(&board).await.join(" "), "n2 n3 n4");
}

#[tokio::test]
async fn order_keys_written_by_sql_keep_the_order_or_are_refused() {
    let positions = [
        "000000000000",
        "0000000000000",
        "0000000000000000f",
        "00000000000f",
        "7fffffffffff",
        "7fffffffffffffffffff",
        "800000000000",
        "8000000000000",
        "800000000000000",
        "8000000000001",
        "8000000000002",
        "fffffffffffe",
        "ffffffffffff",
        "fffffffffffff",
        "fffffffffffff",
    ];
    let mut positions: Vec<String> = positions.into_iter().map(str::to_owned).collect();
    positions.insert(4, format!("7ffffffffffe{}", "7".repeat(20_000)));
    positions.push("f".repeat(1_000));
    // Before the first; between three pairs that are the same but for zeros, or altogether.
    let full = [0, 1, 8, 9, 15];
    let server = Server::with(&["--cleanup-interval", "off"]).await;
    let mut sql = server.sql().await;
    for index in 0..=positions.len() {
        let board = Board::new(server.api()).await;
        children_at(&board, &mut sql, &positions).await;
        let mut model = below(&board).await;
        let (status, answer) = board
            .call(
                Method::POST,
                "/commands",
                command("CreateNode", new_node_at(100, Some(1), index)),
            )
            .await;
        let is_full = full.contains(&index);
        assert_eq!(status, if is_full { 422 } else { 200 }, "at {index}: {answer}");
        if !is_full {
            model.insert(index, "n100".to_owned());
        }
        assert_eq!(below(&board).await, model, "at {index}");
        board.create(101, Some(1)).await;
        model.push("n101".to_owned());
        assert_eq!(below(&board).await, model, "after {index}");
    }
}
