//! Receivers that are down, slow, lying or gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Method;
use rollcall::clock::Clock;
use rollcall::model::Timestamp;
use rollcall::model::webhook::Schedule;
use serde_json::{Value, json};

use super::receiver::{Receiver, Reply};
use super::{FAST, call, create, deliveries, path, rename, server, with_schedule};
use crate::support::{Api, Scrape, Server, eventually};

/// Waits until the last attempt of the newest message has such an error; returns the message.
async fn failed(api: &Api, endpoint_id: &str, error: &str) -> Value {
    let newest = async || deliveries(api, endpoint_id, "?limit=1").await.into_iter().next();
    let has_error = async || {
        newest().await.is_some_and(|found| {
            found["last_error"].as_str().is_some_and(|text| text.contains(error))
        })
    };
    eventually(error, has_error).await;
    newest().await.unwrap()
}

#[tokio::test]
async fn receiver_that_is_down_gets_everything_when_it_comes_back() {
    let server = server().await;
    let api = server.api();
    let receiver = Receiver::start().await;
    let (addr, url) = (receiver.addr, receiver.url());
    drop(receiver);
    let (endpoint, _) = create(&api, json!({"url": url})).await;
    let id = api.create(json!({})).await;
    for round in 0..3 {
        rename(&api, &id, &format!("{round}")).await;
    }
    eventually("an attempt", async || {
        api.get(&path(&endpoint, "")).await["failing_since"].is_string()
    })
    .await;
    let receiver = Receiver::start_at(addr).await;
    receiver.receive(4).await;
    assert_eq!(
        receiver.kinds(),
        ["session.created", "session.updated", "session.updated", "session.updated"]
    );
    eventually("no failure", async || {
        api.get(&path(&endpoint, "")).await["failing_since"].is_null()
    })
    .await;
}

#[tokio::test]
async fn every_status_but_2xx_is_a_failure_and_redirects_are_not_followed() {
    let server = server().await;
    let (api, elsewhere) = (server.api(), Receiver::start().await);
    for (status, error) in [(302, "redirects are not followed"), (400, "400"), (500, "500")] {
        let receiver = Receiver::start().await;
        let location = elsewhere.url();
        receiver.answer(move |_| Reply::Header(status, "location", location.clone()));
        let (endpoint, _) = create(&api, json!({"url": receiver.url()})).await;
        call(&api, &endpoint, "/test").await;
        receiver.receive(2).await;
        let found = failed(&api, &endpoint, error).await;
        assert_eq!((&found["state"], &found["last_status"]), (&json!("pending"), &json!(status)));
    }
    assert_eq!(elsewhere.seen().len(), 0);
}

#[tokio::test]
async fn receiver_that_hangs_holds_up_neither_joins_nor_other_receivers() {
    let schedule = Schedule { timeout: Duration::from_secs(600), ..FAST };
    let server = with_schedule(schedule).await;
    let (api, receiver, other) = (server.api(), Receiver::start().await, Receiver::start().await);
    receiver.answer(|_| Reply::Hang);
    create(&api, json!({"url": receiver.url()})).await;
    create(&api, json!({"url": other.url()})).await;
    let ids: Vec<String> =
        futures_util::future::join_all((0..40).map(|_| api.create(json!({})))).await;
    receiver.receive(16).await;
    let mut ws = server.ws().await;
    for id in &ids {
        ws.join(id).await;
    }
    other.receive(80).await;
    // It is sent to no more sessions at a time.
    assert_eq!(receiver.seen().len(), 16);
}

#[tokio::test]
async fn receivers_that_hang_leave_room_for_the_others() {
    let schedule = Schedule { timeout: Duration::from_secs(600), ..FAST };
    let server = with_schedule(schedule).await;
    let (api, receiver, other) = (server.api(), Receiver::start().await, Receiver::start().await);
    receiver.answer(|_| Reply::Hang);
    // Together they would take more than may be in flight.
    for _ in 0..5 {
        create(&api, json!({"url": receiver.url()})).await;
    }
    create(&api, json!({"url": other.url()})).await;
    futures_util::future::join_all((0..40).map(|_| api.create(json!({})))).await;
    other.receive(40).await;
}

