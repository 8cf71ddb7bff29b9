//! The end of an essential task is noticed and ends the service.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rollcall::clock::Clock;
use rollcall::engine::limits::Limits as StoreLimits;
use rollcall::engine::presence::Join;
use rollcall::model::{Event, SessionId, Timestamp, Transport};
use rollcall::store::{CreateSession, Publish, Store, Synchronous};
use rollcall::supervisor::Supervisor;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::support::{PATIENCE, Server};

#[tokio::test]
async fn task_that_panics_or_ends_early_is_reported() {
    let supervisor = Supervisor::default();
    supervisor.watch("lookup", async { panic!("lost its place") }).await;
    supervisor.failed().await;
    assert_eq!(supervisor.failure(), Some("the lookup task panicked: lost its place"));

    let supervisor = Supervisor::default();
    supervisor.watch("retention", async {}).await;
    supervisor.failed().await;
    assert_eq!(supervisor.failure(), Some("the retention task ended before the server"));

    let supervisor = Supervisor::default();
    supervisor.stop();
    supervisor.watch("purge", async {}).await;
    assert_eq!(supervisor.failure(), None);
}

#[tokio::test]
async fn writer_panic_ends_the_service_with_the_reason() {
    let broken = Arc::new(AtomicBool::new(false));
    let clock = {
        let broken = broken.clone();
        Clock::new(move || {
            assert!(!broken.load(Ordering::Relaxed), "the clock is broken");
            Timestamp::now()
        })
    };
    // The only ones who read the clock are the writer and, each minute, the retention.
    let mut server = Server::with_clock(&["--cleanup-interval", "off"], clock).await;
    let api = server.api();
    api.create(serde_json::json!({})).await;
    let mut ws = server.ws().await;
    broken.store(true, Ordering::Relaxed);
    let _ = api.http.post(format!("http://{}/api/v1/sessions", api.addr)).send().await;
    let failure = server.ended().await.unwrap_err().to_string();
    assert!(failure.contains("task panicked: the clock is broken"), "{failure}");
    // The connected clients are disconnected.
    while ws.next().await.is_ok() {}
}

struct Broken;

impl Publish for Broken {
    fn publish_created(&self, _: Vec<SessionId>) {}

    fn publish(&self, events: Vec<Event>) {
        panic!("{} events and nowhere to go", events.len());
    }

    fn publish_from_log(&self, _: SessionId, until: i64) {
        panic!("events up to {until} and nowhere to go");
    }
}

#[tokio::test]
async fn publisher_panic_is_reported() {
    let folder = TempDir::new().unwrap();
    let supervisor = Supervisor::default();
    let (store, writer) = Store::open(
        &folder.path().join("test.db"),
        Synchronous::Normal,
        StoreLimits::default(),
        Arc::new(Broken),
        Clock::default(),
        supervisor.clone(),
        Arc::default(),
    )
    .await
    .unwrap();
    let session = store.write(CreateSession::default()).await.unwrap();
    let join = Join {
        session_id: session.session_id,
        client_id: "ada".to_owned(),
        transport: Transport::WebSocket,
        user: None,
    };
    // Nobody is left to answer.
    assert_eq!(store.join(join).await.unwrap_err().code(), "UNAVAILABLE");
    timeout(PATIENCE, supervisor.failed()).await.unwrap();
    let failure = supervisor.failure().unwrap();
    assert_eq!(failure, "the publisher task panicked: 1 events and nowhere to go");
    writer.finish().await;
}
