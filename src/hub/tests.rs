//! The hub alone: what each listener is sent, and when.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::pace::{self, Rate};
use super::*;
use crate::model::Timestamp;

mod from_log;

const LIMITS: QueueLimits = QueueLimits { deliveries: 4, bytes: 10_000 };

fn event(session_id: SessionId, seq: i64, name: &'static str) -> Event {
    let payload = r#"{"a":1}"#.into();
    Event { session_id, seq, at: Timestamp::now(), name: name.into(), payload }
}

/// A delivery of one event.
fn delivery(session_id: SessionId, seq: i64) -> Arc<Delivery> {
    let encoded = EncodedMessage::new(Message::Event(event(session_id, seq, "touched")));
    Arc::new(Delivery::new(session_id, vec![Arc::new(encoded)]))
}

fn listener(name: &str) -> (Arc<Listener>, DeliveryReceiver) {
    Listener::new(name.to_owned(), LIMITS, EndSignal::new(&CancellationToken::new()))
}

fn data(number: usize) -> Arc<RawValue> {
    to_raw_value(&number).unwrap().into()
}

/// A hub with one session and these listeners in it.
fn hub_with(listeners: &[&Arc<Listener>]) -> (Hub, SessionId) {
    let (hub, session_id) = (Hub::default(), SessionId::new());
    for listener in listeners {
        hub.subscribe(session_id, listener);
    }
    (hub, session_id)
}

/// The numbers of the queued events, and what was missed after them.
fn drain(deliveries: &mut DeliveryReceiver) -> (Vec<i64>, HashMap<SessionId, Missed>) {
    let mut seqs = Vec::new();
    loop {
        match deliveries.try_recv() {
            Some(Queued::Delivery(delivery)) => {
                let events =
                    delivery.messages.iter().filter_map(|encoded| match &encoded.message {
                        Message::Event(event) => Some(event.seq),
                        _ => None,
                    });
                seqs.extend(events);
            }
            Some(Queued::Missed(missed)) => return (seqs, missed),
            None => return (seqs, HashMap::new()),
        }
    }
}

/// The presence in the next delivery: client and data, in order.
fn presence(deliveries: &mut DeliveryReceiver) -> Option<Vec<(String, String)>> {
    let Some(Queued::Delivery(delivery)) = deliveries.try_recv() else { return None };
    let each = delivery.messages.iter().map(|encoded| match &encoded.message {
        Message::Presence { client_id, data, .. } => (client_id.clone(), data.get().to_owned()),
        other => panic!("no presence: {other:?}"),
    });
    Some(each.collect())
}

fn presence_of(client_id: &str, number: usize) -> (String, String) {
    (client_id.to_owned(), number.to_string())
}

#[tokio::test]
async fn overflow_is_one_range_of_events_and_evicts_no_reader() {
    let (ada, mut deliveries) = listener("ada");
    let (hub, session_id) = hub_with(&[&ada]);
    // Each event in a flush of its own, as in a calm session.
    let flush = |seq: i64| {
        assert!(ada.deliver(&delivery(session_id, seq)));
    };
    (1..=9).for_each(flush);
    let (seqs, missed) = drain(&mut deliveries);
    assert_eq!(seqs, [1, 2, 3, 4]);
    assert_eq!(missed[&session_id].until, 9);
    // Once the listener has taken the range, it is sent what comes.
    (10..=11).for_each(flush);
    assert_eq!(drain(&mut deliveries).0, [10, 11]);
    assert!(!ada.end_signal().is_given());

    // Events after a dropped one are dropped as well, until the reader has taken the range.
    (12..=17).for_each(flush);
    assert!(matches!(deliveries.try_recv(), Some(Queued::Delivery(_))));
    flush(18);
    let (seqs, missed) = drain(&mut deliveries);
    assert_eq!((seqs, missed[&session_id].until), (vec![13, 14, 15], 18));
    drop(hub);
}

