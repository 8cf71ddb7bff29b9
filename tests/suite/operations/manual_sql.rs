//! What a person with a SQL shell can and cannot change in a file that is in use.

use reqwest::Method;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use crate::support::board::{Board, node_id};
use crate::support::{Binary, Server, Ws, number, run, seconds_ago};

/// Sessions whose count is not the number of their client rows, rows of no session, a wrong total.
const WRONG: &str = "
    select (select count(*) from sessions as s where active_clients <>
                (select count(*) from clients as c where c.session = s.session))
         + (select count(*) from clients where session not in (select session from sessions))
         + (select sessions <> (select count(*) from sessions) from internal_session_total)";

/// The service with two clients in one session and one in another.
struct Busy {
    server: Server,
    sql: SqliteConnection,
    first: String,
    _clients: Vec<Ws>,
}

async fn busy(foreign_keys: bool) -> Busy {
    let server = Server::start().await;
    let api = server.api();
    let (first, second) = (api.create(json!({})).await, api.create(json!({})).await);
    let mut clients = Vec::new();
    for id in [&first, &first, &second] {
        let mut ws = server.ws().await;
        ws.join(id).await;
        clients.push(ws);
    }
    // `sqlite3` has foreign keys off by default.
    let options = SqliteConnectOptions::new().filename(server.database());
    let sql = options.foreign_keys(foreign_keys).connect().await.unwrap();
    Busy { server, sql, first, _clients: clients }
}

impl Busy {
    async fn run(&mut self, statement: &'static str) -> Result<u64, String> {
        run(&mut self.sql, statement).await
    }
}

/// Statements that would make a number untrue, and part of the error that they get.
const REFUSED: [(&str, &str); 28] = [
    ("update sessions set active_clients = 0", "active_clients counts the rows"),
    ("update sessions set active_clients = active_clients + 1", "active_clients counts the rows"),
    ("update sessions set active_clients = -1", ""),
    (
        "update sessions set active_clients = active_clients + 2, client_changes = client_changes + 1",
        "active_clients counts the rows",
    ),
    (
        "update sessions set active_clients = active_clients + 1, client_changes = client_changes + 2",
        "active_clients counts the rows",
    ),
    (
        "insert into sessions (session_id, created_at, last_activity, active_clients)
         select '0190a1b2-c3d4-7e5f-8a9b-000000000000', created_at, created_at, 3
         from sessions limit 1",
        "start with 0",
    ),
    ("update clients set session = 2 where session = 1", "stays in its session"),
    ("update or replace clients set session = 2", "stays in its session"),
    ("update or replace clients set client_id = 'same' where session = 1", "client"),
    (
        "replace into clients select session, client_id, 'websocket', connected_at, null from clients",
        "in the session already",
    ),
    (
        "insert or ignore into clients select session, client_id, 'websocket', '', null from clients",
        "in the session already",
    ),
    ("update sessions set session = session + 100", "session"),
    (
        "update or replace sessions set session_id = '0190a1b2-c3d4-7e5f-8a9b-000000000000'",
        "session",
    ),
    (
        "replace into sessions (session, session_id, created_at, last_activity)
         select session, session_id, created_at, last_activity from sessions",
        "session",
    ),
    (
        "replace into sessions (session_id, created_at, last_activity)
         select session_id, created_at, last_activity from sessions",
        "session",
    ),
    ("update sessions set seq = 99", "seq"),
    ("update sessions set seq = 0", "seq"),
    (
        "insert into sessions (session_id, created_at, last_activity, seq)
         select '0190a1b2-c3d4-7e5f-8a9b-000000000000', created_at, created_at, 3
         from sessions limit 1",
        "seq",
    ),
    (
        "insert into events (session, seq, at, event, payload)
         select session, seq + 2, at, event, payload from events",
        "seq must be the number after",
    ),
    (
        "insert into events (session, seq, at, event, payload)
         select session, seq, at, event, payload from events",
        "seq must be the number after",
    ),
    ("update events set seq = seq + 1000", "event"),
    ("update events set session = session + 1000", "event"),
    (
        "insert into internal_event_log (session, first_seq, seq, at, events)
         select session, seq, seq + 1, at, '[[\"one\", {}], [\"another\", {}]]' from internal_event_log",
        "seq must be the number after",
    ),
    (
        "insert into internal_event_log (session, first_seq, seq, at, events)
         select session, seq + 1, seq + 1, last_activity, '[]' from sessions",
        "CHECK",
    ),
    ("update internal_event_log set seq = seq + 1000", "event"),
    ("update internal_event_log set session = session + 1000", "event"),
    ("update internal_event_log set events = '[]'", "event"),
    ("update or replace internal_event_log set entry = 1", "event"),
];

