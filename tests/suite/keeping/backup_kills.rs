//! Backups that are killed: the one before stays, and the next one succeeds.

use std::process::Stdio;

use tokio::time::timeout;

use super::{back_up, names, succeed};
use crate::support::{Binary, PATIENCE, eventually, number, rollcall, sql};

#[tokio::test]
async fn kill_in_the_middle_of_a_backup_leaves_the_one_before() {
    let server = Binary::start(&["--cleanup-interval", "off"]).await;
    let database = server.database();
    let target = server.folder.path().join("copy.db");
    succeed(&back_up(&database, &target)).await;
    let before = std::fs::read(&target).unwrap();
    // Enough to copy that the kill comes in between.
    let mut large = server.sql().await;
    sqlx::query("update internal_write_probe set filler = randomblob(100 * 1024 * 1024)")
        .execute(&mut large)
        .await
        .unwrap();
    let partial = server.folder.path().join("copy.db.partial");
    let mut command = rollcall();
    command.args(back_up(&database, &target)).args(["--keep", "1"]).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let is_begun = async || partial.metadata().is_ok_and(|file| file.len() > 0);
    eventually("the copy grows", is_begun).await;
    timeout(PATIENCE, child.kill()).await.unwrap().unwrap();
    assert!(!child.wait().await.unwrap().success(), "it was done before it was killed");
    assert!(partial.exists());
    assert!(std::fs::read(&target).unwrap() == before);

    succeed(&back_up(&database, &target)).await;
    assert_eq!(names(server.folder.path(), "copy"), ["copy.db"]);
    let mut copy = sql(target).await;
    let size = number(&mut copy, "select length(filler) from internal_write_probe").await;
    assert_eq!(size, 100 * 1024 * 1024);
}