#[tokio::test]
async fn attempt_that_hangs_ends_and_is_tried_again() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    receiver.answer(|_| Reply::Hang);
    let (endpoint, _) = create(&api, json!({"url": receiver.url()})).await;
    call(&api, &endpoint, "/test").await;
    let found = failed(&api, &endpoint, "no response in time").await;
    assert_eq!(found["last_status"], Value::Null);
    receiver.receive(2).await;
}

#[tokio::test]
async fn long_response_is_not_read_to_its_end() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    receiver.answer(|_| Reply::Long(64 << 20));
    let (endpoint, _) = create(&api, json!({"url": receiver.url()})).await;
    for _ in 0..3 {
        call(&api, &endpoint, "/test").await;
    }
    eventually("three", async || deliveries(&api, &endpoint, "?state=delivered").await.len() == 3)
        .await;
}

#[tokio::test]
async fn receiver_that_is_gone_is_switched_off_until_it_is_enabled() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    receiver.answer(|_| Reply::Status(410));
    let (endpoint, _) = create(&api, json!({"url": receiver.url()})).await;
    call(&api, &endpoint, "/test").await;
    let is_off = async || api.get(&path(&endpoint, "")).await["enabled"] == false;
    eventually("off", is_off).await;
    let off = api.get(&path(&endpoint, "")).await;
    assert_eq!(off["disabled_reason"], "gone");
    assert!(off["disabled_at"].is_string());
    // Messages wait meanwhile.
    let id = api.create(json!({})).await;
    eventually("two wait", async || api.get(&path(&endpoint, "")).await["pending"] == 2).await;
    assert_eq!(receiver.seen().len(), 1);
    receiver.answer(|_| Reply::Status(204));
    assert_eq!(call(&api, &endpoint, "/enable").await.0, 200);
    let seen = receiver.receive(3).await;
    assert!(seen[1..].iter().any(|received| received.id() == seen[0].id()));
    assert!(seen[1..].iter().any(|received| received.body["data"]["session_id"] == id.as_str()));
}

#[tokio::test]
async fn receiver_that_only_fails_is_switched_off_in_the_end() {
    let schedule = Schedule { max_failing: Duration::from_millis(300), ..FAST };
    let server = with_schedule(schedule).await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    receiver.answer(|_| Reply::Status(500));
    let (endpoint, _) = create(&api, json!({"url": receiver.url()})).await;
    call(&api, &endpoint, "/test").await;
    let is_off = async || api.get(&path(&endpoint, "")).await["disabled_reason"] == "failing";
    eventually("off", is_off).await;
}

#[tokio::test]
async fn message_is_given_up_after_the_last_retry_and_the_next_one_is_sent() {
    const TWO_RETRIES: &[Duration] = &[Duration::from_millis(10); 2];
    let schedule = Schedule { retry_delays: TWO_RETRIES, ..FAST };
    let server = with_schedule(schedule).await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    receiver.answer(|received| match received.kind() {
        "session.created" => Reply::Status(500),
        _ => Reply::Status(204),
    });
    let (endpoint, _) = create(&api, json!({"url": receiver.url()})).await;
    let id = api.create(json!({})).await;
    rename(&api, &id, "new").await;
    receiver.receive(4).await;
    let expected = ["session.created", "session.created", "session.created", "session.updated"];
    assert_eq!(receiver.kinds(), expected);
    let failed = deliveries(&api, &endpoint, "?state=failed").await;
    assert_eq!((failed.len(), &failed[0]["attempts"]), (1, &json!(3)));
    assert_eq!(failed[0]["next_attempt_at"], Value::Null);
}

