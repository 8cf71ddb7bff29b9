//! How messages are signed, ordered, listed and sent again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use rollcall::model::webhook::Secret;
use serde_json::{Value, json};

use super::receiver::{Received, Receiver, Reply};
use super::{call, create, deliveries, path, rename, server};
use crate::support::{Api, eventually, number, run};

/// Whether one of the signatures is by this secret.
fn is_signed_by(received: &Received, secret: &str) -> bool {
    let secret: Secret = secret.parse().unwrap();
    let timestamp = received.headers["webhook-timestamp"].parse().unwrap();
    let signature = secret.sign(received.id(), timestamp, &received.text);
    received.headers["webhook-signature"].split(' ').any(|found| found == signature)
}

async fn test_message(api: &Api, receiver: &Receiver, endpoint_id: &str) -> Received {
    let count = receiver.seen().len();
    assert_eq!(call(api, endpoint_id, "/test").await.0, 202);
    receiver.receive(count + 1).await[count].clone()
}

#[tokio::test]
async fn test_message_is_signed_by_the_secret() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    let types = ["session.removed"];
    let (id, secret) = create(&api, json!({"url": receiver.url(), "types": types})).await;
    let received = test_message(&api, &receiver, &id).await;
    assert_eq!(received.kind(), "webhook.test");
    assert_eq!(received.body["data"], json!({"endpoint_id": id}));
    assert!(received.id().starts_with("msg_") && !received.id().contains('.'));
    let timestamp: i64 = received.headers["webhook-timestamp"].parse().unwrap();
    assert!((chrono::Utc::now().timestamp() - timestamp).abs() < 300);
    assert!(is_signed_by(&received, &secret));
    assert!(!received.headers["webhook-signature"].contains(' '));
}

#[tokio::test]
async fn both_secrets_sign_for_a_day_after_a_rotation() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    let (id, first) = create(&api, json!({"url": receiver.url()})).await;
    let (status, rotated) = call(&api, &id, "/rotate").await;
    assert_eq!(status, 200);
    let second = rotated["secret"].as_str().unwrap();
    assert_ne!(second, first);
    let received = test_message(&api, &receiver, &id).await;
    assert!(is_signed_by(&received, &first) && is_signed_by(&received, second));

    let mut sql = server.sql().await;
    let day = "select count(*) from webhook_endpoints where
               round((julianday(previous_until) - julianday('now')) * 24) = 24";
    assert_eq!(number(&mut sql, day).await, 1);
    let over = "update webhook_endpoints set previous_until = '2020-01-01T00:00:00.000000+00:00'";
    run(&mut sql, over).await.unwrap();
    let received = test_message(&api, &receiver, &id).await;
    assert!(!is_signed_by(&received, &first) && is_signed_by(&received, second));
}

#[tokio::test]
async fn messages_of_a_session_arrive_in_order_and_one_at_a_time() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    // Every third attempt fails.
    receiver.answer(move |_| match counter.fetch_add(1, Ordering::Relaxed) % 3 {
        2 => Reply::Status(500),
        _ => Reply::Status(204),
    });
    create(&api, json!({"url": receiver.url(), "types": ["session.updated"]})).await;
    let ids = [api.create(json!({})).await, api.create(json!({})).await];
    for round in 0..30 {
        for id in &ids {
            rename(&api, id, &format!("{round}")).await;
        }
    }
    let is_done = async || {
        let last = |id: &String| {
            receiver.seen().iter().any(|received| {
                received.body["data"]["session_id"] == id.as_str()
                    && received.body["data"]["seq"] == 30
            })
        };
        ids.iter().all(last)
    };
    eventually("the last messages", is_done).await;
    let mut last: HashMap<String, i64> = HashMap::new();
    for received in receiver.seen() {
        let data = &received.body["data"];
        let seq = data["seq"].as_i64().unwrap();
        let id = data["session_id"].as_str().unwrap().to_owned();
        let before = last.insert(id, seq).unwrap_or(0);
        assert!(seq == before || seq == before + 1, "{before} {seq}");
    }
}

#[tokio::test]
async fn failed_message_keeps_its_id_with_each_attempt() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    receiver.answer(|_| Reply::Status(500));
    let (id, _) = create(&api, json!({"url": receiver.url()})).await;
    call(&api, &id, "/test").await;
    let seen = receiver.receive(3).await;
    assert!(seen.iter().all(|received| received.id() == seen[0].id()));
    assert!(seen.iter().all(|received| received.text == seen[0].text));
    receiver.answer(|_| Reply::Status(200));
    eventually("delivered", async || deliveries(&api, &id, "?state=delivered").await.len() == 1)
        .await;
}

