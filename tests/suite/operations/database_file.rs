//! Which files the server opens, and which it refuses and leaves unchanged.

use std::path::{Path, PathBuf};

use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

use crate::support::{Binary, run, start_error};

fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn second_server_on_the_same_file_is_refused() {
    let first = Binary::start(&["--cleanup-interval", "off"]).await;
    let api = first.api();
    let id = api.create(json!({})).await;
    let mut ws = first.ws().await;
    ws.join(&id).await;
    let link = first.folder.path().join("link.db");
    std::os::unix::fs::symlink(first.database(), &link).unwrap();
    for name in [first.database(), link] {
        let text = start_error(&name).await;
        assert!(text.contains("belongs to a rollcall that is running"), "{text}");
        assert!(text.contains(&name.display().to_string()), "{text}");
    }
    assert_eq!(api.active_clients(&id).await, 1);
    assert_eq!(ws.ask(json!({"type": "ping"})).await["type"], "pong");
    assert_eq!(ws.leave(&id).await["active_clients"], 0);
    assert_eq!(api.get(&format!("/sessions/{id}")).await["seq"], 2);
}

#[tokio::test]
async fn file_lock_is_released_by_kill_9() {
    let mut server = Binary::start(&[]).await;
    let id = server.api().create(json!({})).await;
    server.kill().await;
    server.start_again().await;
    server.api().get(&format!("/sessions/{id}")).await;
}

#[tokio::test]
async fn newer_schema_is_refused_and_left_unchanged() {
    let mut server = Binary::start(&[]).await;
    server.api().create(json!({})).await;
    server.terminate().await;
    let mut sql = server.sql().await;
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (9999, 'from the future', true, x'00', 0)",
    )
    .execute(&mut sql)
    .await
    .unwrap();
    sql.close().await.unwrap();
    let before = std::fs::read(server.database()).unwrap();
    let beside = names(server.folder.path());
    assert_eq!(beside.len(), 2, "{beside:?}: the file and the log");

    let text = start_error(&server.database()).await;
    assert!(text.contains("newer rollcall"), "{text}");
    assert!(text.contains("schema 9999"), "{text}");
    assert_eq!(std::fs::read(server.database()).unwrap(), before);
    assert_eq!(names(server.folder.path()), beside);
}

#[tokio::test]
async fn file_of_another_program_is_refused_and_left_unchanged() {
    let folder = TempDir::new().unwrap();
    let foreign = folder.path().join("bookmarks.db");
    let mut sql = SqliteConnectOptions::new()
        .filename(&foreign)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    sqlx::query("create table bookmarks (url text)").execute(&mut sql).await.unwrap();
    sql.close().await.unwrap();
    let text_file = folder.path().join("letter.txt");
    std::fs::write(&text_file, "Dear reader, this is no database. ".repeat(100)).unwrap();

    for (file, reason) in [(&foreign, "another program"), (&text_file, "cannot read")] {
        let before = std::fs::read(file).unwrap();
        let text = start_error(file).await;
        assert!(text.contains(reason), "{text}");
        assert!(text.contains(&file.display().to_string()), "{text}");
        assert_eq!(std::fs::read(file).unwrap(), before);
    }
}

#[tokio::test]
async fn impossible_database_path_is_a_readable_error() {
    let folder = TempDir::new().unwrap();
    let nowhere = folder.path().join("no").join("such.db");
    let text = start_error(&nowhere).await;
    assert!(text.contains("no folder"), "{text}");
    let text = start_error(folder.path()).await;
    assert!(text.contains("is a folder"), "{text}");
}

#[tokio::test]
async fn empty_file_is_initialized() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("test.db");
    std::fs::write(&file, "").unwrap();
    let server = Binary::start_in(folder, &[]).await;
    server.api().create(json!({})).await;
}

#[tokio::test]
async fn older_schema_is_migrated_with_its_data() {
    const ID: &str = "0190a1b2-c3d4-7e5f-8a9b-000000000000";
    let folder = TempDir::new().unwrap();
    let options =
        SqliteConnectOptions::new().filename(folder.path().join("test.db")).create_if_missing(true);
    let mut old = options.connect().await.unwrap();
    let migrations = sqlx::migrate!();
    let newest = migrations.iter().map(|migration| migration.version).max().unwrap();
    migrations.run_to(newest - 1, &mut old).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        r#"insert into sessions (session_id, created_at, last_activity)
           values ('{ID}', '2026-11-01T10:30:00.000000+00:00', '2026-11-01T10:30:00.000000+00:00');
           insert into events (session, seq, at, event, payload)
           values (1, 1, strftime('%Y-%m-%dT%H:%M:%f000+00:00'), 'node-created', '{{}}');"#
    )))
    .execute(&mut old)
    .await
    .unwrap();
    old.close().await.unwrap();
    let server = Binary::start_in(folder, &["--cleanup-interval", "off"]).await;
    assert_eq!(server.ws().await.join(ID).await["seq"], 2);
    let mut sql = server.sql().await;
    let applied: i64 = sqlx::query_scalar("select max(version) from _sqlx_migrations")
        .fetch_one(&mut sql)
        .await
        .unwrap();
    assert_eq!(applied, newest);
}

/// The migrations were written anew before the first release, with other texts under the same numbers.
#[tokio::test]
async fn pre_release_schema_is_refused_and_left_unchanged() {
    let mut server = Binary::start(&[]).await;
    server.terminate().await;
    let mut sql = server.sql().await;
    run(
        &mut sql,
        "update _sqlx_migrations set checksum = x'00' where version = 1;
         insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (22, 'strict attributes', true, x'00', 0)",
    )
    .await
    .unwrap();
    sql.close().await.unwrap();
    let before = std::fs::read(server.database()).unwrap();
    let text = start_error(&server.database()).await;
    assert!(text.contains("from before the first release"), "{text}");
    assert!(text.contains("it was left as it is"), "{text}");
    assert_eq!(std::fs::read(server.database()).unwrap(), before);
}
