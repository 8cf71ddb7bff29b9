//! The sessions that a cleanup removes and keeps, and the cleanup status of a session.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Api, Server, eventually, number, seconds_ago, set_last_activity};

const HOUR: f64 = 3600.0;

/// A session that was last active so many hours ago.
async fn idle(server: &Server, hours: f64, mut body: Value) -> String {
    body["name"] = json!(format!("idle for {hours} h"));
    let id = server.api().create(body).await;
    set_last_activity(&mut server.sql().await, &id, &seconds_ago(hours * HOUR)).await;
    id
}

async fn explain(api: &Api, id: &str) -> Value {
    api.get(&format!("/sessions/{id}/cleanup")).await
}

/// Removes with this limit and answers the ids in order.
async fn clean(api: &Api, body: Value) -> Vec<String> {
    let report = api.post("/sessions/cleanup", body).await;
    let removed: Vec<String> = serde_json::from_value(report["removed_sessions"].clone()).unwrap();
    assert_eq!(report["count"], removed.len());
    removed
}

#[tokio::test]
async fn cleanup_removes_only_idle_unpinned_sessions_without_clients() {
    let server = Server::start().await;
    let api = server.api();
    let old = idle(&server, 25.0, json!({})).await;
    let older = idle(&server, 2500.0, json!({})).await;
    let recent = idle(&server, 23.9, json!({})).await;
    let pinned = idle(&server, 25.0, json!({"pinned": true})).await;
    let busy = idle(&server, 25.0, json!({})).await;
    let mut ws = server.ws().await;
    ws.join(&busy).await;
    set_last_activity(&mut server.sql().await, &busy, &seconds_ago(25.0 * HOUR)).await;

    for (id, removable, reasons) in [
        (&old, true, json!([])),
        (&recent, false, json!(["active_recently"])),
        (&pinned, false, json!(["pinned"])),
        (&busy, false, json!(["has_clients"])),
    ] {
        let answer = explain(&api, id).await;
        assert_eq!((&answer["removable"], &answer["reasons"]), (&json!(removable), &reasons));
        assert_eq!(answer["last_command_at"], json!(null));
    }

    let dry = api.post("/sessions/cleanup", json!({"dry_run": true})).await;
    assert_eq!(dry, json!({"removed_sessions": [old, older], "count": 2, "dry_run": true}));
    assert_eq!(api.get("/sessions").await["total"], 5);

    let wet = api.post("/sessions/cleanup", json!({})).await;
    assert_eq!(wet, json!({"removed_sessions": [old, older], "count": 2, "dry_run": false}));
    assert_eq!(api.get("/sessions").await["total"], 3);
    let (status, answer) = api.call(Method::GET, &format!("/sessions/{old}"), None).await;
    assert_eq!(status, 410);
    assert_eq!(answer["error"]["details"]["reason"], "idle");
    assert_eq!(clean(&api, json!({})).await, Vec::<String>::new());
}

#[tokio::test]
async fn cleanup_policy_is_what_the_settings_say() {
    for (interval, seconds) in [("90s", json!(90.0)), ("off", Value::Null)] {
        let server =
            Server::with(&["--cleanup-interval", interval, "--max-inactive-hours", "1.5"]).await;
        let policy = server.api().get("/sessions/cleanup").await;
        assert_eq!(policy, json!({"max_inactive_hours": 1.5, "interval_seconds": seconds}));
    }
}

#[tokio::test]
async fn cleanup_without_body_uses_the_service_limit() {
    let server = Server::with(&["--cleanup-interval", "off", "--max-inactive-hours", "0.5"]).await;
    let api = server.api();
    let old = idle(&server, 0.6, json!({})).await;
    idle(&server, 0.4, json!({})).await;
    assert_eq!(explain(&api, &old).await["removable"], true);
    let (status, report) = api.call(Method::POST, "/sessions/cleanup", None).await;
    assert_eq!(status, 200);
    assert_eq!(report["removed_sessions"], json!([old]));
}

