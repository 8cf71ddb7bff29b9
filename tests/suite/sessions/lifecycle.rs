//! Sessions over REST: create, read, change, touch, remove.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Server, seconds_ago, set_last_activity};

#[tokio::test]
async fn created_session_has_the_given_fields() {
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
    assert_eq!(
        (status, &answer["error"]["code"]),
        (StatusCode::CONFLICT, &json!("SESSION_EXISTS"))
    );
}

#[tokio::test]
async fn join_changes_active_clients_in_rest_and_sql() {
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

#[tokio::test]
async fn session_created_without_body_gets_id_and_defaults() {
    let server = Server::start().await;
    let url = format!("http://{}/api/v1/sessions", server.addr);
    let response = server.http.post(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    let session: serde_json::Value = response.json().await.unwrap();
    let id = session["session_id"].as_str().unwrap();
    assert_eq!(uuid::Uuid::parse_str(id).unwrap().get_version_num(), 7);
    for (key, value) in [
        ("name", json!(null)),
        ("project_id", json!(null)),
        ("pinned", json!(false)),
        ("idle_timeout_hours", json!(null)),
        ("attributes", json!({})),
    ] {
        assert_eq!(session[key], value, "{key}");
    }
    assert_eq!(server.api().get("/sessions").await["sessions"], json!([session]));
}

#[tokio::test]
async fn patch_changes_named_fields_and_merges_attributes() {
    let server = Server::start().await;
    let api = server.api();
    let id = api
        .create(json!({"name": "old", "project_id": "p", "idle_timeout_hours": 2,
            "attributes": {"keep": 1, "drop": 2, "deep": {"a": 1, "b": 2}}}))
        .await;
    let path = format!("/sessions/{id}");
    let mut ws = server.ws().await;
    ws.join(&id).await;
    let before = api.get(&path).await;

    let patch = json!({"name": "new", "project_id": null, "pinned": true,
        "attributes": {"drop": null, "deep": {"b": null, "c": [3]}, "plain": "x"}});
    let (status, after) = api.call(Method::PATCH, &path, Some(patch)).await;
    assert_eq!(status, StatusCode::OK);
    let attributes = json!({"keep": 1, "deep": {"a": 1, "c": [3]}, "plain": "x"});
    assert_eq!(after["name"], "new");
    assert_eq!(after["project_id"], json!(null));
    assert_eq!(after["pinned"], true);
    assert_eq!(after["idle_timeout_hours"], 2.0);
    assert_eq!(after["attributes"], attributes);
    assert_eq!(after["seq"], 2);
    assert_eq!(after["revision"], 0);
    assert!(after["last_activity"].as_str() > before["last_activity"].as_str());
    assert_eq!(api.get(&path).await, after);
    assert_eq!(
        ws.event().await,
        json!({"type": "session-updated", "session_id": id, "seq": 2,
            "timestamp": after["last_activity"],
            "changes": {"name": "new", "project_id": null, "pinned": true,
                "attributes": attributes}})
    );

    // What changes nothing is activity, but no event.
    let (status, same) = api.call(Method::PATCH, &path, Some(json!({"name": "new"}))).await;
    assert_eq!((status, &same["seq"]), (StatusCode::OK, &json!(2)));
    assert!(same["last_activity"].as_str() > after["last_activity"].as_str());

    let (_, emptied) = api.call(Method::PATCH, &path, Some(json!({"attributes": null}))).await;
    assert_eq!(emptied["attributes"], json!({}));
}

#[tokio::test]
async fn removed_session_is_410_with_time_and_reason() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let path = format!("/sessions/{id}");
    let mut ws = server.ws().await;
    ws.join(&id).await;

    let (status, body) = api.call(Method::DELETE, &path, None).await;
    assert_eq!((status, body), (StatusCode::NO_CONTENT, json!(null)));
    let event = ws.event().await;
    assert_eq!(event["type"], "session-removed");
    assert_eq!(event["reason"], "deleted");
    assert_eq!(event["seq"], 2);

    for (method, suffix) in [
        (Method::GET, ""),
        (Method::PATCH, ""),
        (Method::DELETE, ""),
        (Method::GET, "/info"),
        (Method::GET, "/clients"),
        (Method::GET, "/cleanup"),
        (Method::POST, "/touch"),
    ] {
        let (status, answer) = api.call(method.clone(), &format!("{path}{suffix}"), None).await;
        assert_eq!(status, StatusCode::GONE, "{method} {suffix}");
        assert_eq!(answer["error"]["code"], "SESSION_REMOVED");
        let details = &answer["error"]["details"];
        assert_eq!(details["reason"], "deleted");
        assert_eq!(details["removed_at"], event["timestamp"]);
    }
    let again = api.refusal(Method::POST, "/sessions", Some(json!({"session_id": id}))).await;
    assert_eq!(again, (409, "SESSION_EXISTS".to_owned()));
    // The connection itself lives on.
    assert_eq!(ws.ask(json!({"type": "ping"})).await["type"], "pong");
}

#[tokio::test]
async fn session_info_has_its_documented_shape() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({"project_id": "p", "name": "n"})).await;
    let mut ws = server.ws().await;
    ws.join(&id).await;
    let session = api.get(&format!("/sessions/{id}")).await;
    let info = api.get(&format!("/sessions/{id}/info")).await;
    let mut expected = session.clone();
    expected["undo_available"] = json!(false);
    expected["redo_available"] = json!(false);
    expected["metadata"] = json!({"created_at": session["created_at"], "active_clients": 1,
        "last_activity": session["last_activity"]});
    assert_eq!(info, expected);
}

#[tokio::test]
async fn touch_is_activity_and_reading_is_not() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let path = format!("/sessions/{id}");
    let created = api.get(&path).await;
    for read in ["", "/info", "/clients", "/cleanup"] {
        api.get(&format!("{path}{read}")).await;
    }
    api.get("/sessions?idle_hours=0").await;
    api.post("/sessions/cleanup", json!({"dry_run": true})).await;
    assert_eq!(api.get(&path).await, created);

    let touched = api.post(&format!("{path}/touch"), json!({})).await;
    assert_eq!(touched["session_id"], json!(id));
    assert!(touched["last_activity"].as_str() > created["last_activity"].as_str());
    let after = api.get(&path).await;
    assert_eq!(after["last_activity"], touched["last_activity"]);
    assert_eq!(after["seq"], 0);
}

#[tokio::test]
async fn last_activity_never_moves_backwards() {
    let server = Server::start().await;
    let api = server.api();
    let id = api.create(json!({})).await;
    let path = format!("/sessions/{id}");
    // As after a clock that was set back, by less than is taken for a mistake.
    let future = seconds_ago(-50.0);
    set_last_activity(&mut server.sql().await, &id, &future).await;
    assert_eq!(api.post(&format!("{path}/touch"), json!({})).await["last_activity"], future);
    let patched = api.call(Method::PATCH, &path, Some(json!({"name": "n"}))).await.1;
    assert_eq!(patched["last_activity"], future);
    let mut ws = server.ws().await;
    ws.join(&id).await;
    ws.leave(&id).await;
    let session = api.get(&path).await;
    assert_eq!(session["last_activity"], future);
    assert_eq!(session["seq"], 3);
}