async fn refuses_what_would_be_untrue(foreign_keys: bool) {
    let mut busy = busy(foreign_keys).await;
    let dump =
        "select (select json_group_array(json_array(session, session_id, active_clients, seq))
                        from sessions)
                    || (select json_group_array(json_array(session, client_id)) from clients)
                    || (select json_group_array(json_array(session, seq, event)) from events)";
    let before: String = sqlx::query_scalar(dump).fetch_one(&mut busy.sql).await.unwrap();
    for (statement, reason) in REFUSED {
        match busy.run(statement).await {
            Ok(rows) => panic!("{rows} rows were changed by {statement}"),
            Err(text) => assert!(text.contains(reason), "{statement}: {text}"),
        }
        let after: String = sqlx::query_scalar(dump).fetch_one(&mut busy.sql).await.unwrap();
        assert_eq!(after, before, "{statement}");
        assert_eq!(number(&mut busy.sql, WRONG).await, 0, "{statement}");
    }
}

#[tokio::test]
async fn manual_sql_that_falsifies_a_count_is_refused() {
    refuses_what_would_be_untrue(true).await;
}

#[tokio::test]
async fn manual_sql_that_falsifies_a_count_is_refused_without_foreign_keys() {
    refuses_what_would_be_untrue(false).await;
}

/// Statements that are allowed, and how many clients the first session has after each.
const ALLOWED: [(&str, i64); 5] = [
    (
        "delete from clients where (session, client_id) in (select session, client_id from clients
         where session = 1 limit 1)",
        1,
    ),
    (
        "insert into clients values (1, 'manual', 'websocket', '2024-01-15T10:30:00.000000+00:00',
         null)",
        2,
    ),
    ("update clients set user = '\"Ann\"' where client_id = 'manual'", 2),
    ("update sessions set active_clients = 2 where session = 1", 2),
    ("delete from clients", 0),
];

async fn the_count_follows(foreign_keys: bool) {
    let mut busy = busy(foreign_keys).await;
    let api = busy.server.api();
    assert_eq!(api.active_clients(&busy.first).await, 2);
    for (statement, count) in ALLOWED {
        busy.run(statement).await.unwrap();
        assert_eq!(number(&mut busy.sql, WRONG).await, 0, "{statement}");
        assert_eq!(api.active_clients(&busy.first).await, count, "{statement}");
    }
}

#[tokio::test]
async fn active_clients_follows_manual_changes_of_client_rows() {
    the_count_follows(true).await;
}

#[tokio::test]
async fn active_clients_follows_client_rows_without_foreign_keys() {
    the_count_follows(false).await;
}

#[tokio::test]
async fn manual_session_delete_removes_its_clients() {
    for foreign_keys in [true, false] {
        let mut busy = busy(foreign_keys).await;
        assert_eq!(busy.run("delete from sessions where session = 1").await, Ok(1));
        assert_eq!(number(&mut busy.sql, "select count(*) from clients").await, 1);
        assert_eq!(number(&mut busy.sql, WRONG).await, 0);
        assert_eq!(busy.server.api().get("/sessions").await["total"], 1);
        assert_eq!(busy.run("delete from sessions").await, Ok(1));
        assert_eq!(number(&mut busy.sql, "select count(*) from clients").await, 0);
        assert_eq!(number(&mut busy.sql, WRONG).await, 0);
    }
}