#[tokio::test]
async fn session_timeout_overrides_the_service_limit() {
    let server = Server::start().await;
    let api = server.api();
    let short = idle(&server, 1.0, json!({"idle_timeout_hours": 0.5})).await;
    let long = idle(&server, 100.0, json!({"idle_timeout_hours": 200})).await;
    assert_eq!(explain(&api, &short).await["removable"], true);
    assert_eq!(explain(&api, &long).await["reasons"], json!(["active_recently"]));
    // Its own limit is neither lengthened nor shortened by the caller's.
    assert_eq!(clean(&api, json!({"max_inactive_hours": 10_000})).await, [short]);
    assert_eq!(clean(&api, json!({"max_inactive_hours": 0})).await, Vec::<String>::new());
    // Without a limit of its own it follows the caller's.
    let path = format!("/sessions/{long}");
    api.call(Method::PATCH, &path, Some(json!({"idle_timeout_hours": null}))).await;
    set_last_activity(&mut server.sql().await, &long, &seconds_ago(HOUR)).await;
    assert_eq!(clean(&api, json!({"max_inactive_hours": 1.5})).await, Vec::<String>::new());
    assert_eq!(clean(&api, json!({"max_inactive_hours": 0.5})).await, [long]);
}

#[tokio::test]
async fn cleanup_status_has_removable_at_to_the_microsecond() {
    let server = Server::start().await;
    let api = server.api();
    let mut sql = server.sql().await;
    let at = "2024-02-28T23:59:59.999999+00:00";
    for (timeout, end) in [
        (json!(null), "2024-02-29T23:59:59.999999+00:00"),
        (json!(0), at),
        (json!(48), "2024-03-01T23:59:59.999999+00:00"),
        // 2 µs: 1/1,800,000,000 of an hour.
        (json!(2.0 / 3.6e9), "2024-02-29T00:00:00.000001+00:00"),
        (json!(876_000), "2124-02-04T23:59:59.999999+00:00"),
    ] {
        let id = api.create(json!({"idle_timeout_hours": timeout})).await;
        set_last_activity(&mut sql, &id, at).await;
        let answer = explain(&api, &id).await;
        assert_eq!(answer["idle_since"], at);
        assert_eq!(answer["removable_at"], end, "{timeout}");
    }
    let id = api.create(json!({"pinned": true})).await;
    assert_eq!(explain(&api, &id).await["removable_at"], json!(null));
}

#[tokio::test]
async fn cleanup_status_lists_every_keep_reason() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({"pinned": true})).await;
    let mut ws = server.ws().await;
    ws.join(&id).await;
    let answer = explain(&api, &id).await;
    assert_eq!(answer["removable"], false);
    assert_eq!(answer["reasons"], json!(["has_clients", "pinned", "active_recently"]));
    assert_eq!(answer["removable_at"], json!(null));
}

#[tokio::test]
async fn activity_keeps_a_session() {
    let server = Server::start().await;
    let api = server.api();
    for activity in ["join", "leave", "disconnect", "touch", "patch", "patch to the same"] {
        let id = api.create(json!({"name": "n"})).await;
        let path = format!("/sessions/{id}");
        let mut ws = server.ws().await;
        if matches!(activity, "leave" | "disconnect") {
            ws.join(&id).await;
        }
        set_last_activity(&mut server.sql().await, &id, &seconds_ago(48.0 * HOUR)).await;
        match activity {
            "join" => drop(ws.join(&id).await),
            "leave" => drop(ws.leave(&id).await),
            "disconnect" => ws.close().await,
            "touch" => drop(api.post(&format!("{path}/touch"), json!({})).await),
            other => {
                let name = if other == "patch" { "new" } else { "n" };
                api.call(Method::PATCH, &path, Some(json!({"name": name}))).await;
            }
        }
        eventually(activity, async || {
            let reasons = explain(&api, &id).await["reasons"].clone();
            reasons.as_array().unwrap().contains(&json!("active_recently"))
        })
        .await;
    }
}

