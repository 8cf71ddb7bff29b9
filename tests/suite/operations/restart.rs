//! The built program is stopped or killed with connected clients, and started again.

use serde_json::json;

use crate::support::{Binary, number, seconds_ago, set_last_activity, sql};

const CLIENTS: &str = "select count(*) from clients";
const COUNTED: &str = "select sum(active_clients) from sessions";

#[tokio::test]
async fn orphaned_clients_are_disconnected_by_the_next_start() {
    let mut server = Binary::start(&["--cleanup-interval", "off"]).await;
    let api = server.api();
    let (first, second) = (api.create(json!({})).await, api.create(json!({})).await);
    let empty = api.create(json!({})).await;
    let mut one = server.ws().await;
    one.join(&first).await;
    one.join(&second).await;
    let mut two = server.ws().await;
    two.join(&first).await;
    let mut file = server.sql().await;
    // A start that looks only at this finds all of them idle for two hours.
    let long_ago = seconds_ago(7200.0);
    for id in [&first, &second, &empty] {
        set_last_activity(&mut file, id, &long_ago).await;
    }

    server.kill().await;
    assert_eq!(number(&mut file, CLIENTS).await, 3);
    assert_eq!(number(&mut file, COUNTED).await, 3);
    let before = seconds_ago(0.0);
    server.start_again().await;
    let api = server.api();

    assert_eq!(number(&mut file, CLIENTS).await, 0);
    assert_eq!(number(&mut file, COUNTED).await, 0);
    for (id, seq) in [(&first, 4), (&second, 2)] {
        let session = api.get(&format!("/sessions/{id}")).await;
        assert_eq!(session["active_clients"], 0);
        assert_eq!(session["seq"], seq);
        assert!(session["last_activity"].as_str().unwrap() > before.as_str());
        assert_eq!(api.get(&format!("/sessions/{id}/clients")).await, json!({"clients": []}));
    }
    assert_eq!(api.get(&format!("/sessions/{empty}")).await["last_activity"], json!(long_ago));

    let rows: Vec<(String, i64, String, String)> = sqlx::query_as(
        "select session_id, seq, timestamp, payload from event_overview
         where event = 'session-disconnected' order by session_id, seq",
    )
    .fetch_all(&mut file)
    .await
    .unwrap();
    let places: Vec<(&str, i64)> = rows.iter().map(|(id, seq, ..)| (id.as_str(), *seq)).collect();
    assert_eq!(places, [(first.as_str(), 3), (first.as_str(), 4), (second.as_str(), 2)]);
    for (.., at, payload) in &rows {
        assert_eq!(at, &rows[0].2, "one transaction has one time");
        let payload: serde_json::Value = serde_json::from_str(payload).unwrap();
        assert_eq!(payload["reason"], "server_restart");
    }

    // The crash was activity: only the session that nobody was in goes.
    let report = api.post("/sessions/cleanup", json!({"max_inactive_hours": 1})).await;
    assert_eq!(report["removed_sessions"], json!([empty]));
}

#[tokio::test]
async fn acknowledged_sessions_and_joins_survive_kill_9() {
    let mut server = Binary::start(&["--cleanup-interval", "off"]).await;
    let api = server.api();
    let id = api
        .create(json!({"name": "n", "attributes": {"a": 1}, "pinned": true,
            "idle_timeout_hours": 1.5, "project_id": "p"}))
        .await;
    let gone = api.create(json!({})).await;
    api.call(reqwest::Method::DELETE, &format!("/sessions/{gone}"), None).await;
    let before = api.get("/sessions").await;
    for _ in 0..3 {
        server.kill().await;
        server.start_again().await;
        let api = server.api();
        assert_eq!(api.get("/sessions").await, before);
        let (status, _) = api.call(reqwest::Method::GET, &format!("/sessions/{gone}"), None).await;
        assert_eq!(status, 410);
    }
    // Its numbers go on where they stopped.
    assert_eq!(server.ws().await.join(&id).await["seq"], 1);
}

#[tokio::test]
async fn shutdown_closes_clients_and_checkpoints_the_file() {
    let mut server = Binary::start(&["--cleanup-interval", "off"]).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut one = server.ws().await;
    one.join(&id).await;
    let mut two = server.ws().await;
    two.join(&id).await;

    let status = server.terminate().await;
    assert!(status.success(), "{status}");
    for mut ws in [one, two] {
        let mut has_advice = false;
        let close = loop {
            match ws.next().await {
                Ok(frame) if frame["type"] == "reconnect" => {
                    assert_eq!(frame["reason"], "server_shutdown");
                    has_advice = true;
                }
                Ok(event) => assert_eq!(event["session_id"], json!(id)),
                Err(close) => break close.expect("a close frame"),
            }
        };
        assert!(has_advice);
        assert_eq!(u16::from(close.code), 1001);
        assert_eq!(close.reason.as_str(), "the server is stopping");
    }
    let database = server.database();
    for suffix in ["-wal", "-shm"] {
        let mut beside = database.clone().into_os_string();
        beside.push(suffix);
        assert!(!std::path::Path::new(&beside).exists(), "{suffix} is left");
    }
    let mut file = sql(database).await;
    assert_eq!(number(&mut file, CLIENTS).await, 0);
    assert_eq!(number(&mut file, COUNTED).await, 0);
    let reasons: Vec<String> = sqlx::query_scalar(
        "select payload ->> 'reason' from events where event = 'session-disconnected'",
    )
    .fetch_all(&mut file)
    .await
    .unwrap();
    assert_eq!(reasons, ["server_shutdown", "server_shutdown"]);

    server.start_again().await;
    let session = server.api().get(&format!("/sessions/{id}")).await;
    assert_eq!((&session["active_clients"], &session["seq"]), (&json!(0), &json!(4)));
}
