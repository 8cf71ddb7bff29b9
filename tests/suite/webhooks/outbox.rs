//! What was committed is delivered, whatever becomes of the server.

use std::time::Duration;

use rollcall::model::webhook::Schedule;
use serde_json::json;

use super::receiver::{Receiver, Reply};
use super::{FAST, create, path, rename, with_schedule};
use crate::support::{Binary, eventually, number, run};

const FLAGS: [&str; 3] = ["--cleanup-interval", "off", "--webhook-allow-private"];

#[tokio::test]
async fn server_that_is_killed_delivers_after_its_next_start() {
    let mut server = Binary::start(&FLAGS).await;
    let receiver = Receiver::start().await;
    receiver.answer(|_| Reply::Hang);
    create(&server.api(), json!({"url": receiver.url()})).await;
    let mut ids = Vec::new();
    for round in 0..5 {
        let api = server.api();
        let id = api.create(json!({})).await;
        rename(&api, &id, "new").await;
        if round % 2 == 0 {
            // Some messages are made by now, and some are not.
            receiver.receive(1).await;
        }
        server.kill().await;
        server.start_again().await;
        ids.push(id);
    }
    receiver.answer(|_| Reply::Status(204));
    server.kill().await;
    server.start_again().await;
    let of = |id: &String, kind: &str| {
        receiver.seen().iter().any(|received| {
            received.kind() == kind && received.body["data"]["session_id"] == id.as_str()
        })
    };
    eventually("all messages", async || {
        ids.iter().all(|id| of(id, "session.created") && of(id, "session.updated"))
    })
    .await;
}

#[tokio::test]
async fn message_that_is_being_sent_at_the_end_is_sent_again() {
    let schedule = Schedule { timeout: Duration::from_secs(600), ..FAST };
    let mut server = with_schedule(schedule).await;
    let receiver = Receiver::start().await;
    receiver.answer(|_| Reply::Hang);
    create(&server.api(), json!({"url": receiver.url()})).await;
    server.api().create(json!({})).await;
    receiver.receive(1).await;
    receiver.answer(|_| Reply::Status(204));
    server.restart().await;
    let seen = receiver.receive(2).await;
    assert_eq!(seen[0].id(), seen[1].id());
}

#[tokio::test]
async fn events_stay_in_the_log_until_messages_are_made_of_them() {
    let mut server = Binary::start(&FLAGS).await;
    let receiver = Receiver::start().await;
    create(&server.api(), json!({"url": receiver.url(), "types": ["session.updated"]})).await;
    let id = server.api().create(json!({})).await;
    rename(&server.api(), &id, "new").await;
    receiver.receive(1).await;
    server.terminate().await;
    let mut sql = server.sql().await;
    // The last event is years old, and no message was made of it.
    let old = "update internal_event_log set at = '2020-01-01T00:00:00.000000+00:00'";
    assert_eq!(run(&mut sql, old).await, Ok(1));
    run(&mut sql, "update webhook_endpoints set entry = 0").await.unwrap();
    run(&mut sql, "delete from webhook_deliveries").await.unwrap();
    drop(sql);
    server.start_again().await;
    assert_eq!(receiver.receive(2).await[1].body["data"]["seq"], 1);
    eventually("made", async || {
        number(&mut server.sql().await, "select entry from webhook_endpoints").await == 1
    })
    .await;
}

#[tokio::test]
async fn messages_for_many_endpoints_are_made_in_small_transactions() {
    let mut server = Binary::start(&FLAGS).await;
    let api = server.api();
    for _ in 0..100 {
        create(&api, json!({"url": "http://127.0.0.1:1", "types": ["session.updated"]})).await;
    }
    let id = api.create(json!({})).await;
    for number in 0..30 {
        rename(&api, &id, &format!("{number}")).await;
    }
    let pending = "select count(*) from webhook_deliveries";
    let all = async || number(&mut server.sql().await, pending).await == 3_000;
    eventually("all messages", all).await;
    server.terminate().await;
    // All of them are to be made at once, as after a time in which the server was busy.
    let mut sql = server.sql().await;
    run(&mut sql, "update webhook_endpoints set entry = 0").await.unwrap();
    run(&mut sql, "delete from webhook_deliveries").await.unwrap();
    drop(sql);
    server.start_again().await;
    let all = async || number(&mut server.sql().await, pending).await == 3_000;
    eventually("all messages again", all).await;
    let largest = "select max(n) from (select count(*) as n from webhook_deliveries
                                       group by created_at)";
    assert!(number(&mut server.sql().await, largest).await <= 500);
}

#[tokio::test]
async fn log_of_changes_costs_nothing_without_a_webhook() {
    let server = with_schedule(FAST).await;
    let api = server.api();
    let id = api.create(json!({"project_id": "p"})).await;
    rename(&api, &id, "new").await;
    api.call(reqwest::Method::DELETE, &format!("/sessions/{id}"), None).await;
    let mut sql = server.sql().await;
    for table in [
        "select count(*) from internal_webhook_created_sessions",
        "select count(*) from internal_webhook_removed_sessions",
        "select count(*) from webhook_deliveries",
    ] {
        assert_eq!(number(&mut sql, table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn messages_are_kept_for_a_week() {
    let mut server = with_schedule(FAST).await;
    let receiver = Receiver::start().await;
    let (endpoint, _) = create(&server.api(), json!({"url": receiver.url()})).await;
    for _ in 0..2 {
        server.api().create(json!({})).await;
    }
    receiver.receive(2).await;
    let delivered = path(&endpoint, "/deliveries?state=delivered");
    let count = async || server.api().get(&delivered).await["deliveries"].as_array().unwrap().len();
    eventually("both", async || count().await == 2).await;
    let old = "update webhook_deliveries set created_at =
                   strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now', '-169 hours')
               where delivery = (select min(delivery) from webhook_deliveries)";
    assert_eq!(run(&mut server.sql().await, old).await, Ok(1));
    // Retention runs at the start.
    server.restart().await;
    let count = async || server.api().get(&delivered).await["deliveries"].as_array().unwrap().len();
    eventually("one", async || count().await == 1).await;
}