#[tokio::test]
async fn retry_after_delays_the_next_attempt() {
    let server = server().await;
    let (api, receiver) = (server.api(), Receiver::start().await);
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    receiver.answer(move |_| {
        let date = chrono::Utc::now() + chrono::TimeDelta::seconds(3600);
        match counter.fetch_add(1, Ordering::Relaxed) {
            0 => Reply::Header(429, "retry-after", "3600".to_owned()),
            _ => Reply::Header(503, "retry-after", date.to_rfc2822()),
        }
    });
    let (endpoint, _) = create(&api, json!({"url": receiver.url()})).await;
    call(&api, &endpoint, "/test").await;
    for status in ["429", "503"] {
        let found = failed(&api, &endpoint, status).await;
        let time = |name: &str| {
            let text = found[name].as_str().unwrap();
            chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp()
        };
        let delay = time("next_attempt_at") - time("last_attempt_at");
        assert!((3500..=3700).contains(&delay), "{status}: {delay}");
        // What was to be tried later is tried now.
        assert_eq!(call(&api, &endpoint, "/enable").await.0, 200);
    }
}

#[tokio::test]
async fn metrics_distinguish_endpoints_that_fail_from_those_that_are_off() {
    const NO_RETRIES: Schedule = Schedule { retry_delays: &[Duration::from_secs(600)], ..FAST };
    let server = with_schedule(NO_RETRIES).await;
    let api = server.api();
    for status in [204, 500, 410, 204] {
        let receiver = Receiver::start().await;
        receiver.answer(move |_| Reply::Status(status));
        let (endpoint, _) = create(&api, json!({"url": receiver.url()})).await;
        call(&api, &endpoint, "/test").await;
        eventually("an attempt", async || {
            deliveries(&api, &endpoint, "").await[0]["last_status"] == status
        })
        .await;
        if status == 204 {
            api.call(Method::PATCH, &path(&endpoint, ""), Some(json!({"enabled": false}))).await;
        }
    }
    create(&api, json!({"url": "http://127.0.0.1:1"})).await;
    let scrape = Scrape::of(server.addr).await;
    for (state, count) in [("working", 1.0), ("failing", 1.0), ("off", 1.0), ("paused", 2.0)] {
        let series = format!("rollcall_webhook_endpoints{{state=\"{state}\"}}");
        assert_eq!(scrape.value(&series), count, "{state}");
    }
    for (outcome, count) in [("delivered", 2.0), ("failed", 2.0)] {
        let series = format!("rollcall_webhook_deliveries_total{{outcome=\"{outcome}\"}}");
        assert_eq!(scrape.value(&series), count, "{outcome}");
    }
    assert_eq!(scrape.value("rollcall_webhook_pending"), 1.0);
}

#[tokio::test]
async fn message_does_not_wait_for_a_date_that_a_wrong_clock_has_set() {
    let ahead = Arc::new(AtomicUsize::new(365 * 24 * 3600));
    let seconds = ahead.clone();
    let clock = Clock::new(move || {
        let micros = seconds.load(Ordering::SeqCst) as i64 * 1_000_000;
        Timestamp::from_micros(Timestamp::now().as_micros() + micros).unwrap()
    });
    let flags = ["--cleanup-interval", "off", "--webhook-allow-private"];
    let mut server = Server::with_clock(&flags, clock).await;
    let receiver = Receiver::start().await;
    receiver.answer(|_| Reply::Status(500));
    let types = json!(["session.created", "session.updated"]);
    let new = json!({"url": receiver.url(), "types": types});
    let (endpoint, _) = create(&server.api(), new).await;
    let id = server.api().create(json!({})).await;
    failed(&server.api(), &endpoint, "500").await;
    receiver.answer(|_| Reply::Status(204));
    ahead.store(0, Ordering::SeqCst);
    // The maintenance at the start sees the mistake.
    server.restart().await;
    rename(&server.api(), &id, "new").await;
    receiver.receive(3).await;
    assert_eq!(receiver.kinds(), ["session.created", "session.created", "session.updated"]);
    server.api().create(json!({})).await;
    assert_eq!(receiver.receive(4).await[3].kind(), "session.created");
}
