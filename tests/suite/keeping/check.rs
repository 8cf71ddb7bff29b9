//! The check of a database: nothing is found where nothing is wrong, and each rule finds what breaks it.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Value, json};
use sqlx::Connection;

use super::{output, succeed};
use crate::support::board::Board;
use crate::support::{Binary, sql};

const QUIET: [&str; 2] = ["--cleanup-interval", "off"];

fn check<'a>(file: &'a Path, options: &'a [&'a str]) -> Vec<&'a OsStr> {
    ["check".as_ref(), file.as_os_str()]
        .into_iter()
        .chain(options.iter().map(|option| option.as_ref()))
        .collect()
}

/// A server with two sessions of which one has content, history and a client.
async fn server() -> (Binary, Board) {
    let server = Binary::start(&QUIET).await;
    server.api().create(json!({})).await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    board.create(2, Some(1)).await;
    board.undo().await;
    board.redo().await;
    (server, board)
}

/// The names of the checks that found something.
async fn found(file: &Path) -> Vec<String> {
    let output = output(&check(file, &["--json"])).await;
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(report["ok"], findings.is_empty(), "{report}");
    assert_eq!(output.status.code(), Some(i32::from(!findings.is_empty())));
    for finding in findings {
        let message = finding["message"].as_str().unwrap();
        assert!(message.contains(". ") && message.ends_with('.'), "{message}");
    }
    let mut names: Vec<String> =
        findings.iter().map(|finding| finding["check"].as_str().unwrap().to_owned()).collect();
    names.dedup();
    names
}

#[tokio::test]
async fn check_finds_nothing_beside_a_running_server_and_changes_nothing() {
    let (server, board) = server().await;
    let mut ws = server.ws().await;
    ws.join(&board.id).await;
    let text = succeed(&check(&server.database(), &[])).await;
    assert!(text.ends_with("test.db: ok (sessions: 2)\n"), "{text}");
    assert_eq!(found(&server.database()).await, [""; 0]);
    board.create(3, None).await;
    assert_eq!(ws.event().await["type"], "node-created");
}

#[tokio::test]
async fn check_finds_what_breaks_each_rule() {
    let (mut server, _) = server().await;
    server.terminate().await;
    // Without the triggers, which would refuse or repair most of this.
    for (rule, statement) in [
        ("internal_session_total", "update internal_session_total set sessions = 7"),
        ("active_clients", "update sessions set active_clients = 3 where session = 2"),
        ("node_count", "update sessions set root_count = 2 where session = 2"),
        ("child_count", "update nodes set child_count = 4 where parent_id is null"),
        ("parents", "delete from nodes where parent_id is null"),
        ("seq", "delete from internal_event_log where first_seq = 3"),
        ("last_seq", "update sessions set seq = seq + 1 where session = 2"),
        ("internal_event_index", "insert into internal_event_index values (2, 77, 77)"),
        ("nodes", "update nodes set generation = 5"),
        ("steps", "update sessions set steps = 0"),
        ("history", "update history set session = 99"),
        ("internal_position_remaps", "insert into internal_position_remaps values (99, 1, 1, 'a', null, 'b', 'c')"),
        (
            "tombstones",
            "insert into tombstones select session, session_id, created_at, 'idle' from sessions",
        ),
        (
            "internal_removed_sessions",
            "insert into internal_removed_sessions select session, '', null, null, '', '', null, null, 0, null,
                                                 0, 0, 0, 0, 0, 0, 0, '{}' from sessions",
        ),
        ("internal_purge_queue", "insert into internal_purge_queue values (2, 0)"),
        ("foreign_keys", "insert into clients values (99, 'c', 'websocket', 'now', null)"),
        ("integrity", "update sessions set attributes = '[]'"),
    ] {
        let file = server.folder.path().join(format!("{rule}.db"));
        std::fs::copy(server.database(), &file).unwrap();
        let mut broken = sql(file.clone()).await;
        let triggers: Vec<String> =
            sqlx::query_scalar("select name from sqlite_schema where type = 'trigger'")
                .fetch_all(&mut broken)
                .await
                .unwrap();
        let off = "pragma foreign_keys = off; pragma ignore_check_constraints = on;".to_owned();
        let drops = triggers.iter().map(|name| format!("drop trigger {name};"));
        let script = drops.fold(off, |script, drop| script + &drop) + statement;
        sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&mut broken).await.unwrap();
        broken.close().await.unwrap();
        assert!(
            found(&file).await.iter().any(|name| name == rule),
            "{rule}: {:?}",
            found(&file).await
        );
    }
    assert_eq!(found(&server.database()).await, [""; 0]);
}

#[tokio::test]
async fn check_of_a_damaged_or_missing_file_fails_with_a_sentence() {
    let (mut server, _) = server().await;
    server.terminate().await;
    let damaged = server.folder.path().join("broken.db");
    let mut bytes = std::fs::read(server.database()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xa5);
    std::fs::write(&damaged, bytes).unwrap();
    let result = output(&check(&damaged, &[])).await;
    assert_eq!(result.status.code(), Some(1));
    let text = String::from_utf8([result.stdout, result.stderr].concat()).unwrap();
    assert!(text.contains("damage") && text.contains("estore a backup"), "{text}");
    let missing = server.folder.path().join("none.db");
    let text = super::fail(&check(&missing, &[])).await;
    assert!(text.contains("none.db"), "{text}");
}
