//! A machine clock that is wrong for a while and is corrected.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use reqwest::Method;
use rollcall::clock::Clock;
use rollcall::model::Timestamp;
use serde_json::json;

use crate::support::{Server, eventually, number, seconds_ago, set_last_activity};

const HOUR: i64 = 3600;
const YEAR: i64 = 365 * 24 * HOUR;

/// A clock that is so many seconds ahead of the machine's.
#[derive(Clone, Default)]
struct Shifted {
    seconds: Arc<AtomicI64>,
    reads: Arc<AtomicI64>,
}

impl Shifted {
    fn set(&self, seconds: i64) {
        self.seconds.store(seconds, Ordering::SeqCst);
    }

    /// Waits until the clock has been read so many times more.
    async fn read_again(&self, times: i64) {
        let until = self.reads.load(Ordering::SeqCst) + times;
        eventually("the clock is read", async || self.reads.load(Ordering::SeqCst) >= until).await;
    }

    fn clock(&self) -> Clock {
        let Self { seconds, reads } = self.clone();
        Clock::new(move || {
            reads.fetch_add(1, Ordering::SeqCst);
            let micros = seconds.load(Ordering::SeqCst) * 1_000_000;
            Timestamp::from_micros(Timestamp::now().as_micros() + micros).unwrap()
        })
    }

    async fn server(&self, settings: &[&str]) -> Server {
        Server::with_clock(settings, self.clock()).await
    }
}

/// All times of a session's events, the oldest event first.
async fn times(server: &Server, session_id: &str) -> Vec<String> {
    sqlx::query_scalar("select timestamp from event_overview where session_id = ? order by seq")
        .bind(session_id)
        .fetch_all(&mut server.sql().await)
        .await
        .unwrap()
}

/// A moment that comes soon, and long before a year is over.
fn soon() -> String {
    seconds_ago(-60.0)
}

#[tokio::test]
async fn clock_ahead_affects_only_sessions_changed_meanwhile() {
    let shift = Shifted::default();
    let server = shift.server(&["--cleanup-interval", "off"]).await;
    let api = server.api();
    let before = api.create(json!({})).await;
    shift.set(YEAR);
    let ahead = api.create(json!({})).await;
    let mut ws = server.ws().await;
    ws.join(&ahead).await;
    shift.set(0);
    let after = api.create(json!({})).await;
    for id in [&before, &after] {
        let answer = api.post(&format!("/sessions/{id}/touch"), json!({})).await;
        assert!(answer["last_activity"].as_str().unwrap() < soon().as_str(), "{answer}");
        ws.join(id).await;
        let times = times(&server, id).await;
        assert!(times.last().unwrap() < &soon(), "{times:?}");
    }
    // The one that was dated ahead goes on from there.
    let command = json!({"command_type": "CreateNode", "data": {"blueprint_type_id": "t"}});
    api.post(&format!("/sessions/{ahead}/commands"), command).await;
    ws.leave(&ahead).await;
    let times = times(&server, &ahead).await;
    assert_eq!(times.len(), 4);
    assert!(times.is_sorted() && times[0] > soon(), "{times:?}");
}

#[tokio::test]
async fn session_dated_in_the_future_becomes_idle_in_time() {
    let shift = Shifted::default();
    let server = shift.server(&["--cleanup-interval", "off"]).await;
    let api = server.api();
    shift.set(YEAR);
    let ahead = api.create(json!({})).await;
    let own = api.create(json!({"idle_timeout_hours": 1})).await;
    let mut ws = server.ws().await;
    ws.join(&ahead).await;
    ws.leave(&ahead).await;
    shift.set(0);
    let cleanup = json!({"max_inactive_hours": 1});
    let report = api.post("/sessions/cleanup", cleanup.clone()).await;
    assert_eq!(report["removed_sessions"], json!([]));
    for id in [&ahead, &own] {
        let session = api.get(&format!("/sessions/{id}")).await;
        assert!(session["last_activity"].as_str().unwrap() < soon().as_str(), "{session}");
        assert!(session["created_at"].as_str().unwrap() < soon().as_str(), "{session}");
    }
    shift.set(2 * HOUR);
    let report = api.post("/sessions/cleanup", cleanup).await;
    assert_eq!(report["removed_sessions"], json!([ahead, own]));
    let times = times(&server, &ahead).await;
    assert_eq!(times.len(), 3);
    assert!(times.is_sorted(), "its end comes last: {times:?}");
}