#[tokio::test]
async fn queue_is_bounded_in_bytes_and_a_larger_delivery_waits_alone() {
    let (ada, mut deliveries) = listener("ada");
    let session_id = SessionId::new();
    let delivery = |seq: i64, size: usize| {
        let mut large = event(session_id, seq, "touched");
        large.payload = "x".repeat(size).into();
        Arc::new(Delivery::new(
            session_id,
            vec![Arc::new(EncodedMessage::new(Message::Event(large)))],
        ))
    };
    for (seq, size) in [(1, 50_000), (2, 10), (3, 10)] {
        ada.deliver(&delivery(seq, size));
    }
    let (seqs, missed) = drain(&mut deliveries);
    assert_eq!((seqs, missed[&session_id].until), (vec![1], 3));
    for (seq, size) in [(4, 4_000), (5, 4_000), (6, 4_000)] {
        ada.deliver(&delivery(seq, size));
    }
    let (seqs, missed) = drain(&mut deliveries);
    assert_eq!((seqs, missed[&session_id].until), (vec![4, 5], 6));
}

#[tokio::test]
async fn session_removed_is_kept_when_the_queue_overflows() {
    let (ada, mut deliveries) = listener("ada");
    let (hub, session_id) = hub_with(&[&ada]);
    for seq in 1..=6 {
        ada.deliver(&delivery(session_id, seq));
    }
    hub.publish(vec![event(session_id, 7, Event::REMOVED)]);
    let (seqs, missed) = drain(&mut deliveries);
    assert_eq!(seqs, [1, 2, 3, 4]);
    let missed = &missed[&session_id];
    assert_eq!(missed.until, 6);
    assert_eq!(missed.removal.as_ref().map(|event| event.seq), Some(7));
}

#[tokio::test]
async fn only_a_blocked_listener_is_evicted_on_overflow() {
    tokio::time::pause();
    let (ada, _deliveries) = listener("ada");
    let session_id = SessionId::new();
    let flush = |seq: i64| ada.deliver(&delivery(session_id, seq));
    ada.set_blocked(true);
    for seq in 1..=10 {
        assert!(flush(seq), "its network stalls for a moment");
    }
    tokio::time::advance(Duration::from_secs(2)).await;
    ada.set_blocked(false);
    assert!(flush(11), "it has accepted bytes");
    ada.set_blocked(true);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert!(!flush(12));
    assert!(ada.end_signal().is_given());
}

#[tokio::test]
async fn presence_flush_has_the_last_data_of_each_client() {
    tokio::time::pause();
    let (ada, mut to_ada) = listener("ada");
    let (bob, mut to_bob) = listener("bob");
    let (cai, mut to_cai) = listener("cai");
    let (hub, session_id) = hub_with(&[&ada, &bob, &cai]);
    hub.publish_presence(session_id, &ada, data(1));
    // The first goes at once. No listener has taken it when the others come.
    for number in 2..=5 {
        hub.publish_presence(session_id, &ada, data(number));
        hub.publish_presence(session_id, &bob, data(10 * number));
    }
    assert_eq!(presence(&mut to_cai), Some(vec![presence_of("ada", 1)]));
    assert_eq!(presence(&mut to_bob), Some(vec![presence_of("ada", 1)]));
    assert_eq!(presence(&mut to_ada), None, "no client is sent its own presence");
    tokio::time::sleep(pace::FLUSH_INTERVAL).await;
    assert_eq!(presence(&mut to_cai), Some(vec![presence_of("ada", 5), presence_of("bob", 50)]));
    assert_eq!(presence(&mut to_cai), None);
}

