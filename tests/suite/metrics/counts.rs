//! What the metrics count.

use reqwest::Method;
use serde_json::json;

use crate::support::socketio::{Polling, Sio};
use crate::support::{Scrape, Server, eventually};

/// Waits until the series have these values.
async fn settle(server: &Server, expected: &[(&str, f64)]) {
    for (series, value) in expected {
        eventually(&format!("{series} is {value}"), || async {
            Scrape::of(server.addr).await.value(series) == *value
        })
        .await;
    }
}

#[tokio::test]
async fn clients_are_counted_while_they_are_in_a_session() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let other = server.api().create(json!({})).await;
    let mut ws = server.ws().await;
    settle(
        &server,
        &[
            (r#"rollcall_connections{transport="websocket"}"#, 1.0),
            (r#"rollcall_clients{transport="websocket"}"#, 0.0),
        ],
    )
    .await;
    ws.join(&id).await;
    ws.join(&other).await;
    ws.join(&id).await;
    settle(
        &server,
        &[
            (r#"rollcall_clients{transport="websocket"}"#, 1.0),
            (r#"rollcall_joins_total{transport="websocket"}"#, 2.0),
        ],
    )
    .await;
    ws.leave(&other).await;
    let mut second = server.ws().await;
    second.join(&id).await;
    second.ask(json!({"type": "join_session", "session_id": id, "since": 0})).await;
    server.api().call(Method::DELETE, &format!("/sessions/{id}"), None).await;
    settle(&server, &[(r#"rollcall_clients{transport="websocket"}"#, 0.0)]).await;
    ws.close().await;
    drop(second);
    settle(
        &server,
        &[
            (r#"rollcall_connections{transport="websocket"}"#, 0.0),
            (r#"rollcall_connections_opened_total{transport="websocket"}"#, 2.0),
            (
                r#"rollcall_connections_closed_total{transport="websocket",reason="disconnected"}"#,
                1.0,
            ),
            (r#"rollcall_connections_closed_total{transport="websocket",reason="connection_lost"}"#, 1.0),
(r#"rollcall_connection_duration_seconds_count{transport="websocket"}"#, 2.0),
            (r#"rollcall_leaves_total{reason="left"}"#, 1.0),
            (r#"rollcall_replays_total{outcome="events"}"#, 1.0),
            ("rollcall_sessions", 1.0),
            ("rollcall_sessions_created_total", 2.0),
            (r#"rollcall_sessions_removed_total{reason="deleted"}"#, 1.0),
        ],
    )
    .await;
}

#[tokio::test]
async fn changes_of_content_are_counted_by_outcome() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let path = format!("/sessions/{id}/commands");
    let url = format!("http://{}/api/v1{path}", server.addr);
    let create = json!({"command_type": "CreateNode", "data": {"blueprint_type_id": "t"}});
    for key in ["one", "one", "two"] {
        let request = server.http.post(&url).header("idempotency-key", key).json(&create);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    let stale = server.http.post(&url).header("if-match", "\"0\"").json(&create);
    assert_eq!(stale.send().await.unwrap().status(), 412);
    let missing = json!({"command_type": "DeleteNode", "data": {"node_id": id}});
    server.api().refusal(Method::POST, &path, Some(missing)).await;
    server.api().post(&format!("/sessions/{id}/undo"), json!({})).await;
    server.api().post(&format!("/sessions/{id}/redo"), json!({})).await;
    server.api().refusal(Method::POST, &format!("/sessions/{id}/redo"), None).await;
    settle(
        &server,
        &[
            (r#"rollcall_commands_total{command="CreateNode",outcome="applied"}"#, 2.0),
            (r#"rollcall_commands_total{command="CreateNode",outcome="replayed_key"}"#, 1.0),
            (r#"rollcall_commands_total{command="CreateNode",outcome="conflict"}"#, 1.0),
            (r#"rollcall_commands_total{command="DeleteNode",outcome="refused"}"#, 1.0),
            (r#"rollcall_undo_total{outcome="applied"}"#, 1.0),
            (r#"rollcall_redo_total{outcome="applied"}"#, 1.0),
            (r#"rollcall_redo_total{outcome="refused"}"#, 1.0),
            ("rollcall_events_total", 8.0),
        ],
    )
    .await;
}

#[tokio::test]
async fn staged_changes_are_counted_once() {
    let server = Server::with(&["--cleanup-interval", "off", "--staging-threshold", "10"]).await;
    let id = server.api().create(json!({})).await;
    let node = |number| json!({"id": uuid::Uuid::from_u128(number), "blueprint_type_id": "t", "name": "n"});
    let nodes: Vec<_> = (1..=20).map(node).collect();
    let path = format!("/sessions/{id}/graph");
    let (status, answer) =
        server.api().call(Method::PUT, &path, Some(json!({"nodes": nodes}))).await;
    assert_eq!(status, 200, "{answer}");
    settle(
        &server,
        &[
            (r#"rollcall_commands_total{command="ReplaceGraph",outcome="applied"}"#, 1.0),
            ("rollcall_events_total", 21.0),
        ],
    )
    .await;
}

#[tokio::test]
async fn deliveries_are_counted_for_each_client() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut ws = server.ws().await;
        ws.join(&id).await;
        clients.push(ws);
    }
    // The first has been sent the joins of the two others, the second that of the third.
    let create = json!({"command_type": "CreateNode", "data": {"blueprint_type_id": "t"}});
    server.api().post(&format!("/sessions/{id}/commands"), create).await;
    clients[0].send(json!({"type": "presence", "session_id": id, "data": 1})).await;
    settle(
        &server,
        &[
            (r#"rollcall_deliveries_total{transport="websocket"}"#, 3.0 + 3.0 * 2.0),
            (r#"rollcall_presence_messages_total{transport="websocket"}"#, 1.0),
        ],
    )
    .await;
    let scrape = Scrape::of(server.addr).await;
    assert_eq!(scrape.value(r#"rollcall_delivery_lag_seconds_count{transport="websocket"}"#), 3.0);
}

#[tokio::test]
async fn writer_storage_and_cleanup_are_measured() {
    let server = Server::start().await;
    server.api().create(json!({})).await;
    let request = json!({"max_inactive_hours": 0});
    server.api().post("/sessions/cleanup", request).await;
    let scrape = Scrape::of(server.addr).await;
    for series in [
        "rollcall_write_queue_wait_seconds_count",
        "rollcall_write_batch_jobs_count",
        "rollcall_commit_duration_seconds_count",
        "rollcall_database_bytes",
        "rollcall_wal_bytes",
        "rollcall_disk_free_bytes",
        r#"rollcall_reader_wait_seconds_count{reads="small"}"#,
        r#"rollcall_cleanup_runs_total{trigger="request",outcome="success"}"#,
        "rollcall_cleanup_last_success_timestamp_seconds",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
    ] {
        assert!(scrape.value(series) > 0.0, "{series}\n{}", scrape.0);
    }
}

#[tokio::test]
async fn socketio_connection_is_counted_by_what_carries_it() {
    let server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut client = Sio::connect(server.addr).await;
    client.join(&id).await;
    let polling = Polling::connect(server.addr).await;
    settle(
        &server,
        &[
            (r#"rollcall_connections{transport="socketio_websocket"}"#, 1.0),
            (r#"rollcall_connections{transport="socketio_polling"}"#, 1.0),
            (r#"rollcall_clients{transport="socketio"}"#, 1.0),
        ],
    )
    .await;
    drop((client, polling));
    settle(
        &server,
        &[
            (r#"rollcall_connections{transport="socketio_websocket"}"#, 0.0),
            (r#"rollcall_clients{transport="socketio"}"#, 0.0),
        ],
    )
    .await;
}

#[tokio::test]
async fn refused_tokens_and_backups_are_in_the_metrics() {
    let folder = tempfile::TempDir::new().unwrap();
    let backups = folder.path().to_str().unwrap().to_owned();
    let server = Server::with(&["--backup-dir", &backups]).await;
    settle(
        &server,
        &[
            ("rollcall_auth_required", 0.0),
            ("rollcall_backup_last_success_timestamp_seconds", 0.0),
            (r#"rollcall_auth_failures_total{kind="token"}"#, 0.0),
        ],
    )
    .await;
    server.api().post("/admin/backup", json!({})).await;
    let scrape = Scrape::of(server.addr).await;
    assert!(scrape.value("rollcall_backup_last_success_timestamp_seconds") > 1.7e9);

    let made = server.api().post("/tokens", json!({"name": "reader", "scope": "read"})).await;
    let token = made["token"].as_str().unwrap();
    let url = |path: &str| format!("http://{}{path}", server.addr);
    let refused = server.http.get(url("/api/v1/sessions")).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let refused =
        server.http.post(url("/api/v1/sessions")).bearer_auth(token).send().await.unwrap();
    assert_eq!(refused.status(), 403);
    let scrape = server.http.get(url("/metrics")).bearer_auth(token).send().await.unwrap();
    let scrape = Scrape(scrape.text().await.unwrap());
    assert_eq!(scrape.value("rollcall_auth_required"), 1.0);
    for kind in ["token", "permission"] {
        let series = format!(r#"rollcall_auth_failures_total{{kind="{kind}"}}"#);
        assert_eq!(scrape.value(&series), 1.0, "{series}");
    }
}
