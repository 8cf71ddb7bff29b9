//! Sessions over REST: create, read, list, change, touch, remove.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::Server;

#[tokio::test]
async fn a_session_is_created_with_what_the_caller_says() {
    let server = Server::start().await;
    let id = "0190A1B2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    let response = server
        .http
        .post(format!("http://{}/api/v1/sessions", server.addr))
        .json(&json!({
            "session_id": id, "name": "Board", "project_id": "p", "pinned": true,
            "idle_timeout_hours": 0.5, "attributes": {"a": [1, {"b": null}]}
        }))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    let id = id.to_lowercase();
    assert_eq!(response.headers()["location"], format!("/api/v1/sessions/{id}"));
    let session: serde_json::Value = response.json().await.unwrap();
    assert_eq!(session["created_at"], session["last_activity"]);
    let created_at = session["created_at"].as_str().unwrap();
    assert_eq!(created_at.len(), "2024-01-15T10:30:00.000000+00:00".len());
    assert!(created_at.ends_with("+00:00"));
    assert_eq!(
        session,
        json!({
            "session_id": id, "name": "Board", "project_id": "p", "pinned": true,
            "idle_timeout_hours": 0.5, "attributes": {"a": [1, {"b": null}]},
            "created_at": created_at, "last_activity": created_at, "active_clients": 0,
            "node_count": 0, "seq": 0, "revision": 0
        })
    );
    assert_eq!(server.api().get(&format!("/sessions/{id}")).await, session);

    let (status, answer) =
        server.api().call(Method::POST, "/sessions", Some(json!({"session_id": id}))).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::CONFLICT, &json!("CONFLICT")));
}

#[tokio::test]
async fn a_join_moves_the_count_in_rest_and_in_sql() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let mut one = server.ws().await;
    let joined = one.join(&id).await;
    assert_eq!(joined["active_clients"], 1);
    assert_eq!(joined["seq"], 1);
    let mut two = server.ws().await;
    two.join(&id).await;
    let event = one.event().await;
    assert_eq!(event["type"], "session-connected");
    assert_eq!(event["active_clients"], 2);
    assert_eq!(event["seq"], 2);
    assert_eq!(api.active_clients(&id).await, 2);
    two.close().await;
    let event = one.event().await;
    assert_eq!(event["type"], "session-disconnected");
    assert_eq!(event["reason"], "disconnected");
    assert_eq!(event["active_clients"], 1);
    assert_eq!(api.active_clients(&id).await, 1);
}
