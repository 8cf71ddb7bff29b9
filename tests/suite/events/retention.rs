//! How long events and tombstones are kept.

use reqwest::Method;
use serde_json::json;

use crate::support::{Server, eventually, number};

const EVENTS: &str = "select count(*) from events";

#[tokio::test]
async fn expired_events_are_removed_and_seq_continues() {
    let mut server = Server::with(&["--cleanup-interval", "off", "--event-retention", "1ms"]).await;
    let id = server.api().create(json!({})).await;
    let mut ws = server.ws().await;
    assert_eq!(ws.join(&id).await["seq"], 1);
    ws.leave(&id).await;
    // Retention looks when the server starts, and then from time to time.
    server.restart().await;
    let mut sql = server.sql().await;
    eventually("no event is left", async || number(&mut server.sql().await, EVENTS).await == 0)
        .await;
    let mut ws = server.ws().await;
    assert_eq!(ws.join(&id).await["seq"], 3);
    assert_eq!(number(&mut sql, "select seq from sessions").await, 3);
}

#[tokio::test]
async fn tombstone_expires_and_its_id_may_be_used_again() {
    let retention = ["--event-retention", "1ms", "--tombstone-retention", "1ms"];
    let settings = [&["--cleanup-interval", "off", "--restore-window", "off"], &retention[..]];
    let mut server = Server::with(&settings.concat()).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let path = format!("/sessions/{id}");
    api.call(Method::DELETE, &path, None).await;
    assert_eq!(api.call(Method::GET, &path, None).await.0, 410);
    server.restart().await;
    let api = server.api();
    eventually("it is forgotten", async || api.call(Method::GET, &path, None).await.0 == 404).await;
    assert_eq!(api.create(json!({"session_id": id})).await, id);
}

#[tokio::test]
async fn tombstone_is_kept_as_long_as_its_events() {
    let mut server =
        Server::with(&["--cleanup-interval", "off", "--tombstone-retention", "1ms"]).await;
    let api = server.api();
    let id = api.create(json!({})).await;
    api.call(Method::DELETE, &format!("/sessions/{id}"), None).await;
    // A grave without events, so that one sees when retention has been there.
    sqlx::query(
        "insert into tombstones (session, session_id, removed_at, reason)
         values (99, '0190a1b2-c3d4-7e5f-8a9b-000000000099', '2024-01-15T10:30:00.000000+00:00', 'idle')",
    )
    .execute(&mut server.sql().await)
    .await
    .unwrap();
    server.restart().await;
    eventually("the grave without events is gone", async || {
        number(&mut server.sql().await, "select count(*) from tombstones").await == 1
    })
    .await;
    assert_eq!(server.api().call(Method::GET, &format!("/sessions/{id}"), None).await.0, 410);
    assert_eq!(number(&mut server.sql().await, EVENTS).await, 1);
}

#[tokio::test]
async fn unexpired_events_and_tombstones_are_kept() {
    let mut server = Server::start().await;
    let id = server.api().create(json!({})).await;
    let mut ws = server.ws().await;
    ws.join(&id).await;
    ws.close().await;
    // One that is older than the usual seven days, and one that is not.
    sqlx::query(
        "insert into internal_event_log (entry, session, first_seq, seq, at, events)
         select value, 77, value + 10, value + 10,
                strftime('%Y-%m-%dT%H:%M:%S', 'now', iif(value = -2, '-169 hours', '-167 hours'))
                    || '.000000+00:00', '[[\"before\",{}]]'
         from json_each('[-2, -1]')",
    )
    .execute(&mut server.sql().await)
    .await
    .unwrap();
    server.restart().await;
    eventually("the old one is gone", async || {
        number(&mut server.sql().await, "select count(*) from internal_event_log where entry = -2")
            .await
            == 0
    })
    .await;
    let kept = "select count(*) from events where event = 'before' or event like 'session-%'";
    assert_eq!(number(&mut server.sql().await, kept).await, 3);
}
