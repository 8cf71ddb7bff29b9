//! Events that are only in the log: when a listener is asked to read them, and in which order.

use super::*;

/// The number of a large change's last event.
const UNTIL: i64 = 100;

fn publish(hub: &Hub, session_id: SessionId, seqs: impl IntoIterator<Item = i64>) {
    for seq in seqs {
        hub.publish(vec![event(session_id, seq, "touched")]);
    }
}

/// Publishes until the session is busy and its group holds an event back; returns the number of that
/// event.
fn make_busy(hub: &Hub, session_id: SessionId, deliveries: &mut DeliveryReceiver) -> i64 {
    let mut seq = 0;
    while drain(deliveries).0.last() == Some(&seq) || seq == 0 {
        seq += 1;
        publish(hub, session_id, [seq]);
    }
    seq
}

#[tokio::test]
async fn listener_with_an_empty_queue_is_asked_to_read_the_log() {
    let (ada, mut deliveries) = listener("ada");
    let (hub, session_id) = hub_with(&[&ada]);
    hub.publish_from_log(session_id, UNTIL);
    let (seqs, missed) = drain(&mut deliveries);
    assert_eq!((seqs, missed[&session_id].until), (vec![], UNTIL));
    assert!(deliveries.try_recv().is_none(), "it is asked once");
    assert!(!missed[&session_id].presence && missed[&session_id].removal.is_none());
}

#[tokio::test]
async fn other_sessions_are_not_concerned() {
    let (ada, mut to_ada) = listener("ada");
    let (hub, session_id) = hub_with(&[&ada]);
    hub.publish_from_log(SessionId::new(), UNTIL);
    assert!(to_ada.try_recv().is_none());
    let (bob, mut to_bob) = listener("bob");
    hub.subscribe(SessionId::new(), &bob);
    hub.publish_from_log(session_id, UNTIL);
    assert!(to_ada.try_recv().is_some() && to_bob.try_recv().is_none());
}

#[tokio::test]
async fn queued_events_come_before_the_log() {
    let (ada, mut deliveries) = listener("ada");
    let (hub, session_id) = hub_with(&[&ada]);
    // The second goes into the queue past the group, which holds it back until the first is taken.
    publish(&hub, session_id, [1]);
    ada.deliver(&delivery(session_id, 2));
    hub.publish_from_log(session_id, UNTIL);
    tokio::time::sleep(pace::FLUSH_INTERVAL * 2).await;
    let (seqs, missed) = drain(&mut deliveries);
    assert_eq!((seqs, missed[&session_id].until), (vec![1, 2], UNTIL));
}

#[tokio::test]
async fn events_that_a_group_holds_back_are_read_from_the_log() {
    tokio::time::pause();
    let (ada, mut deliveries) = listener("ada");
    let (hub, session_id) = hub_with(&[&ada]);
    let held = make_busy(&hub, session_id, &mut deliveries);
    publish(&hub, session_id, [held + 1]);
    let until = held + UNTIL;
    hub.publish_from_log(session_id, until);
    assert!(deliveries.try_recv().is_none(), "the group is paced as for other events");
    tokio::time::sleep(pace::FLUSH_INTERVAL * 2).await;
    let (seqs, missed) = drain(&mut deliveries);
    assert_eq!((seqs, missed[&session_id].until), (vec![], until));
    tokio::time::sleep(pace::FLUSH_INTERVAL * 2).await;
    assert!(deliveries.try_recv().is_none(), "what was held back does not come again");
}

#[tokio::test]
async fn events_after_a_held_back_range_extend_it() {
    tokio::time::pause();
    let (ada, mut deliveries) = listener("ada");
    let (hub, session_id) = hub_with(&[&ada]);
    let held = make_busy(&hub, session_id, &mut deliveries);
    hub.publish_from_log(session_id, held);
    publish(&hub, session_id, [held + 1, held + 2]);
    tokio::time::sleep(pace::FLUSH_INTERVAL * 2).await;
    let (seqs, missed) = drain(&mut deliveries);
    assert_eq!((seqs, missed[&session_id].until), (vec![], held + 2), "one range has all");
}

#[tokio::test]
async fn lagging_listener_has_one_range_with_the_log() {
    let (ada, mut deliveries) = listener("ada");
    let (hub, session_id) = hub_with(&[&ada]);
    for seq in 1..=6 {
        ada.deliver(&delivery(session_id, seq));
    }
    hub.publish_from_log(session_id, UNTIL);
    let (seqs, missed) = drain(&mut deliveries);
    assert_eq!((seqs, missed[&session_id].until), (vec![1, 2, 3, 4], UNTIL));
}

#[tokio::test]
async fn later_events_come_after_the_log() {
    let (ada, mut deliveries) = listener("ada");
    let (hub, session_id) = hub_with(&[&ada]);
    hub.publish_from_log(session_id, UNTIL);
    // Before the listener has taken the range, it grows by what comes.
    publish(&hub, session_id, [UNTIL + 1]);
    let (seqs, missed) = drain(&mut deliveries);
    assert_eq!((seqs, missed[&session_id].until), (vec![], UNTIL + 1));
    // After that, events are queued again.
    publish(&hub, session_id, [UNTIL + 2]);
    let (seqs, missed) = drain(&mut deliveries);
    assert_eq!((seqs, missed.len()), (vec![UNTIL + 2], 0));
}

#[tokio::test]
async fn session_removed_comes_after_the_log() {
    tokio::time::pause();
    let (ada, mut deliveries) = listener("ada");
    let (hub, session_id) = hub_with(&[&ada]);
    let until = make_busy(&hub, session_id, &mut deliveries) + UNTIL;
    hub.publish_from_log(session_id, until);
    hub.publish(vec![event(session_id, until + 1, Event::REMOVED)]);
    let (seqs, missed) = drain(&mut deliveries);
    let missed = &missed[&session_id];
    assert_eq!((seqs, missed.until), (vec![], until));
    assert_eq!(missed.removal.as_ref().map(|event| event.seq), Some(until + 1));
}

#[tokio::test]
async fn blocked_listener_is_not_evicted_by_the_log() {
    tokio::time::pause();
    let (ada, mut deliveries) = listener("ada");
    let (hub, session_id) = hub_with(&[&ada]);
    ada.set_blocked(true);
    tokio::time::advance(Duration::from_secs(2)).await;
    hub.publish_from_log(session_id, UNTIL);
    publish(&hub, session_id, [UNTIL + 1]);
    assert!(!ada.end_signal().is_given(), "its queue has not overflowed");
    assert_eq!(drain(&mut deliveries).1[&session_id].until, UNTIL + 1);
}

#[tokio::test]
async fn presence_waits_until_the_log_is_read() {
    tokio::time::pause();
    let (ada, _to_ada) = listener("ada");
    let (bob, mut to_bob) = listener("bob");
    let (hub, session_id) = hub_with(&[&ada, &bob]);
    hub.publish_from_log(session_id, UNTIL);
    hub.publish_presence(session_id, &ada, data(1));
    tokio::time::sleep(pace::PRESENCE_INTERVAL).await;
    let (_, missed) = drain(&mut to_bob);
    assert!(missed[&session_id].until == UNTIL && missed[&session_id].presence);
    hub.resume_presence(session_id, &bob);
    tokio::time::sleep(pace::PRESENCE_INTERVAL).await;
    assert_eq!(presence(&mut to_bob), Some(vec![presence_of("ada", 1)]));
}
