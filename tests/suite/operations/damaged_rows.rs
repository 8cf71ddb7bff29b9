//! Rows that were written with SQL in a form that the server cannot read: the schema refuses most of
//! them, and an existing one fails only the requests that need it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::board::{Board, command, new_node, node_id, refusal};
use crate::support::{Binary, Server, eventually, number, run};

/// Statements that would make a node unreadable, and which column the file names.
const REFUSED: [(&str, &str); 9] = [
    ("update nodes set position = 'x'", "position"),
    ("update nodes set position = '8000000000zz'", "position"),
    ("update nodes set position = '8000000000A0'", "position"),
    ("update nodes set parent_id = 'x' where name = 'n2'", "parent_id"),
    ("update nodes set parent_id = '00000000-0000-7000-8000-0000000000FF'", "parent_id"),
    ("update nodes set node_id = '00000000-0000-7000-8000-0000000000FF'", "node"),
    (
        "insert into nodes (session, node_id, position, blueprint_type_id, name, properties)
         select session, '00000000-0000-7000-800000000000000ff', '800000001000', 't', 'n', '{}'
         from sessions",
        "node_id",
    ),
    ("update nodes set properties = '[]'", "properties"),
    ("update nodes set properties = '{a: 1}'", "properties"),
];

#[tokio::test]
async fn schema_refuses_unreadable_nodes() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    let before = board.snapshot().await;
    let mut sql = server.sql().await;
    for (statement, column) in REFUSED {
        let refused = run(&mut sql, statement).await.expect_err(statement);
        assert!(refused.contains(column), "{statement}: {refused}");
    }
    assert_eq!(board.snapshot().await, before);
}

/// A request that is answered by INTERNAL_ERROR.
async fn fails(board: &Board, path: &str, body: Value) {
    let (status, code, _) = refusal(board.call(Method::POST, path, body).await);
    assert_eq!((status, &*code), (500, "INTERNAL_ERROR"));
}

#[tokio::test]
async fn unreadable_node_fails_only_requests_that_need_it() {
    let server = Binary::start(&["--cleanup-interval", "off"]).await;
    let board = Board::new(server.api()).await;
    for (number, parent) in [(1, None), (2, Some(1)), (3, Some(1)), (4, None), (5, Some(4))] {
        board.create(number, parent).await;
    }
    board.execute("RenameNode", json!({"node_id": node_id(5), "name": "five"})).await;
    let mut sql = server.sql().await;
    run(&mut sql, "pragma ignore_check_constraints = on").await.unwrap();
    run(&mut sql, "update nodes set properties = '{a: 1}' where name = 'n2'").await.unwrap();
    run(&mut sql, "update nodes set position = 'x' where name = 'five'").await.unwrap();
    run(&mut sql, "update history set changes = '[7]' where command_type = 'RenameNode'")
        .await
        .unwrap();

    let rename =
        |number: u32| command("RenameNode", json!({"node_id": node_id(number), "name": "x"}));
    let before = number(&mut sql, "select revision from sessions").await;
    fails(&board, "/commands", rename(2)).await;
    fails(&board, "/commands", rename(5)).await;
    fails(&board, "/commands", command("DeleteNode", json!({"node_id": node_id(1)}))).await;
    fails(&board, "/commands", command("CreateNode", new_node(6, Some(4)))).await;
    fails(&board, "/undo", json!({})).await;
    // What a batch did before it met the row is taken back.
    let batch = json!({"commands": [rename(1), rename(2)]});
    fails(&board, "/commands", command("Batch", batch)).await;
    assert_eq!(number(&mut sql, "select revision from sessions").await, before);
    assert_eq!(number(&mut sql, "select count(*) from nodes where name = 'x'").await, 0);

    board.execute("RenameNode", json!({"node_id": node_id(1), "name": "x"})).await;
    board.create(7, Some(3)).await;
    board.execute("LinkNode", json!({"child_id": node_id(7), "parent_id": node_id(1)})).await;
    let log = server.log();
    for part in [node_id(2).as_str(), node_id(5).as_str(), "properties", "position", "step 6"] {
        assert!(log.contains(part), "the log names {part}: {log}");
    }
}

#[tokio::test]
async fn schema_refuses_attributes_that_are_no_json() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let mut sql = server.sql().await;
    for statement in [
        "update sessions set attributes = '{a: 1}'",
        "update sessions set attributes = '[]'",
        "update sessions set attributes = '{'",
        "insert into sessions (session_id, created_at, last_activity, attributes)
         select '00000000-0000-7000-8000-0000000000ff', created_at, created_at, '{a: 1}'
         from sessions",
    ] {
        run(&mut sql, statement).await.expect_err(statement);
    }
    assert_eq!(board.get("").await["attributes"], json!({}));
}