#[tokio::test]
async fn deliveries_are_listed_by_state_and_in_pages() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    receiver.answer(|received| match received.body["data"]["seq"].as_i64() {
        Some(1..=3) | None => Reply::Status(204),
        Some(_) => Reply::Status(500),
    });
    let (id, _) = create(&api, json!({"url": receiver.url(), "types": ["session.updated"]})).await;
    let session = api.create(json!({})).await;
    for round in 0..5 {
        rename(&api, &session, &format!("{round}")).await;
    }
    receiver.receive(5).await;
    eventually("three", async || deliveries(&api, &id, "?state=delivered").await.len() == 3).await;
    eventually("two", async || deliveries(&api, &id, "?state=pending").await.len() == 2).await;
    let seqs = |rows: &[Value]| -> Vec<i64> {
        rows.iter().map(|row| row["body"]["data"]["seq"].as_i64().unwrap()).collect()
    };
    assert_eq!(seqs(&deliveries(&api, &id, "").await), [5, 4, 3, 2, 1]);
    let first = api.get(&path(&id, "/deliveries?limit=2")).await;
    let before = first["next_before"].as_str().unwrap();
    let second = api.get(&path(&id, &format!("/deliveries?limit=3&before={before}"))).await;
    assert_eq!(seqs(second["deliveries"].as_array().unwrap()), [3, 2, 1]);
    assert_eq!(second["next_before"], Value::Null);
    let delivered = &second["deliveries"][0];
    assert_eq!(
        (&delivered["state"], &delivered["attempts"], &delivered["last_status"]),
        (&json!("delivered"), &json!(1), &json!(204))
    );
    for delivery in second["deliveries"].as_array().unwrap() {
        let rest = format!("/deliveries/{}", delivery["message_id"].as_str().unwrap());
        assert_eq!(api.get(&path(&id, &rest)).await, *delivery);
        let (other, _) = create(&api, json!({"url": receiver.url()})).await;
        let refusal = api.refusal(Method::GET, &path(&other, &rest), None).await;
        assert_eq!(refusal, (404, "DELIVERY_NOT_FOUND".to_owned()));
    }
    // The fifth waits for the fourth.
    let waiting = &first["deliveries"][0];
    assert_eq!((&waiting["attempts"], &waiting["next_attempt_at"]), (&json!(0), &Value::Null));
    assert_eq!(api.get(&path(&id, "")).await["pending"], 2);
}

#[tokio::test]
async fn delivery_is_retried_and_a_span_is_replayed_on_request() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    let (id, _) = create(&api, json!({"url": receiver.url(), "types": ["session.updated"]})).await;
    let session = api.create(json!({})).await;
    for round in 0..4 {
        rename(&api, &session, &format!("{round}")).await;
    }
    let seen = receiver.receive(4).await;
    let is_done = async || deliveries(&api, &id, "?state=delivered").await.len() == 4;
    eventually("all delivered", is_done).await;

    let message_id = seen[1].id();
    let (status, answer) = call(&api, &id, &format!("/deliveries/{message_id}/retry")).await;
    assert_eq!((status, &answer["message_id"]), (202, &json!(message_id)));
    assert_eq!(receiver.receive(5).await[4].id(), message_id);
    eventually("all delivered", is_done).await;

    // From the second on, without the last.
    let at = |place: usize| seen[place].body["timestamp"].clone();
    let span = json!({"since": at(1), "until": at(3)});
    assert_eq!(api.post(&path(&id, "/replay"), span).await, json!({"count": 2}));
    let again = receiver.receive(7).await;
    assert_eq!([again[5].id(), again[6].id()], [seen[1].id(), seen[2].id()]);
    let span = json!({"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"});
    assert_eq!(api.post(&path(&id, "/replay"), span).await, json!({"count": 0}));
}

#[tokio::test]
async fn ten_thousand_waiting_messages_all_arrive() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    let (id, _) = create(&api, json!({"url": receiver.url(), "types": ["session.created"]})).await;
    let mut sql = server.sql().await;
    // As the service writes them, of a thousand sessions.
    let fill = "with recursive n (n) as (values (0) union all select n + 1 from n where n < 9999)
         insert into webhook_deliveries
             (endpoint, session, type, at, created_at, body, not_before, next_at)
         select (select endpoint from webhook_endpoints), 100 + n % 1000, 'session.updated', t, t,
                json_object('type', 'session.updated', 'timestamp', t,
                            'data', json_object('line', n % 1000, 'n', n / 1000)),
                t, iif(n < 1000, t, null)
         from n, (select strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now') as t)";
    assert_eq!(run(&mut sql, fill).await, Ok(10_000));
    call(&api, &id, "/test").await;
    for count in (1_000..=10_000).step_by(1_000) {
        receiver.receive(count).await;
    }
    receiver.receive(10_001).await;
    eventually("all delivered", async || {
        let left = "select count(*) from webhook_deliveries where state <> 'delivered'";
        number(&mut server.sql().await, left).await == 0
    })
    .await;
    let mut lines: HashMap<i64, i64> = HashMap::new();
    for received in receiver.seen().iter().filter(|seen| seen.kind() == "session.updated") {
        let data = &received.body["data"];
        let next = lines.entry(data["line"].as_i64().unwrap()).or_default();
        assert_eq!(data["n"], *next);
        *next += 1;
    }
    assert!(lines.len() == 1000 && lines.values().all(|count| *count == 10));
}