#[tokio::test]
async fn event_times_stay_in_order_when_the_clock_goes_back_across_a_restart() {
    let shift = Shifted::default();
    let mut server = shift.server(&["--cleanup-interval", "off"]).await;
    let id = server.api().create(json!({})).await;
    let command = json!({"command_type": "CreateNode", "data": {"blueprint_type_id": "t"}});
    for seconds in [YEAR, 0, -HOUR, 2 * YEAR, 0] {
        shift.set(seconds);
        server.restart().await;
        let api = server.api();
        api.post(&format!("/sessions/{id}/commands"), command.clone()).await;
        server.ws().await.join(&id).await;
        let times = times(&server, &id).await;
        assert!(times.is_sorted(), "{seconds} s: {times:?}");
    }
    let history = server.api().get(&format!("/sessions/{id}/commands")).await;
    let steps: Vec<&str> = history["commands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["timestamp"].as_str().unwrap())
        .collect();
    assert_eq!(steps.len(), 5, "{history}");
    assert!(steps.is_sorted(), "{steps:?}");
}

#[tokio::test]
async fn events_dated_in_the_future_expire_in_time() {
    let retention =
        ["--event-retention", "1h", "--tombstone-retention", "1h", "--restore-window", "1h"];
    let settings = [&["--cleanup-interval", "off"], &retention[..]].concat();
    let shift = Shifted::default();
    let mut server = shift.server(&settings).await;
    let id = server.api().create(json!({})).await;
    let removed = server.api().create(json!({})).await;
    shift.set(YEAR);
    let mut ws = server.ws().await;
    ws.join(&id).await;
    ws.leave(&id).await;
    server.api().call(Method::DELETE, &format!("/sessions/{removed}"), None).await;
    shift.set(0);
    ws.join(&id).await;
    ws.leave(&id).await;
    // Retention looks when the server starts: now it sees the mistake, and later that time is over.
    server.restart().await;
    let mut sql = server.sql().await;
    // A late look of the first server may have seen a part of it.
    let seen = "select count(*) from internal_clock_corrections
                where last_entry = (select max(entry) from internal_event_log)";
    eventually("the mistake is seen", async || number(&mut server.sql().await, seen).await == 1)
        .await;
    assert_eq!(number(&mut sql, "select count(*) from events").await, 5);
    shift.set(2 * HOUR);
    server.restart().await;
    for table in ["select count(*) from events", "select count(*) from tombstones"] {
        eventually(table, async || number(&mut server.sql().await, table).await == 0).await;
    }
    assert_eq!(server.api().get(&format!("/sessions/{id}")).await["seq"], 4);
}

#[tokio::test]
async fn scheduled_cleanup_pauses_after_a_clock_jump() {
    let shift = Shifted::default();
    let server = shift.server(&["--cleanup-interval", "20ms"]).await;
    let api = server.api();
    let kept = api.create(json!({})).await;
    let is_cleaned = async |what: &str| {
        let idle = api.create(json!({})).await;
        set_last_activity(&mut server.sql().await, &idle, &seconds_ago(25.0 * 3600.0)).await;
        let path = format!("/sessions/{idle}");
        eventually(what, async || api.call(Method::GET, &path, None).await.0 == 410).await;
    };
    is_cleaned("a right clock cleans").await;
    for ahead in [YEAR, -YEAR] {
        shift.set(ahead);
        // Only the cleanup reads the clock so often.
        shift.read_again(5).await;
        shift.set(0);
        let session = api.get(&format!("/sessions/{kept}")).await;
        assert!(session["last_activity"].as_str().unwrap() > seconds_ago(3600.0).as_str());
        is_cleaned("a clock that is right again cleans").await;
    }
}

#[tokio::test]
async fn clock_behind_at_start_removes_nothing_once_corrected() {
    let retention = ["--event-retention", "2d", "--cleanup-interval", "off"];
    let shift = Shifted::default();
    let mut server = shift.server(&retention).await;
    let id = server.api().create(json!({})).await;
    let mut ws = server.ws().await;
    ws.join(&id).await;
    ws.leave(&id).await;
    drop(ws);
    let before = server.api().get(&format!("/sessions/{id}")).await;
    // A machine without a battery for its clock starts in the past.
    shift.set(-YEAR);
    server.restart().await;
    eventually("the past takes the present for a mistake", async || {
        number(&mut server.sql().await, "select count(*) from internal_clock_corrections").await
            == 1
    })
    .await;
    shift.set(0);
    server.restart().await;
    eventually("the right clock has looked at events and sessions", async || {
        let floors = "select count(*) from sessions where time_floor is not null";
        number(&mut server.sql().await, floors).await == 0
    })
    .await;
    let report = server.api().post("/sessions/cleanup", json!({"max_inactive_hours": 1})).await;
    assert_eq!(report["removed_sessions"], json!([]));
    let after = server.api().get(&format!("/sessions/{id}")).await;
    assert_eq!(after["last_activity"], before["last_activity"]);
    assert_eq!(times(&server, &id).await.len(), 2);
}