#[tokio::test]
async fn manually_inserted_event_gets_the_next_seq_and_counts_as_activity() {
    let mut busy = busy(false).await;
    // Later than all else, but by less than is taken for a clock's mistake.
    let insert = "insert into events (session, seq, at, event, payload)
                  select session, seq + 1,
                         strftime('%Y-%m-%dT%H:%M:%S', 'now', '+50 seconds') || '.000000+00:00',
                         'by-hand', '{}'
                  from sessions where session = 1";
    // SQLite counts no rows of a view.
    assert_eq!(busy.run(insert).await, Ok(0));
    let session = busy.server.api().get(&format!("/sessions/{}", busy.first)).await;
    assert_eq!(session["seq"], 3);
    let last_activity = session["last_activity"].as_str().unwrap();
    assert!(last_activity > seconds_ago(-20.0).as_str(), "{last_activity}");
    assert_eq!(busy.server.ws().await.join(&busy.first).await["seq"], 4);
}

#[tokio::test]
async fn foreign_write_lock_is_reported_to_waiting_writers() {
    let mut busy = busy(false).await;
    busy.run("begin immediate").await.unwrap();
    let touch = format!("/sessions/{}/touch", busy.first);
    let (status, answer) = busy.server.api().call(Method::POST, &touch, None).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (503, &json!("UNAVAILABLE")));
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("locked by another program; nothing was changed"), "{message}");
    assert!(message.contains("End its transaction"), "{message}");
    busy.run("rollback").await.unwrap();
    assert_eq!(busy.server.api().call(Method::POST, &touch, None).await.0, 200);
}

#[tokio::test]
async fn overview_views_show_who_is_in_which_session() {
    let mut busy = busy(false).await;
    let overview: Vec<(String, i64, i64, String)> = sqlx::query_as(
        "select session_id, active_clients, seq, stays_because from session_overview
         order by active_clients",
    )
    .fetch_all(&mut busy.sql)
    .await
    .unwrap();
    assert_eq!(overview.len(), 2);
    let expected = (busy.first.clone(), 2, 2, "has_clients, active_recently".to_owned());
    assert_eq!(overview[1], expected);
    let listed = "select count(*) from client_overview as c join session_overview as s
                using (session_id) where s.active_clients = 2 and c.transport = 'websocket'";
    assert_eq!(number(&mut busy.sql, listed).await, 2);
    // SQLite's own functions read the times.
    let readable = "select count(*) from sessions
                    where abs(julianday('now') - julianday(last_activity)) < 1
                      and datetime(created_at) is not null";
    assert_eq!(number(&mut busy.sql, readable).await, 2);
}

#[tokio::test]
async fn cycle_made_by_manual_sql_does_not_hang_requests() {
    let server = Binary::start(&[]).await;
    let board = Board::new(server.api()).await;
    for (number, parent) in [(1, None), (2, Some(1)), (3, Some(2)), (4, None)] {
        board.create(number, parent).await;
    }
    let circle = "update nodes set parent_id = (select node_id from nodes where name = 'n3')
                  where name = 'n1'";
    assert_eq!(run(&mut server.sql().await, circle).await, Ok(1));

    board.create(5, Some(3)).await;
    board.execute("RenameNode", json!({"node_id": node_id(2), "name": "two"})).await;
    let move_into = json!({"child_id": node_id(4), "parent_id": node_id(2)});
    board.execute("LinkNode", move_into).await;
    let move_up = json!({"child_id": node_id(2), "parent_id": node_id(5)});
    assert_eq!(board.refused("LinkNode", move_up).await.1, "INVALID_COMMAND");
    let all = board.execute("DeleteNode", json!({"node_id": node_id(1)})).await;
    assert_eq!(all["result"]["deleted"], 5);
    assert_eq!(board.get("/info").await["node_count"], 0);
    // The topmost stood below one of its own, which is gone with it.
    assert_eq!(board.no_step("undo", json!({})).await.1, "UNDO_CONFLICT");
}
