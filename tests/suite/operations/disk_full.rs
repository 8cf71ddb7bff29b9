//! A full disk: writes fail with a reason, reads go on, and no change is half done.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Binary, eventually, number};

/// Blocks of 512 bytes: more than an empty database needs, less than a few hundred sessions.
const BLOCKS: u32 = 4000;

/// Creates sessions until one is refused; answers how many there are, and the refusal.
async fn fill(server: &Binary) -> (i64, Value) {
    let api = server.api();
    let filler = json!({"attributes": {"filler": "x".repeat(4000)}});
    for created in 0..10_000 {
        let (status, answer) = api.call(Method::POST, "/sessions", Some(filler.clone())).await;
        match status.as_u16() {
            201 => {}
            503 => return (created, answer),
            _ => panic!("{status} {answer}"),
        }
    }
    panic!("the disk was never full");
}

#[tokio::test]
async fn full_disk_refuses_writes_and_serves_reads() {
    let server = Binary::start_on_a_small_disk(BLOCKS, &["--cleanup-interval", "off"]).await;
    let api = server.api();
    let id = api.create(json!({"name": "first"})).await;
    let mut ws = server.ws().await;
    ws.join(&id).await;
    assert_eq!(api.get("/ready").await, json!({"status": "ok"}));

    let (created, refusal) = fill(&server).await;
    assert!(created > 0);
    assert_eq!(refusal["error"]["code"], "UNAVAILABLE");
    let message = refusal["error"]["message"].as_str().unwrap();
    assert!(message.contains("disk"), "{message}");
    assert!(message.contains("nothing was changed"), "{message}");

    // A small write may still find room where a large one did not.
    eventually("it is not ready", async || {
        fill(&server).await;
        let (status, answer) = api.call(Method::GET, "/ready", None).await;
        status == 503
            && answer["error"]["code"] == "UNAVAILABLE"
            && answer["error"]["message"].as_str().unwrap().contains("disk")
    })
    .await;
    assert_eq!(api.get("/health").await, json!({"status": "ok"}));
    assert_eq!(api.get(&format!("/sessions/{id}")).await["name"], "first");
    let total = api.get("/sessions?limit=1").await["total"].as_i64().unwrap();
    assert!(total > created);
    assert_eq!(number(&mut server.sql().await, "select count(*) from sessions").await, total);

    // A WebSocket gets the same error once not even its small writes fit; its connection stays open.
    let mut inside = true;
    let answer = loop {
        let kind = if inside { "leave_session" } else { "join_session" };
        let answer = ws.ask(json!({"type": kind, "session_id": id, "ref": 1})).await;
        if answer["type"] == "error" {
            break answer;
        }
        inside = !inside;
    };
    assert_eq!((&answer["code"], &answer["ref"]), (&json!("UNAVAILABLE"), &json!(1)));
    assert_eq!(api.active_clients(&id).await, i64::from(inside));
    assert_eq!(ws.ask(json!({"type": "ping"})).await["type"], "pong");
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
    assert!(log.contains("disk"), "the log has the reason: {log}");
    let request = r#"path="/api/v1/"#;
    assert!(log.contains(request), "and the request that failed: {log}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn full_disk_recovers_once_there_is_room() {
    let mut server = Binary::start_on_a_small_disk(BLOCKS, &["--cleanup-interval", "off"]).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut ws = server.ws().await;
    ws.join(&id).await;
    let (created, _) = fill(&server).await;
    // No small change that happens to fit makes it ready: a large one would not.
    for _ in 0..20 {
        api.call(Method::POST, &format!("/sessions/{id}/touch"), None).await;
        assert_eq!(api.refusal(Method::GET, "/ready", None).await.0, 503);
    }
    server.free_the_disk().await;

    assert_eq!(ws.leave(&id).await["active_clients"], 0);
    eventually("it is ready", async || {
        api.call(Method::GET, "/ready", None).await.0 == StatusCode::OK
    })
    .await;
    api.create(json!({})).await;
    assert_eq!(api.get("/sessions?limit=1").await["total"], created + 2);
    let session = api.get(&format!("/sessions/{id}")).await;
    assert_eq!((&session["active_clients"], &session["seq"]), (&json!(0), &json!(2)));
    assert!(server.terminate().await.success());
    let mut sql = server.sql().await;
    let sound: String =
        sqlx::query_scalar("pragma integrity_check").fetch_one(&mut sql).await.unwrap();
    assert_eq!(sound, "ok");
    assert_eq!(number(&mut sql, "select count(*) from sessions").await, created + 2);
}

#[tokio::test]
async fn disconnect_on_a_full_disk_is_recorded_by_the_next_start() {
    let mut server = Binary::start_on_a_small_disk(BLOCKS, &["--cleanup-interval", "off"]).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut ws = server.ws().await;
    ws.join(&id).await;
    fill(&server).await;
    ws.close().await;
    server.terminate().await;
    server.start_again().await;
    assert_eq!(server.api().active_clients(&id).await, 0);
}

#[tokio::test]
async fn full_disk_logs_at_most_one_line_a_second() {
    let server = Binary::start_on_a_small_disk(BLOCKS, &["--cleanup-interval", "off"]).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        let mut ws = server.ws().await;
        ws.join(&id).await;
        clients.push(ws);
    }
    fill(&server).await;
    let started = std::time::Instant::now();
    // Those who go are tried again and again, too.
    drop(clients);
    let large = json!({"attributes": {"filler": "x".repeat(60_000)}});
    for _ in 0..200 {
        assert_eq!(api.refusal(Method::POST, "/sessions", Some(large.clone())).await.0, 503);
    }
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains("unavailable")).count();
    // Two reasons are possible: that the disk is full, and that it refuses.
    let seconds = started.elapsed().as_secs() as usize + 2;
    assert!((1..=2 * seconds).contains(&lines), "{lines} lines in {seconds} s:\n{log}");
    assert!(log.contains("suppressed="), "{log}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn start_on_a_full_disk_serves_reads_after_kill_9() {
    let mut server = Binary::start(&["--cleanup-interval", "off"]).await;
    let api = server.api();
    let id = api.create(json!({"name": "kept"})).await;
    let mut ws = server.ws().await;
    ws.join(&id).await;
    let filler = json!({"attributes": {"filler": "x".repeat(40_000)}});
    for _ in 0..10 {
        api.create(filler.clone()).await;
    }
    server.kill().await;
    // Its log is longer than that, so nothing can be added to it; what SQLite needs to read is shorter.
    server.start_again_on_a_small_disk(80).await;
    let api = server.api();
    let session = api.get(&format!("/sessions/{id}")).await;
    assert_eq!((&session["name"], &session["active_clients"]), (&json!("kept"), &json!(1)));
    assert_eq!(api.get("/sessions?limit=1").await["total"], 11);
    let (status, answer) = api.call(Method::GET, "/ready", None).await;
    assert_eq!(status, 503);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("still to be disconnected"), "{message}");
    // A client that joined now could not be distinguished from those of the last run.
    let mut ws = server.ws().await;
    let answer = ws.ask(json!({"type": "join_session", "session_id": id})).await;
    assert_eq!(answer["code"], "UNAVAILABLE", "{answer}");
    assert_eq!(api.refusal(Method::POST, "/sessions", Some(json!({}))).await.0, 503);

    server.free_the_disk().await;
    eventually("it is ready", async || {
        api.call(Method::GET, "/ready", None).await.0 == StatusCode::OK
    })
    .await;
    assert_eq!(api.active_clients(&id).await, 0);
    assert_eq!(ws.join(&id).await["active_clients"], 1);
}
