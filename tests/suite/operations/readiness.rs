//! Ready means that writes reach the file at its path and that reads are served.

use std::ffi::OsString;
use std::path::PathBuf;

use reqwest::{Method, StatusCode};
use rollcall::error::Error;
use serde_json::json;

use crate::support::{Binary, Server, eventually, run};

/// What `/ready` says that refuses.
async fn reason(server: &Binary) -> String {
    let (status, answer) = server.api().call(Method::GET, "/ready", None).await;
    assert_eq!(status, 503, "{answer}");
    assert_eq!(answer["error"]["code"], "UNAVAILABLE");
    answer["error"]["message"].as_str().unwrap().to_owned()
}

fn with_end(path: PathBuf, end: &str) -> PathBuf {
    let mut name: OsString = path.into_os_string();
    name.push(end);
    name.into()
}

#[tokio::test]
async fn not_ready_while_the_database_file_is_missing_or_replaced() {
    let server = Binary::start(&["--cleanup-interval", "off"]).await;
    let api = server.api();
    api.create(json!({})).await;
    for end in ["", "-wal", "-shm"] {
        let path = with_end(server.database(), end);
        let away = with_end(server.database(), "-away");
        assert_eq!(api.get("/ready").await, json!({"status": "ok"}));
        std::fs::rename(&path, &away).unwrap();
        assert!(reason(&server).await.contains("deleted or replaced"), "without {path:?}");
        std::fs::copy(&away, &path).unwrap();
        assert!(reason(&server).await.contains("deleted or replaced"), "with another {path:?}");
        std::fs::rename(&away, &path).unwrap();
    }
    assert_eq!(api.get("/ready").await, json!({"status": "ok"}));
}

#[tokio::test]
async fn ready_again_once_a_write_succeeds_after_a_failure() {
    let server = Binary::start(&["--cleanup-interval", "off"]).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut sql = server.sql().await;
    // Neither joins nor the probe can be written.
    run(&mut sql, "alter table internal_write_probe rename to no_probe").await.unwrap();
    run(
        &mut sql,
        "create trigger no_clients before insert on clients begin select raise(abort, 'no'); end",
    )
    .await
    .unwrap();
    let mut ws = server.ws().await;
    let answer = ws.ask(json!({"type": "join_session", "session_id": id})).await;
    assert_eq!(answer["code"], "INTERNAL_ERROR", "{answer}");
    assert!(reason(&server).await.contains("failed in the server"));
    // Small ones that are written meanwhile are no proof.
    api.post(&format!("/sessions/{id}/touch"), json!({})).await;
    reason(&server).await;
    run(&mut sql, "drop trigger no_clients").await.unwrap();
    run(&mut sql, "alter table no_probe rename to internal_write_probe").await.unwrap();
    eventually("it is ready", async || {
        api.call(Method::GET, "/ready", None).await.0 == StatusCode::OK
    })
    .await;
    ws.join(&id).await;
}

#[tokio::test]
async fn damaged_file_is_never_ready_again() {
    let mut server = Binary::start(&["--cleanup-interval", "off"]).await;
    let id = server.api().create(json!({})).await;
    let mut sql = server.sql().await;
    let (page, size): (i64, i64) = sqlx::query_as(
        "select rootpage, (select page_size from pragma_page_size)
         from sqlite_schema where name = 'tombstones'",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    drop(sql);
    server.terminate().await;
    let mut bytes = std::fs::read(server.database()).unwrap();
    let start = usize::try_from((page - 1) * size).unwrap();
    bytes[start..start + usize::try_from(size).unwrap()].fill(0xff);
    std::fs::write(server.database(), bytes).unwrap();

    server.start_again().await;
    let api = server.api();
    let (status, _) = api.call(Method::DELETE, &format!("/sessions/{id}"), None).await;
    assert_eq!(status, 500);
    assert!(reason(&server).await.contains("damaged"));
    // What is whole is still written and read.
    api.post(&format!("/sessions/{id}/touch"), json!({})).await;
    assert!(reason(&server).await.contains("damaged"));
    assert!(server.log().contains("the database file is damaged"), "{}", server.log());
}

#[test]
fn read_without_a_free_connection_is_503() {
    let failure = Error::from(sqlx::Error::PoolTimedOut);
    assert_eq!(failure.code(), "UNAVAILABLE");
}

#[tokio::test]
async fn small_reads_are_served_while_graphs_are_read() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let roots: Vec<_> = (0..5_000)
        .map(|node| json!({"id": uuid::Uuid::now_v7(), "blueprint_type_id": "t", "name": format!("{node}")}))
        .collect();
    let (status, answer) = api
        .call(Method::PUT, &format!("/sessions/{id}/graph"), Some(json!({"nodes": roots})))
        .await;
    assert_eq!(status, 200, "{answer}");
    let trees: Vec<_> = (0..16)
        .map(|_| {
            let (api, path) = (api.clone(), format!("/sessions/{id}/graph/tree"));
            tokio::spawn(async move { api.get(&path).await["roots"].as_array().unwrap().len() })
        })
        .collect();
    let mut small = 0;
    while !trees.iter().all(|tree| tree.is_finished()) {
        assert_eq!(api.get(&format!("/sessions/{id}/info")).await["node_count"], 5_000);
        assert_eq!(api.get("/ready").await, json!({"status": "ok"}));
        small += 1;
    }
    assert!(small > 0);
    for tree in trees {
        assert_eq!(tree.await.unwrap(), 5_000);
    }
}
