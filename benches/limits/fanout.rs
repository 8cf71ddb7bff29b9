//! One event to a thousand listeners, by the hub and by plain channels.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use rollcall::hub::{EndSignal, Hub, Listener, QueueLimits, Queued};
use rollcall::model::{Event, SessionId, Timestamp};
use rollcall::store::Publish;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::support::{Row, runtime};

const LISTENERS: usize = 1_000;
const EVENTS: i64 = 5_000;
const QUEUE: usize = 1_024;
const LIMITS: QueueLimits = QueueLimits { deliveries: QUEUE, bytes: usize::MAX };

pub fn run() -> Vec<Row> {
    vec![Row::rates("an event to 1,000 listeners, deliveries by the hub", hub_rate, limit)]
}

fn event(session_id: SessionId, seq: i64) -> Event {
    Event {
        session_id,
        seq,
        at: Timestamp::now(),
        name: "node-renamed".into(),
        payload: r#"{"node_id":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b","name":"a"}"#.into(),
    }
}

fn hub_rate() -> f64 {
    runtime().block_on(async {
        let hub = Hub::default();
        let session_id = SessionId::new();
        let got = Arc::new(AtomicU64::new(0));
        let mut listeners = Vec::new();
        for n in 0..LISTENERS {
            let (listener, mut deliveries) =
                Listener::new(format!("{n}"), LIMITS, EndSignal::new(&CancellationToken::new()));
            hub.subscribe(session_id, &listener);
            listeners.push(listener);
            let got = got.clone();
            tokio::spawn(async move {
                while let Queued::Delivery(delivery) = deliveries.recv().await {
                    assert!(!delivery.frames().is_empty());
                    got.fetch_add(delivery.messages.len() as u64, Ordering::Relaxed);
                }
            });
        }
        let start = Instant::now();
        for seq in 1..=EVENTS {
            hub.publish(vec![event(session_id, seq)]);
            keep_pace(&got, seq).await;
        }
        rate(&got, start).await
    })
}

/// The same without a hub: written out once, a clone of the bytes for each.
fn limit() -> f64 {
    runtime().block_on(async {
        let session_id = SessionId::new();
        let got = Arc::new(AtomicU64::new(0));
        let mut queues = Vec::new();
        for _ in 0..LISTENERS {
            let (queue, mut frames) = mpsc::channel::<bytes::Bytes>(QUEUE);
            queues.push(queue);
            let got = got.clone();
            tokio::spawn(async move {
                while let Some(frame) = frames.recv().await {
                    assert!(!frame.is_empty());
                    got.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let start = Instant::now();
        for seq in 1..=EVENTS {
            let frame = bytes::Bytes::from(event(session_id, seq).to_json("type"));
            for queue in &queues {
                queue.try_send(frame.clone()).unwrap();
            }
            keep_pace(&got, seq).await;
        }
        rate(&got, start).await
    })
}

/// Lets nobody fall so far behind that a queue overflows.
async fn keep_pace(got: &AtomicU64, seq: i64) {
    let sent = seq as u64 * LISTENERS as u64;
    while sent - got.load(Ordering::Relaxed) > (QUEUE / 4 * LISTENERS) as u64 {
        tokio::task::yield_now().await;
    }
}

async fn rate(got: &AtomicU64, start: Instant) -> f64 {
    let all = EVENTS as u64 * LISTENERS as u64;
    while got.load(Ordering::Relaxed) < all {
        tokio::task::yield_now().await;
    }
    all as f64 / start.elapsed().as_secs_f64()
}
