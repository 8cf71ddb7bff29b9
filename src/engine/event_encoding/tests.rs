//! Entries of the log: where one ends, and that its events come back as they were.

#![allow(clippy::unwrap_used)]

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Some sessions, by the keys that a storage has for them.
const SESSIONS: SessionKey = 3;

fn moment(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}

fn session_ids() -> Vec<SessionId> {
    (0..SESSIONS).map(|_| SessionId::new()).collect()
}

fn event(session_id: SessionId, seq: i64, payload: &str) -> Event {
    Event { session_id, seq, at: moment(seq), name: "node-renamed".into(), payload: payload.into() }
}

/// Numbers from `first` on, in one session.
fn numbered(first: i64, payloads: &[&str]) -> Vec<Event> {
    let session_id = SessionId::new();
    (first..).zip(payloads).map(|(seq, payload)| event(session_id, seq, payload)).collect()
}

fn entries_of(events: &[Event], max_bytes: usize) -> Vec<Entry> {
    encode(events.iter().map(|event| (1, event)), max_bytes)
}

/// How many events each entry has.
fn counts(entries: &[Entry]) -> Vec<i64> {
    entries.iter().map(|entry| entry.count).collect()
}

fn decoded(session_id: SessionId, entry: &Entry, since: i64) -> Vec<Event> {
    let list = format!("[{}]", entry.items());
    decode(session_id, (entry.seq, entry.at, &list), since).unwrap()
}

/// What of an event must come back; its time is that of its entry.
fn essence(event: &Event) -> (SessionId, i64, String, String) {
    (event.session_id, event.seq, event.name.to_string(), event.payload.to_string())
}

#[test]
fn entry_ends_at_its_most_events() {
    let most = usize::try_from(MAX_EVENTS_PER_ENTRY).unwrap();
    for (count, expected) in
        [(most, vec![500]), (most + 1, vec![500, 1]), (2 * most + 3, vec![500, 500, 3])]
    {
        let entries = entries_of(&numbered(11, &vec!["{}"; count]), usize::MAX);
        assert_eq!(counts(&entries), expected);
        let mut next = 11;
        for entry in &entries {
            assert_eq!((entry.first_seq(), entry.seq), (next, next + entry.count - 1));
            next += entry.count;
        }
    }
}

#[test]
fn entry_ends_with_the_event_that_fills_its_bytes() {
    // `["node-renamed",{}]` has 19 bytes, and a comma stands between two of them.
    let events = numbered(1, &["{}"; 6]);
    assert_eq!(counts(&entries_of(&events, 1)), [1; 6]);
    assert_eq!(counts(&entries_of(&events, 19)), [1; 6], "it is full with just so many");
    assert_eq!(counts(&entries_of(&events, 20)), [2; 3]);
    assert_eq!(counts(&entries_of(&events, 39)), [2; 3]);
    assert_eq!(counts(&entries_of(&events, 40)), [3; 2]);
    // An event that is larger than an entry may be stands in one all the same.
    let large = format!(r#"{{"x":"{}"}}"#, "y".repeat(100));
    assert_eq!(counts(&entries_of(&numbered(1, &["{}", &large, "{}"]), 30)), [2, 1]);
}

#[test]
fn entry_has_the_time_of_its_first_event() {
    let entries = entries_of(&numbered(5, &["{}"; 4]), 20);
    let times: Vec<Timestamp> = entries.iter().map(|entry| entry.at).collect();
    assert_eq!(times, [moment(5), moment(7)]);
}

#[test]
fn decode_gives_those_after_a_number() {
    let events = numbered(11, &[r#"{"a":1}"#, "{}", r#"{"b":"[\"x\",{}]"}"#]);
    let entry = &entries_of(&events, usize::MAX)[0];
    for since in 0..=15 {
        let expected: Vec<_> =
            events.iter().filter(|event| event.seq > since).map(essence).collect();
        let found = decoded(events[0].session_id, entry, since);
        assert_eq!(found.iter().map(essence).collect::<Vec<_>>(), expected, "since {since}");
    }
}

#[test]
fn text_that_is_no_list_of_events_is_an_error() {
    for text in ["", "{}", "[1]", r#"[["a"]]"#, r#"[["a",{}]"#] {
        assert!(decode(SessionId::new(), (1, moment(0), text), 0).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn events_of_some_sessions_come_back_in_their_order(
        rows in vec((0..SESSIONS, "[a-z\"\\\\ü]{0,40}"), 0..80), max_bytes in 0..300_usize
    ) {
        let session_ids = session_ids();
        let mut seqs = [0; SESSIONS as usize];
        let events: Vec<(SessionKey, Event)> = rows
            .iter()
            .map(|(session, text)| {
                let place = usize::try_from(*session).unwrap();
                seqs[place] += 1;
                let payload = serde_json::json!({ "text": text }).to_string();
                (*session, event(session_ids[place], seqs[place], &payload))
            })
            .collect();
        let entries = encode(events.iter().map(|(session, event)| (*session, event)), max_bytes);
        for session in 0..SESSIONS {
            let session_id = session_ids[usize::try_from(session).unwrap()];
            let own = entries.iter().filter(|entry| entry.session == session);
            let found: Vec<_> =
                own.flat_map(|entry| decoded(session_id, entry, 0)).map(|event| essence(&event)).collect();
            let expected: Vec<_> = events
                .iter()
                .filter(|(of, _)| *of == session)
                .map(|(_, event)| essence(event))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
