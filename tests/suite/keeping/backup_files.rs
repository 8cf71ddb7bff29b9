//! Which files a backup writes, renames and leaves alone.

use std::path::{Path, PathBuf};

use serde_json::json;
use sqlx::Connection;

use super::{back_up, fail, names, succeed};
use crate::support::{Api, Binary};
use crate::support::{number, run, sql};

async fn server() -> (Binary, Api) {
    let server = Binary::start(&["--cleanup-interval", "off"]).await;
    let api = server.api();
    (server, api)
}

async fn sessions_in(backup: PathBuf) -> i64 {
    number(&mut sql(backup).await, "select count(*) from sessions").await
}

#[tokio::test]
async fn backup_replaces_the_one_before() {
    let (server, api) = server().await;
    let target = server.folder.path().join("copy.db");
    for sessions in 1..=2 {
        api.create(json!({})).await;
        succeed(&back_up(&server.database(), &target)).await;
        assert_eq!(sessions_in(target.clone()).await, sessions);
    }
    assert_eq!(names(server.folder.path(), "copy"), ["copy.db"]);
}

#[tokio::test]
async fn backup_keeps_as_many_before_it_as_keep_says() {
    let (server, api) = server().await;
    let target = server.folder.path().join("copy.db");
    for _ in 1..=5 {
        api.create(json!({})).await;
        let (keep, database) = (["--keep", "2"].map(AsRef::as_ref), server.database());
        succeed(&[&back_up(&database, &target)[..], &keep].concat()).await;
    }
    assert_eq!(names(server.folder.path(), "copy"), ["copy.db", "copy.db.1", "copy.db.2"]);
    for (name, sessions) in [("copy.db", 5), ("copy.db.1", 4), ("copy.db.2", 3)] {
        assert_eq!(sessions_in(server.folder.path().join(name)).await, sessions, "{name}");
    }
}

#[tokio::test]
async fn backup_leaves_what_is_no_backup_as_it_is() {
    let (server, _) = server().await;
    let (folder, database) = (server.folder.path(), server.database());
    let letter = folder.join("letter");
    std::fs::write(&letter, "Dear Ada").unwrap();
    let text = fail(&back_up(&database, &letter)).await;
    assert!(text.contains("letter is no backup that rollcall made"), "{text}");
    assert_eq!(std::fs::read_to_string(&letter).unwrap(), "Dear Ada");

    // Nor is a file that a rotation would rename.
    let target = folder.join("copy.db");
    std::fs::write(folder.join("copy.db.2"), "Dear Bob").unwrap();
    let keep = ["--keep", "2"].map(AsRef::as_ref);
    let text = fail(&[&back_up(&database, &target)[..], &keep].concat()).await;
    assert!(text.contains("copy.db.2 is no backup"), "{text}");
    succeed(&back_up(&database, &target)).await;

    // A backup that is served is none any more.
    let mut sql = sql(target.clone()).await;
    run(&mut sql, "pragma application_id = 0").await.unwrap();
    sql.close().await.unwrap();
    let text = fail(&back_up(&database, &target)).await;
    assert!(text.contains("copy.db is no backup"), "{text}");
}

#[tokio::test]
async fn backup_of_or_into_what_cannot_be_says_why() {
    let (server, _) = server().await;
    let (folder, database) = (server.folder.path(), server.database());
    let link = folder.join("link.db");
    std::fs::hard_link(&database, &link).unwrap();
    let text = fail(&back_up(&database, &link)).await;
    assert!(text.contains("link.db is the database itself"), "{text}");
    let text = fail(&back_up(&database, folder)).await;
    assert!(text.contains("is a folder; name a file in it"), "{text}");
    let text = fail(&back_up(&database, &folder.join("none/copy.db"))).await;
    assert!(text.contains("there is no folder"), "{text}");
    let text = fail(&back_up(&folder.join("none.db"), &folder.join("copy.db"))).await;
    assert!(text.contains("cannot read the database") && text.contains("none.db"), "{text}");
    let foreign = folder.join("foreign.db");
    let create = "create table letters (text)";
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&foreign);
    let mut other =
        sqlx::SqliteConnection::connect_with(&options.create_if_missing(true)).await.unwrap();
    run(&mut other, create).await.unwrap();
    let text = fail(&back_up(&foreign, &folder.join("copy.db"))).await;
    assert!(text.contains("is the database of another program"), "{text}");
    assert_eq!(names(folder, "copy"), [""; 0]);
}

#[tokio::test]
async fn backup_takes_the_database_from_the_settings_file() {
    let (server, _) = server().await;
    let folder = server.folder.path();
    let settings = folder.join("rollcall.toml");
    std::fs::write(&settings, format!("database = {:?}\n", server.database())).unwrap();
    let target = folder.join("copy.db");
    let arguments: [&Path; 4] =
        ["backup".as_ref(), &target, "--config".as_ref(), settings.as_path()];
    succeed(&arguments.map(AsRef::as_ref)).await;
    assert!(target.exists());
}