#[tokio::test]
async fn unreadable_session_fails_only_its_own_readers() {
    let server = Binary::start(&["--cleanup-interval", "off"]).await;
    let api = server.api();
    let mut sql = server.sql().await;
    run(&mut sql, "pragma ignore_check_constraints = on").await.unwrap();
    // The file has refused it only since there are these triggers.
    run(&mut sql, "drop trigger if exists sessions_check_attributes_on_update").await.unwrap();
    for (column, statement) in [
        ("attributes", "update sessions set attributes = '{a: 1}' where name = 'attributes'"),
        (
            "last_activity",
            "update sessions set last_activity = '2024-99-15T10:30:00.000000+00:00'
             where name = 'last_activity'",
        ),
    ] {
        let damaged = api.create(json!({"name": column})).await;
        let whole = api.create(json!({})).await;
        run(&mut sql, statement).await.unwrap();
        let mut reads = JoinSet::new();
        for number in 0..60 {
            let (api, is_whole) = (api.clone(), number % 2 == 0);
            let path = format!("/sessions/{}", if is_whole { &whole } else { &damaged });
            reads.spawn(async move {
                let (status, _) = api.call(Method::GET, &path, None).await;
                assert_eq!(status.as_u16(), if is_whole { 200 } else { 500 }, "{path}");
            });
        }
        reads.join_all().await;
        let log = server.log();
        let line = format!("sessions, session {damaged}: {column} can't be read");
        assert!(log.contains(&line), "{line}: {log}");
    }
    assert_eq!(api.get("/sessions").await["total"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn unreadable_node_does_not_split_the_transaction_of_others() {
    // The program, since its transactions have room for all of them.
    let server = Binary::start(&["--cleanup-interval", "off"]).await;
    let (board, other) = (Board::new(server.api()).await, Board::new(server.api()).await);
    board.create(1, None).await;
    other.create(1, None).await;
    let mut sql = server.sql().await;
    run(&mut sql, "pragma ignore_check_constraints = on").await.unwrap();
    run(&mut sql, "update nodes set properties = '{a: 1}' where session = 1").await.unwrap();

    let mut number = 2;
    // Nobody sees when all have come to wait, so the pause for that grows.
    for pause in [100, 400, 1_600] {
        run(&mut sql, "delete from internal_event_log where session = 2").await.unwrap();
        run(&mut sql, "begin immediate").await.unwrap();
        let mut waiting = JoinSet::new();
        for _ in 0..10 {
            let (board, other) = (board.clone(), other.clone());
            let rename = command("RenameNode", json!({"node_id": node_id(1), "name": "x"}));
            let create = command("CreateNode", new_node(number, None));
            waiting.spawn(async move { board.call(Method::POST, "/commands", rename).await.0 });
            waiting.spawn(async move { other.call(Method::POST, "/commands", create).await.0 });
            number += 1;
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
        run(&mut sql, "rollback").await.unwrap();
        let mut answers = waiting.join_all().await;
        answers.sort_unstable();
        assert_eq!(answers, [[200; 10], [500; 10]].concat());
        // A transaction has one time: the first request had one to itself, the others share one.
        let times = "select count(distinct at) from internal_event_log where session = 2";
        if crate::support::number(&mut sql, times).await <= 2 {
            return;
        }
    }
    panic!("the commands of others were split");
}

#[tokio::test]
async fn session_that_cannot_be_read_does_not_keep_the_server_from_starting() {
    let mut server = Binary::start(&["--cleanup-interval", "off"]).await;
    let (broken, sound) =
        (server.api().create(json!({})).await, server.api().create(json!({})).await);
    let (mut one, mut other) = (server.ws().await, server.ws().await);
    one.join(&broken).await;
    one.join(&sound).await;
    other.join(&sound).await;
    server.kill().await;
    let wrong =
        "update sessions set last_activity = '2024-02-30T10:30:00.000000+00:00' where session = 1";
    let mut sql = server.sql().await;
    run(&mut sql, wrong).await.unwrap();
    server.start_again().await;
    assert_eq!(server.api().active_clients(&sound).await, 1, "the one that is in both stays");
    assert!(server.log().contains("Correct that row in the database file"), "{}", server.log());
    eventually("a change of others is written", || async {
        server.api().call(Method::GET, "/ready", None).await.0 == 200
    })
    .await;
    // The row is corrected, and the next start disconnects what was left.
    server.terminate().await;
    run(&mut sql, "update sessions set last_activity = created_at").await.unwrap();
    server.start_again().await;
    for id in [&broken, &sound] {
        assert_eq!(server.api().active_clients(id).await, 0);
    }
}