#[tokio::test]
async fn presence_without_room_is_resumed_later() {
    tokio::time::pause();
    let (ada, _to_ada) = listener("ada");
    let (bob, mut to_bob) = listener("bob");
    let (hub, session_id) = hub_with(&[&ada, &bob]);
    for number in 1..=40 {
        hub.publish_presence(session_id, &ada, data(number));
        tokio::time::sleep(pace::FLUSH_INTERVAL).await;
    }
    assert_eq!(presence(&mut to_bob), Some(vec![presence_of("ada", 1)]), "the rest had to wait");
    let (_, missed) = drain(&mut to_bob);
    assert!(missed[&session_id].presence);
    hub.resume_presence(session_id, &bob);
    tokio::time::sleep(pace::PRESENCE_INTERVAL).await;
    assert_eq!(presence(&mut to_bob), Some(vec![presence_of("ada", 40)]));
    hub.resume_presence(session_id, &bob);
    tokio::time::sleep(pace::PRESENCE_INTERVAL).await;
    assert_eq!(presence(&mut to_bob), None, "there is nothing new");
}

#[tokio::test]
async fn presence_of_a_client_ends_with_its_leave() {
    tokio::time::pause();
    let (ada, _to_ada) = listener("ada");
    let (bob, mut to_bob) = listener("bob");
    let (hub, session_id) = hub_with(&[&ada, &bob]);
    hub.publish_presence(session_id, &ada, data(1));
    hub.publish_presence(session_id, &ada, data(2));
    hub.unsubscribe(session_id, &ada);
    tokio::time::sleep(pace::PRESENCE_INTERVAL).await;
    assert_eq!(presence(&mut to_bob), Some(vec![presence_of("ada", 1)]));
    assert_eq!(presence(&mut to_bob), None);
}

/// How many deliveries a listener gets for changes that are published `apart` milliseconds from each
/// other, and the longest time from a change to the delivery that has it.
async fn deliveries_of(listeners: usize, changes: i64, apart: u64) -> (usize, Duration) {
    let ends: Vec<_> = (0..listeners).map(|n| listener(&n.to_string())).collect();
    let all: Vec<_> = ends.iter().map(|(listener, _)| listener).collect();
    let (hub, session_id) = hub_with(&all);
    let (got, mut gets) = tokio::sync::mpsc::unbounded_channel();
    for (listener, mut deliveries) in ends {
        let got = got.clone();
        tokio::spawn(async move {
            let _open = listener;
            while let Queued::Delivery(delivery) = deliveries.recv().await {
                let last = delivery.last_event().unwrap().seq;
                got.send((last, Instant::now())).unwrap();
            }
        });
    }
    let mut sent = HashMap::new();
    for seq in 1..=changes {
        sent.insert(seq, Instant::now());
        hub.publish(vec![event(session_id, seq, "touched")]);
        tokio::time::sleep(Duration::from_millis(apart)).await;
    }
    tokio::time::sleep(pace::FLUSH_INTERVAL * 2).await;
    let (mut count, mut longest) = (0, Duration::ZERO);
    while let Ok((seq, at)) = gets.try_recv() {
        count += 1;
        longest = longest.max(at - sent[&seq]);
    }
    (count / listeners, longest)
}

#[tokio::test]
async fn calm_session_is_flushed_at_once_and_busy_one_by_interval() {
    tokio::time::pause();
    for apart in [100, 20, 5] {
        let (deliveries, longest) = deliveries_of(100, 100, apart).await;
        assert_eq!((deliveries, longest), (100, Duration::ZERO), "every {apart} ms");
    }
    // Many changes go out every 16 ms once the rate is known.
    let start = Instant::now();
    let (deliveries, longest) = deliveries_of(100, 2_000, 1).await;
    let intervals =
        start.elapsed().as_millis() as usize / pace::FLUSH_INTERVAL.as_millis() as usize;
    assert!((intervals - 4..intervals + 45).contains(&deliveries), "{deliveries} in {intervals}");
    assert!(longest <= pace::FLUSH_INTERVAL + Duration::from_millis(1), "{longest:?}");
}

#[test]
fn rate_counts_the_last_two_windows() {
    let start = Instant::now();
    let mut rate = Rate::new(start);
    for n in 0..200 {
        rate.add(start + Duration::from_millis(n));
    }
    assert!(rate.exceeds(100, 1) && !rate.exceeds(200, 1));
    rate.add(start + Duration::from_secs(2));
    assert!(!rate.exceeds(1, 1), "earlier windows do not count");
}