#[tokio::test]
async fn cleanup_of_several_chunks_is_one_call() {
    let server = Server::start().await;
    sqlx::query(
        "insert into sessions (session_id, created_at, last_activity)
         with recursive n (i) as (select 1 union all select i + 1 from n where i < 1234)
         select printf('00000000-0000-7000-8000-%012x', i), '2024-01-15T10:30:00.000000+00:00',
                '2024-01-15T10:30:00.000000+00:00' from n",
    )
    .execute(&mut server.sql().await)
    .await
    .unwrap();
    let api = server.api();
    let kept = api.create(json!({})).await;
    assert_eq!(clean(&api, json!({"dry_run": true})).await.len(), 1234);
    let removed = clean(&api, json!({})).await;
    assert_eq!(removed.len(), 1234);
    assert_eq!(removed[1233], "00000000-0000-7000-8000-0000000004d2");
    assert_eq!(api.get("/sessions").await["sessions"][0]["session_id"], json!(kept));
    let mut sql = server.sql().await;
    assert_eq!(number(&mut sql, "select count(*) from tombstones").await, 1234);
    let last_words = "select count(*) from events where event = 'session-removed' and seq = 1";
    assert_eq!(number(&mut sql, last_words).await, 1234);
}

#[tokio::test]
async fn cleanup_candidates_are_found_across_chunks() {
    let server = Server::start().await;
    // Many of one moment, some of others, and every third with a timeout of its own; every
    // seventh stays.
    sqlx::query(
        "insert into sessions (session_id, created_at, last_activity, idle_timeout_hours, pinned)
         with recursive n (i) as (select 1 union all select i + 1 from n where i < 30000)
         select printf('00000000-0000-7000-8000-%012x', i), '2024-01-15T10:30:00.000000+00:00',
                '2024-01-15T10:30:00.' || printf('%06d', max(i - 20000, 0) * 37 % 1000)
                    || '+00:00',
                iif(i % 3 = 0, 1 + i % 2, null), i % 7 = 0
         from n",
    )
    .execute(&mut server.sql().await)
    .await
    .unwrap();
    let expected: Vec<String> = (1..=30_000)
        .filter(|number| number % 7 != 0)
        .map(|number| format!("00000000-0000-7000-8000-{number:012x}"))
        .collect();
    assert!(clean(&server.api(), json!({"dry_run": true})).await == expected);
    let mut removed = clean(&server.api(), json!({})).await;
    removed.sort();
    assert!(removed == expected);
}

#[tokio::test]
async fn scheduled_cleanup_removes_idle_sessions() {
    let settings = ["--cleanup-interval", "20ms", "--max-inactive-hours", "0.00001"];
    let server = Server::with(&settings).await;
    let api = server.api();
    let pinned = api.create(json!({"pinned": true})).await;
    // Its own limit keeps it until somebody has joined.
    let busy = api.create(json!({"idle_timeout_hours": 1})).await;
    let mut ws = server.ws().await;
    ws.join(&busy).await;
    let path = format!("/sessions/{busy}");
    api.call(Method::PATCH, &path, Some(json!({"idle_timeout_hours": null}))).await;
    // It is younger than the two, so a cleanup that removes it has looked at them.
    let victim = api.create(json!({})).await;
    eventually("the victim is removed", async || {
        api.call(Method::GET, &format!("/sessions/{victim}"), None).await.0 == 410
    })
    .await;
    let (_, answer) = api.call(Method::GET, &format!("/sessions/{victim}"), None).await;
    assert_eq!(answer["error"]["details"]["reason"], "idle");
    assert_eq!(api.active_clients(&busy).await, 1);
    api.get(&format!("/sessions/{pinned}")).await;
}
