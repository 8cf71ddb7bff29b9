//! Joins, leaves and disconnects over the plain WebSocket, and the events that others get.

use serde_json::json;

use crate::support::{Server, number};

const UNKNOWN: &str = "0190a1b2-c3d4-7e5f-8a9b-000000000000";

#[tokio::test]
async fn join_returns_the_session_as_of_its_commit() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut ws = server.ws().await;
    let answer = ws
        .ask(json!({"type": "join_session", "session_id": id, "ref": {"n": [1, "x"]},
            "user": {"name": "Ann"}}))
        .await;
    let clients = api.get(&format!("/sessions/{id}/clients")).await;
    assert_eq!(
        answer,
        json!({"type": "joined", "session_id": id, "client_id": answer["client_id"],
            "active_clients": 1, "seq": 1, "revision": 0, "ref": {"n": [1, "x"]},
            "epoch": answer["epoch"], "clients": clients["clients"]})
    );
    let session = api.get(&format!("/sessions/{id}")).await;
    assert_eq!(
        clients["clients"],
        json!([{"client_id": answer["client_id"], "transport": "websocket",
            "connected_at": session["last_activity"], "user": {"name": "Ann"}, "presence": null}])
    );
    let events = api.get(&format!("/sessions/{id}/events")).await;
    assert_eq!(events["events"][0]["user"], json!({"name": "Ann"}));
}

#[tokio::test]
async fn second_join_adds_no_client_and_no_event() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut ws = server.ws().await;
    let first = ws.join(&id).await;
    let second = ws.join(&id).await;
    assert_eq!(second["active_clients"], 1);
    assert_eq!(second["seq"], 1);
    assert_eq!(second["client_id"], first["client_id"]);
    assert_eq!(api.active_clients(&id).await, 1);
    assert_eq!(number(&mut server.sql().await, "select count(*) from events").await, 1);
    assert_eq!(ws.leave(&id).await["active_clients"], 0);
    assert_eq!(api.active_clients(&id).await, 0);
}

#[tokio::test]
async fn join_of_an_unknown_session_is_an_error_and_creates_nothing() {
    let server = Server::start().await;
    let api = server.api();
    let gone = api.create(json!({})).await;
    api.call(reqwest::Method::DELETE, &format!("/sessions/{gone}"), None).await;
    let mut ws = server.ws().await;
    let mut join = json!({"type": "join_session", "session_id": UNKNOWN, "ref": 1});
    let answer = ws.ask(join.clone()).await;
    assert_eq!(answer["type"], "error");
    assert_eq!(answer["code"], "SESSION_NOT_FOUND");
    assert_eq!(answer["ref"], 1);
    join["session_id"] = json!(gone);
    let answer = ws.ask(join).await;
    assert_eq!(answer["code"], "SESSION_REMOVED");
    assert_eq!(answer["details"]["reason"], "deleted");
    let mut sql = server.sql().await;
    assert_eq!(number(&mut sql, "select count(*) from sessions").await, 0);
    assert_eq!(number(&mut sql, "select count(*) from clients").await, 0);
    assert_eq!(number(&mut sql, "select count(*) from events").await, 1);
}

#[tokio::test]
async fn leave_without_a_join_is_harmless() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut inside = server.ws().await;
    inside.join(&id).await;
    let before = api.get(&format!("/sessions/{id}")).await;
    let mut outside = server.ws().await;
    let left = outside.leave(&id).await;
    assert_eq!(left["type"], "left");
    assert_eq!(left["active_clients"], 1);
    let unknown = outside.leave(UNKNOWN).await;
    assert_eq!(unknown["code"], "SESSION_NOT_FOUND");
    assert_eq!(api.get(&format!("/sessions/{id}")).await, before);
}

#[tokio::test]
async fn leave_ends_events_and_is_published_to_the_others() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut stays = server.ws().await;
    stays.join(&id).await;
    let mut goes = server.ws().await;
    let client_id = goes.join(&id).await["client_id"].clone();
    stays.event().await;

    let left = goes.ask(json!({"type": "leave_session", "session_id": id, "ref": "bye"})).await;
    assert_eq!(
        left,
        json!({"type": "left", "session_id": id, "client_id": client_id, "active_clients": 1,
            "ref": "bye"})
    );
    let event = stays.event().await;
    let session = api.get(&format!("/sessions/{id}")).await;
    assert_eq!(
        event,
        json!({"type": "session-disconnected", "session_id": id, "seq": 3,
            "timestamp": session["last_activity"], "client_id": client_id, "active_clients": 1,
            "reason": "left"})
    );
    api.call(reqwest::Method::PATCH, &format!("/sessions/{id}"), Some(json!({"name": "n"}))).await;
    assert_eq!(stays.event().await["type"], "session-updated");
    // Whatever was sent to it stands before this answer.
    goes.ask(json!({"type": "ping"})).await;
    assert_eq!(goes.events, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn disconnect_leaves_all_sessions_in_one_commit() {
    let server = Server::start().await;
    let api = server.api();
    let mut sessions = Vec::new();
    let mut goes = server.ws().await;
    let mut witness = server.ws().await;
    for _ in 0..3 {
        let id = api.create(json!({})).await;
        goes.join(&id).await;
        witness.join(&id).await;
        sessions.push(id);
    }
    goes.close().await;
    let mut moments = Vec::new();
    for _ in &sessions {
        let event = witness.event().await;
        assert_eq!(event["type"], "session-disconnected");
        assert_eq!(event["reason"], "disconnected");
        assert_eq!(event["active_clients"], 1);
        assert_eq!(event["seq"], 3);
        moments.push(event["timestamp"].clone());
    }
    for id in &sessions {
        let session = api.get(&format!("/sessions/{id}")).await;
        assert_eq!(session["active_clients"], 1);
        assert_eq!(session["last_activity"], moments[0]);
    }
    assert!(moments.iter().all(|moment| *moment == moments[0]), "{moments:?}");
}

#[tokio::test]
async fn joined_lists_100_clients_and_rest_lists_all() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut crowd = Vec::new();
    for count in 1..=101 {
        let mut ws = server.ws().await;
        let joined = ws.join(&id).await;
        assert_eq!(joined["active_clients"], count);
        assert_eq!(joined["clients"].as_array().unwrap().len(), count.min(100));
        crowd.push(ws);
    }
    let clients = api.get(&format!("/sessions/{id}/clients")).await;
    assert_eq!(clients["clients"].as_array().unwrap().len(), 101);
}

#[tokio::test]
async fn events_of_a_removed_session_are_kept() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut ws = server.ws().await;
    let client_id = ws.join(&id).await["client_id"].clone();
    ws.leave(&id).await;
    api.call(reqwest::Method::DELETE, &format!("/sessions/{id}"), None).await;
    let rows: Vec<(String, i64, String, String)> =
        sqlx::query_as("select session_id, seq, event, payload from event_overview order by seq")
            .fetch_all(&mut server.sql().await)
            .await
            .unwrap();
    let expected = [
        (
            1,
            "session-connected",
            json!({"client_id": client_id, "active_clients": 1, "user": null}),
        ),
        (
            2,
            "session-disconnected",
            json!({"client_id": client_id, "active_clients": 0, "reason": "left"}),
        ),
        (3, "session-removed", json!({"reason": "deleted"})),
    ];
    assert_eq!(rows.len(), expected.len());
    for ((session_id, seq, event, payload), expected) in rows.into_iter().zip(expected) {
        let payload: serde_json::Value = serde_json::from_str(&payload).unwrap();
        assert_eq!(session_id, id);
        assert_eq!((seq, event.as_str(), payload), expected);
    }
}
