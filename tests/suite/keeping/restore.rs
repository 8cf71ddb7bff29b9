//! Restoring a backup: what is put in place of what, and what is refused.

use std::fs;

use reqwest::Method;
use serde_json::json;
use sqlx::Connection;
use tempfile::TempDir;

use super::{back_up, fail, names, restore, succeed};
use crate::support::board::Board;
use crate::support::{Api, Binary};
use crate::support::{run, sql};

const QUIET: [&str; 2] = ["--cleanup-interval", "off"];

#[tokio::test]
async fn restore_keeps_the_database_from_before_with_all_that_was_answered() {
    let mut server = Binary::start(&QUIET).await;
    let board = Board::new(server.api()).await;
    board.create(1, None).await;
    let mut ws = server.ws().await;
    ws.join(&board.id).await;
    let target = server.folder.path().join("copy.db");
    succeed(&back_up(&server.database(), &target)).await;
    board.create(2, None).await;
    let before = board.snapshot().await;
    // Its changes are still in the WAL.
    server.kill().await;
    assert!(server.folder.path().join("test.db-wal").metadata().unwrap().len() > 0);
    let printed = succeed(&restore(&target, &server.database())).await;
    assert!(printed.contains("test.db (sessions: 1, size: "), "{printed}");
    assert!(printed.contains("test.db.before-restore"), "{printed}");
    assert_eq!(names(server.folder.path(), "test"), ["test.db", "test.db.before-restore"]);

    server.start_again().await;
    let restored = Board { api: server.api(), id: board.id.clone() };
    assert_eq!(restored.outline().await, "n1");
    // The client of the backup is nobody's.
    assert_eq!(restored.get("").await["active_clients"], 0);
    server.terminate().await;

    let place = TempDir::new().unwrap();
    let old = server.folder.path().join("test.db.before-restore");
    fs::rename(old, place.path().join("test.db")).unwrap();
    let old = Binary::start_in(place, &QUIET).await;
    let old = Board { api: old.api(), id: board.id };
    let after = old.snapshot().await;
    assert_eq!((&after[0]["nodes"], &after[1]), (&before[0]["nodes"], &before[1]));
}

#[tokio::test]
async fn restore_is_refused_while_a_server_runs() {
    let server = Binary::start(&QUIET).await;
    let target = server.folder.path().join("copy.db");
    succeed(&back_up(&server.database(), &target)).await;
    let id = server.api().create(json!({})).await;
    let text = fail(&restore(&target, &server.database())).await;
    assert!(text.contains("belongs to a rollcall that is running"), "{text}");
    assert_eq!(server.api().get("/ready").await["status"], "ok");
    server.api().get(&format!("/sessions/{id}")).await;
}

#[tokio::test]
async fn restore_refuses_damaged_foreign_and_newer_files() {
    let mut server = Binary::start(&QUIET).await;
    server.api().create(json!({})).await;
    let (folder, database) = (server.folder.path().to_owned(), server.database());
    let target = folder.join("copy.db");
    succeed(&back_up(&database, &target)).await;
    server.terminate().await;
    let before = fs::read(&database).unwrap();

    let damaged = folder.join("broken.db");
    let mut bytes = fs::read(&target).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xa5);
    fs::write(&damaged, bytes).unwrap();
    let newer = folder.join("newer.db");
    fs::copy(&target, &newer).unwrap();
    let mut sql = sql(newer.clone()).await;
    run(
        &mut sql,
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (9999, 'of tomorrow', true, x'00', 0)",
    )
    .await
    .unwrap();
    sql.close().await.unwrap();
    let letter = folder.join("letter");
    fs::write(&letter, "Dear Ada, this is a letter and no database at all.").unwrap();
    let empty = folder.join("empty");
    fs::write(&empty, "").unwrap();
    for (file, reason) in [
        (&damaged, "damaged"),
        (&newer, "newer rollcall"),
        (&letter, "cannot read"),
        (&empty, "is empty or no file"),
        (&folder.join("none"), "cannot read the backup"),
        (&database, "is the database itself"),
    ] {
        let text = fail(&restore(file, &database)).await;
        assert!(text.contains(reason), "{}: {text}", file.display());
        assert!(fs::read(&database).unwrap() == before, "{text}");
        assert_eq!(names(&folder, "test"), ["test.db"], "{text}");
    }
}

#[tokio::test]
async fn restore_does_not_replace_the_database_from_before_another_restore() {
    let mut server = Binary::start(&QUIET).await;
    let target = server.folder.path().join("copy.db");
    succeed(&back_up(&server.database(), &target)).await;
    server.terminate().await;
    succeed(&restore(&target, &server.database())).await;
    let text = fail(&restore(&target, &server.database())).await;
    assert!(text.contains("test.db.before-restore is there from another restore"), "{text}");
}

#[tokio::test]
async fn restore_of_a_copy_by_sqlite_has_a_new_epoch_too() {
    let mut server = Binary::start(&QUIET).await;
    let id = server.api().create(json!({})).await;
    let epoch = server.api().get("/sessions").await["epoch"].take();
    let copy = server.folder.path().join("copy.db");
    sqlx::query("vacuum into ?")
        .bind(copy.to_str().unwrap())
        .execute(&mut server.sql().await)
        .await
        .unwrap();
    server.terminate().await;
    succeed(&restore(&copy, &server.database())).await;
    server.start_again().await;
    server.api().get(&format!("/sessions/{id}")).await;
    assert_ne!(server.api().get("/sessions").await["epoch"], epoch);
}

#[tokio::test]
async fn token_that_was_revoked_after_the_backup_stays_revoked() {
    let mut server = Binary::start(&QUIET).await;
    let make = async |api: &Api, name: &str| {
        api.post("/tokens", json!({"name": name, "scope": "admin"})).await
    };
    let admin = make(&server.api(), "operator").await["token"].as_str().unwrap().to_owned();
    let api = server.api().with_token(&admin);
    let stolen = make(&api, "stolen").await;
    let target = server.folder.path().join("copy.db");
    succeed(&back_up(&server.database(), &target)).await;
    let path = format!("/tokens/{}", stolen["id"].as_str().unwrap());
    assert_eq!(api.call(Method::DELETE, &path, None).await.0, 204);
    server.kill().await;
    let printed = succeed(&restore(&target, &server.database())).await;
    assert!(printed.contains("and stay so: 1"), "{printed}");
    server.start_again().await;
    let status = async |token: &str| {
        server.api().with_token(token).call(Method::GET, "/sessions", None).await.0.as_u16()
    };
    assert_eq!((status(&admin).await, status(stolen["token"].as_str().unwrap()).await), (200, 401));
}

#[tokio::test]
async fn restore_over_a_damaged_database_says_that_revocations_are_lost() {
    let mut server = Binary::start(&QUIET).await;
    let target = server.folder.path().join("copy.db");
    succeed(&back_up(&server.database(), &target)).await;
    server.terminate().await;
    let pages = fs::read(server.database()).unwrap();
    // All but the first page, which has the header.
    let damaged = [&pages[..4096], &vec![0xff; pages.len() - 4096][..]].concat();
    fs::write(server.database(), damaged).unwrap();
    let printed = succeed(&restore(&target, &server.database())).await;
    assert!(printed.contains("see `rollcall token list`"), "{printed}");
    server.start_again().await;
    assert_eq!(server.api().get("/ready").await["status"], "ok");
}
