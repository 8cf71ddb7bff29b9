//! What messages say, and who gets them.

use reqwest::Method;
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{create, deliveries, rename, server};
use crate::support::eventually;

#[tokio::test]
async fn messages_say_what_happens_in_the_life_of_a_session() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    create(&api, json!({"url": receiver.url()})).await;
    let id = api.create(json!({"project_id": "p"})).await;
    let mut ws = server.ws().await;
    let user = json!({"name": "Ada", "level": 12345678901234567890_u64});
    let join = json!({"type": "join_session", "session_id": id, "user": user});
    let client_id = ws.ask(join).await["client_id"].clone();
    rename(&api, &id, "board").await;
    let command = json!({"command_type": "CreateNode", "data": {"blueprint_type_id": "t"}});
    let revision = api.post(&format!("/sessions/{id}/commands"), command).await["revision"].clone();
    ws.ask(json!({"type": "leave_session", "session_id": id})).await;
    assert_eq!(api.call(Method::DELETE, &format!("/sessions/{id}"), None).await.0, 204);

    api.post(&format!("/sessions/{id}/restore"), json!({})).await;

    let seen = receiver.receive(8).await;
    let data = |kind: &str| -> Value {
        let found: Vec<_> = seen.iter().filter(|received| received.kind() == kind).collect();
        assert_eq!(found.len(), 1, "{kind}: {seen:?}");
        found[0].body["data"].clone()
    };
    let base = |more: Value| {
        let mut all = json!({"session_id": id, "project_id": "p"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    assert_eq!(data("session.created"), base(json!({"seq": 0})));
    assert_eq!(
        data("client.joined"),
        base(json!({"seq": 1, "client_id": client_id, "active_clients": 1, "user": user}))
    );
    assert_eq!(data("session.updated"), base(json!({"seq": 2, "changes": ["name"]})));
    assert_eq!(
        data("content.changed"),
        base(json!({"first_seq": 3, "last_seq": 4, "revision": revision}))
    );
    assert_eq!(
        data("client.left"),
        base(json!({"seq": 5, "client_id": client_id, "active_clients": 0, "reason": "left"}))
    );
    assert_eq!(data("session.emptied"), base(json!({"seq": 5})));
    assert_eq!(data("session.removed"), base(json!({"seq": 6, "reason": "deleted"})));
    assert_eq!(data("session.restored"), base(json!({"seq": 7})));
    assert_eq!(seen[0].kind(), "session.created");
    assert_eq!(seen[6].kind(), "session.removed");
    assert_eq!(seen[7].kind(), "session.restored");
    for received in &seen {
        assert_eq!(received.headers["content-type"], "application/json");
        assert!(received.body["timestamp"].as_str().unwrap().ends_with("+00:00"));
    }
}

#[tokio::test]
async fn webhook_gets_only_the_types_and_the_project_that_it_wants() {
    let server = server().await;
    let api = server.api();
    let (all, some) = (Receiver::start().await, Receiver::start().await);
    create(&api, json!({"url": all.url()})).await;
    let types = ["session.removed", "session.updated"];
    create(&api, json!({"url": some.url(), "types": types, "project_id": "p"})).await;
    let (ours, other) = (
        api.create(json!({"project_id": "p"})).await,
        api.create(json!({"project_id": "q"})).await,
    );
    for id in [&other, &ours] {
        rename(&api, id, "new").await;
        // The project is known although the session is gone.
        api.call(Method::DELETE, &format!("/sessions/{id}"), None).await;
    }
    all.receive(6).await;
    let seen = some.receive(2).await;
    assert_eq!(some.kinds(), ["session.updated", "session.removed"]);
    assert!(seen.iter().all(|received| received.body["data"]["session_id"] == ours.as_str()));
}

#[tokio::test]
async fn webhook_gets_nothing_from_before_it_was_created() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    create(&api, json!({"url": Receiver::start().await.url()})).await;
    let id = api.create(json!({})).await;
    for round in 0..20 {
        rename(&api, &id, &format!("{round}")).await;
    }
    create(&api, json!({"url": receiver.url()})).await;
    rename(&api, &id, "last").await;
    let seen = receiver.receive(1).await;
    assert_eq!((seen[0].kind(), &seen[0].body["data"]["seq"]), ("session.updated", &json!(21)));
}

#[tokio::test]
async fn changes_of_content_are_joined_in_one_message() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    let (endpoint, _) =
        create(&api, json!({"url": receiver.url(), "types": ["content.changed"]})).await;
    let id = api.create(json!({})).await;
    let mut last = Value::Null;
    for _ in 0..50 {
        let command = json!({"command_type": "CreateNode", "data": {"blueprint_type_id": "t"}});
        last = api.post(&format!("/sessions/{id}/commands"), command).await["seq"].clone();
    }
    let is_sent =
        async || receiver.seen().last().is_some_and(|seen| seen.body["data"]["last_seq"] == last);
    eventually("the last change", is_sent).await;
    let seen = receiver.seen();
    // Together they speak of every event once.
    let mut next = 1;
    for received in &seen {
        let data = &received.body["data"];
        assert_eq!(data["first_seq"], next);
        next = data["last_seq"].as_i64().unwrap() + 1;
    }
    assert!(seen.len() < 50, "{}", seen.len());
    let rows = deliveries(&api, &endpoint, "").await;
    assert_eq!(rows.len(), seen.len());
    let not_before: Vec<String> = sqlx::query_scalar(
        "select not_before from webhook_deliveries where type = 'content.changed' order by delivery",
    )
    .fetch_all(&mut server.sql().await)
    .await
    .unwrap();
    let micros =
        |text: &String| chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros();
    for pair in not_before.windows(2) {
        assert!(micros(&pair[1]) - micros(&pair[0]) >= 299_000, "{pair:?}");
    }
}

#[tokio::test]
async fn staged_change_is_one_message() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    create(&api, json!({"url": receiver.url(), "types": ["content.changed"]})).await;
    let id = api.create(json!({})).await;
    let nodes: Vec<Value> = (0..2500)
        .map(|place| {
            let node_id = format!("0190a1b2-c3d4-7e5f-8a9b-{place:012}");
            json!({"id": node_id, "parent_id": null, "blueprint_type_id": "t", "name": "n"})
        })
        .collect();
    let path = format!("/sessions/{id}/graph");
    let (status, answer) = api.call(Method::PUT, &path, Some(json!({"nodes": nodes}))).await;
    assert_eq!(status, 200, "{answer}");
    let seen = receiver.receive(1).await;
    let data = &seen[0].body["data"];
    assert_eq!(
        (&data["first_seq"], &data["last_seq"], &data["revision"]),
        (&json!(1), &answer["seq"], &answer["revision"])
    );
}
