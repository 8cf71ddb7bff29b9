//! What a person with a SQL shell can and cannot change of a session's content, history, events and times.

use reqwest::Method;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use crate::support::board::{Board, node_id};
use crate::support::{Server, number, run};

/// A session of four nodes, and another one; a connection as `sqlite3` has it.
async fn board() -> (Server, Board, SqliteConnection) {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    for (node, parent) in [(1, None), (2, Some(1)), (3, Some(1)), (4, None)] {
        board.create(node, parent).await;
    }
    board.undo().await;
    server.api().create(json!({})).await;
    let options = SqliteConnectOptions::new().filename(server.database()).foreign_keys(false);
    let sql = options.connect().await.unwrap();
    (server, board, sql)
}

/// Statements that would make a count untrue, or a row unreadable, and part of the error that they get.
const REFUSED: [(&str, &str); 21] = [
    ("update sessions set node_count = 99 where session = 1", "count the rows in nodes"),
    ("update sessions set root_count = 7 where session = 1", "count the rows in nodes"),
    ("update sessions set node_count = 5, root_count = 5 where session = 2", "count the rows"),
    ("update nodes set child_count = 7", "child_count counts the rows below"),
    (
        "insert into sessions (session_id, created_at, last_activity, node_count)
         select '0190a1b2-c3d4-7e5f-8a9b-000000000000', created_at, created_at, 3
         from sessions limit 1",
        "node_count and root_count count",
    ),
    (
        "insert into nodes (session, node_id, position, blueprint_type_id, name, properties,
                            child_count)
         values (1, '00000000-0000-7000-8000-0000000000ff', '800000001000', 'task', 'n', '{}', 3)",
        "child_count counts the rows below",
    ),
    ("update sessions set generation = 5", "generation names rows of nodes"),
    ("update sessions set last_activity = datetime('now')", "CHECK"),
    ("update sessions set created_at = '2024-13-01T10:30:00.000000+00:00'", "CHECK"),
    ("update sessions set created_at = '2024-02-30T10:30:00.000000+00:00'", "CHECK"),
    (
        "insert into sessions (session_id, created_at, last_activity)
         select 'thirty-six characters, but no UUID..', created_at, created_at from sessions limit 1",
        "CHECK",
    ),
    (
        "insert into sessions (session_id, created_at, last_activity)
         select '0190A1B2-C3D4-7E5F-8A9B-000000000000', created_at, created_at from sessions limit 1",
        "CHECK",
    ),
    (
        "insert into tombstones select session, session_id, created_at, 'idle' from sessions",
        "the session exists",
    ),
    (
        "insert into tombstones select 77, session_id, created_at, 'idle' from sessions",
        "the session exists",
    ),
    (
        "insert into tombstones
         values (77, '0190a1b2-c3d4-7e5f-8a9b-000000000000', 'yesterday', 'idle')",
        "CHECK",
    ),
    (
        "insert into tombstones select 77, '0190a1b2-c3d4-7e5f-8a9b-000000000000', created_at, 'old'
         from sessions limit 1",
        "CHECK",
    ),
    ("insert into clients select session, 'c', 'pigeon', created_at, null from sessions", "CHECK"),
    (
        "insert into clients select 99, 'c', 'websocket', created_at, null from sessions limit 1",
        "no such session",
    ),
    (
        "insert into events (session, seq, at, event, payload)
         select session, seq + 1, last_activity, 'note', '[1]' from sessions",
        "payload is a JSON object",
    ),
    (
        "insert into events (session, seq, at, event, payload)
         select session, seq + 1, last_activity, 'note', '{' from sessions",
        "malformed JSON",
    ),
    ("delete from events", "view"),
];

#[tokio::test]
async fn manual_sql_that_falsifies_content_or_times_is_refused() {
    let (_server, board, mut sql) = board().await;
    let before = board.snapshot().await;
    for (statement, reason) in REFUSED {
        match run(&mut sql, statement).await {
            Ok(rows) => panic!("{rows} rows were changed by {statement}"),
            Err(text) => assert!(text.contains(reason), "{statement}: {text}"),
        }
        assert_eq!(board.snapshot().await, before, "{statement}");
    }
    // The service goes on as if nothing had been tried.
    board.redo().await;
    board.execute("DeleteNode", json!({"node_id": node_id(1)})).await;
    board.undo().await;
    assert_eq!(board.outline().await, "n1(n2 n3) n4");
    let cleanup = json!({"max_inactive_hours": 0});
    assert_eq!(board.api.post("/sessions/cleanup", cleanup).await["count"], 2);
    let restored = board.call(Method::POST, "/restore", json!(null)).await;
    assert_eq!((restored.0.as_u16(), &restored.1["node_count"]), (200, &json!(4)));
}

#[tokio::test]
async fn node_counts_follow_manual_changes_of_node_rows() {
    let (_server, board, mut sql) = board().await;
    board.redo().await;
    let wrong = "select (select count(*) from sessions as s where (node_count, root_count) <>
                            (select count(*), coalesce(sum(parent_id is null), 0) from nodes as n
                             where n.session = s.session and n.generation = s.generation))
                      + (select count(*) from nodes as n where child_count <>
                            (select count(*) from nodes as c where c.session = n.session
                             and c.generation = n.generation and c.parent_id = n.node_id))";
    for (statement, count) in [
        ("update nodes set parent_id = null where name = 'n2'", 4),
        ("delete from nodes where name = 'n3'", 3),
        (
            "insert into nodes (session, node_id, parent_id, position, blueprint_type_id, name,
                                properties)
             select session, replace(node_id, '00000000-', '00000001-'), node_id, position,
                    blueprint_type_id, 'below ' || name, properties
             from nodes",
            6,
        ),
        ("update sessions set node_count = 6, root_count = 3 where session = 1", 6),
        ("delete from nodes", 0),
    ] {
        run(&mut sql, statement).await.unwrap();
        assert_eq!(number(&mut sql, wrong).await, 0, "{statement}");
        assert_eq!(board.get("").await["node_count"], count, "{statement}");
    }
    board.create(7, None).await;
    assert_eq!(board.outline().await, "n7");
}
