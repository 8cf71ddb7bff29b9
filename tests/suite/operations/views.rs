//! What a person reads with `sqlite3`: the views.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Row, SqliteConnection};

use crate::support::board::{Board, new_node, node_id};
use crate::support::{Server, eventually, number, run};

#[tokio::test]
async fn node_overview_has_parent_name_and_place() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let mut first = new_node(3, Some(1));
    first["index"] = 0.into();
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    board.execute("CreateNode", first).await;
    let mut sql = server.sql().await;
    let rows: Vec<(String, String, Option<String>, i64, i64, String)> = sqlx::query_as(
        "select session_id, name, parent_name, \"index\", child_count, properties
         from node_overview order by parent_name, \"index\"",
    )
    .fetch_all(&mut sql)
    .await
    .unwrap();
    let row = |name: &str, parent: Option<&str>, index, children| {
        let (id, parent) = (board.id.clone(), parent.map(str::to_owned));
        (id, name.to_owned(), parent, index, children, "{}".to_owned())
    };
    assert_eq!(
        rows,
        [row("n1", None, 0, 2), row("n3", Some("n1"), 0, 0), row("n2", Some("n1"), 1, 0)]
    );
}

#[tokio::test]
async fn command_overview_has_author_change_and_state() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let one = node_id(1);
    let set = |value: Value| json!({"node_id": one, "property_id": "p", "value": value});
    board.execute_as("ada", "CreateNode", new_node(1, None)).await;
    board.execute_as("bob", "RenameNode", json!({"node_id": one, "name": "x"})).await;
    board.execute("UpdateProperty", set(json!(null))).await;
    let both = json!({"commands": [
        {"command_type": "UpdateProperty", "data": set(json!({"a": 1}))},
        {"command_type": "DeleteNode", "data": {"node_id": one}},
    ]});
    board.execute_as("ada", "Batch", both).await;
    board.undo().await;
    let mut sql = server.sql().await;
    let rows = sqlx::query(
        "select client_id, command_type, state, change, node_id, property_id, was, became, timestamp
         from command_overview where session_id = ? order by step, change desc",
    )
    .bind(&board.id)
    .fetch_all(&mut sql)
    .await
    .unwrap();
    let text = |row: &sqlx::sqlite::SqliteRow, column: &str| {
        row.get::<Option<String>, _>(column).unwrap_or_else(|| "-".to_owned())
    };
    let listed: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            assert!(text(row, "timestamp").ends_with("+00:00"));
            assert_eq!(text(row, "node_id"), one);
            let words = ["client_id", "command_type", "state", "change", "property_id"];
            words.iter().map(|column| text(row, column)).collect()
        })
        .collect();
    assert_eq!(
        listed,
        [
            ["ada", "CreateNode", "applied", "created", "-"],
            ["bob", "RenameNode", "applied", "renamed", "-"],
            ["-", "UpdateProperty", "applied", "property", "p"],
            ["ada", "Batch", "undone", "property", "p"],
            ["ada", "Batch", "undone", "deleted", "-"],
        ]
    );
    let change = |place: usize| (text(&rows[place], "was"), text(&rows[place], "became"));
    let pair = |was: &str, became: &str| (was.to_owned(), became.to_owned());
    assert_eq!(change(1), pair(r#""n1""#, r#""x""#));
    assert_eq!(change(2), pair("-", "null"), "no value, then null");
    assert_eq!(change(3), pair("null", r#"{"a":1}"#));
    let (was, became) = change(4);
    let gone: Value = serde_json::from_str(&was).unwrap();
    assert_eq!((gone[0]["name"].clone(), &*became), (json!("x"), "-"));
    // Then something else is done instead.
    board.create(2, None).await;
    let state: String =
        sqlx::query_scalar("select state from command_overview where command_type = 'Batch'")
            .fetch_one(&mut sql)
            .await
            .unwrap();
    assert_eq!(state, "discarded");
}

/// Runs a statement about one session.
async fn write(sql: &mut SqliteConnection, statement: &'static str, session_id: &str) {
    sqlx::query(statement).bind(session_id).execute(sql).await.unwrap();
}

#[tokio::test]
async fn manual_sql_on_a_running_server_takes_effect() {
    let server = Server::start().await;
    let board = Board::new(server.api()).await;
    let id = &board.id;
    let mut sql = server.sql().await;
    let mut ada = server.ws().await;
    // After these the server knows the session, the client and the last node by heart.
    assert_eq!(ada.join(id).await["seq"], 1);
    board.create(1, None).await;
    assert_eq!(board.create(2, None).await["revision"], 2);

    write(&mut sql, "update sessions set revision = 100 where session_id = ?", id).await;
    let executed = board.create(3, None).await;
    assert_eq!((&executed["revision"], &executed["seq"]), (&json!(101), &json!(7)));

    let event = "insert into events (session, seq, at, event, payload)
                 select session, seq + 1, last_activity, 'note', '{}' from sessions
                 where session_id = ?";
    write(&mut sql, event, id).await;
    assert_eq!(board.create(4, None).await["seq"], 10);

    // A node behind all others; the next one comes behind it.
    let node = "insert into nodes (session, node_id, position, blueprint_type_id, name, properties)
                select session, '00000000-0000-4000-8000-0000000000ff', '800000001000', 'task', 'mine', '{}'
                from sessions where session_id = ?";
    write(&mut sql, node, id).await;
    board.create(5, None).await;
    let names: Vec<String> = sqlx::query_scalar(
        "select name from node_overview where session_id = ? order by \"index\"",
    )
    .bind(id)
    .fetch_all(&mut sql)
    .await
    .unwrap();
    assert_eq!(names, ["n1", "n2", "n3", "n4", "mine", "n5"]);

    // A client whose row a person has deleted is out, and may join again.
    let client = "delete from clients
                  where session = (select session from sessions where session_id = ?)";
    write(&mut sql, client, id).await;
    let joined = ada.join(id).await;
    assert_eq!(joined["active_clients"], 1);
    assert_eq!(joined["clients"][0]["client_id"], joined["client_id"]);
}

#[tokio::test]
async fn triggers_are_named_after_their_table_and_listed_with_the_invariants() {
    let server = Server::start().await;
    let triggers: Vec<(String, String)> =
        sqlx::query_as("select name, tbl_name from sqlite_schema where type = 'trigger'")
            .fetch_all(&mut server.sql().await)
            .await
            .unwrap();
    assert!(!triggers.is_empty());
    let list = include_str!("../../../ARCHITECTURE.md");
    for (name, table) in triggers {
        assert!(name.starts_with(&format!("{table}_")), "{name} is a trigger on {table}");
        assert!(list.contains(&format!("`{name}`")), "ARCHITECTURE.md does not list {name}");
    }
}

#[tokio::test]
async fn session_overview_says_of_cleanup_what_rest_says() {
    let server =
        Server::with(&["--cleanup-interval", "off", "--max-inactive-hours", "0.0001"]).await;
    let api = server.api();
    let mut ids = Vec::new();
    for session in [
        json!({}),
        json!({"pinned": true}),
        json!({"idle_timeout_hours": 0.0}),
        json!({"idle_timeout_hours": 30.5}),
        json!({"pinned": true, "idle_timeout_hours": 1.0}),
    ] {
        ids.push(api.create(session).await);
    }
    let mut ws = server.ws().await;
    ids.push(api.create(json!({"pinned": true})).await);
    ws.join(ids.last().unwrap()).await;
    let mut sql = server.sql().await;
    eventually("all are idle but those with a long timeout of their own", async || {
        let active = "select count(*) from session_overview where stays_because like '%active%'";
        number(&mut server.sql().await, active).await == 2
    })
    .await;
    let mut removable = 0;
    for id in &ids {
        let status = api.get(&format!("/sessions/{id}/cleanup")).await;
        let query = "select stays_because, removable_at from session_overview where session_id = ?";
        let (stays_because, removable_at): (Option<String>, Option<String>) =
            sqlx::query_as(query).bind(id).fetch_one(&mut sql).await.unwrap();
        let reasons: Vec<&str> = stays_because.iter().flat_map(|list| list.split(", ")).collect();
        assert_eq!(
            json!([reasons, removable_at]),
            json!([status["reasons"], status["removable_at"]])
        );
        removable += i32::from(status["removable"] == true);
    }
    assert_eq!(removable, 2);
}

/// The visits as ends and reasons, in the order of their beginnings.
async fn visits(sql: &mut SqliteConnection) -> Vec<(bool, bool, Option<String>)> {
    sqlx::query_as(
        "select joined_at is not null, left_at is not null, reason from visit_overview
         order by joined_at, left_at",
    )
    .fetch_all(sql)
    .await
    .unwrap()
}

#[tokio::test]
async fn visits_end_with_a_departure_a_removal_or_a_restart() {
    let mut server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let path = format!("/sessions/{id}");
    let mut ws = server.ws().await;
    ws.join(&id).await;
    ws.leave(&id).await;
    ws.join(&id).await;
    assert_eq!(api.call(Method::DELETE, &path, None).await.0, 204);
    api.post(&format!("{path}/restore"), json!({})).await;
    ws.join(&id).await;
    let mut sql = server.sql().await;
    let visit = |left: bool, reason: Option<&str>| (true, left, reason.map(str::to_owned));
    let (left, removed) = (visit(true, Some("left")), visit(true, Some("session_removed")));
    assert_eq!(visits(&mut sql).await, [left.clone(), removed.clone(), visit(false, None)]);
    server.restart().await;
    let shutdown = visit(true, Some("server_shutdown"));
    assert_eq!(visits(&mut sql).await, [left, removed, shutdown]);

    // Of what began before the oldest event, the end is known, and of what goes on the beginning.
    let mut ws = server.ws().await;
    ws.join(&id).await;
    run(&mut sql, "delete from internal_event_log").await.unwrap();
    assert_eq!(visits(&mut sql).await, [visit(false, None)]);
    ws.leave(&id).await;
    assert_eq!(visits(&mut sql).await, [(false, true, Some("left".to_owned()))]);
}
