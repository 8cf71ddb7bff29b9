//! How events are encoded in the log: an entry for what one transaction did in one session.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;

use serde_json::value::RawValue;

use super::tree::SessionKey;
use crate::error::Error;
use crate::model::{Event, SessionId, Timestamp};

/// The maximum number of events of an entry. A reader that needs one event has to read its whole entry.
pub const MAX_EVENTS_PER_ENTRY: i64 = 500;

/// Some events of one session, one after the other, as the log keeps them.
#[derive(Debug)]
pub struct Entry {
    /// The session of all of them.
    pub session: SessionKey,
    /// The time of the first of them.
    pub at: Timestamp,
    /// The number of the last of them.
    pub seq: i64,
    /// How many there are.
    pub count: i64,
    /// `["name",{…}],…`
    text: String,
}

impl Entry {
    /// The number of the first event.
    pub fn first_seq(&self) -> i64 {
        self.seq + 1 - self.count
    }

    /// `["name",{…}],…`: a JSON list without its brackets.
    pub fn items(&self) -> &str {
        &self.text
    }
}

/// Encodes events, given with the keys of their sessions, in order. An entry ends when it has
/// `max_bytes`, or [`MAX_EVENTS_PER_ENTRY`].
pub fn encode<'e>(
    events: impl IntoIterator<Item = (SessionKey, &'e Event)>,
    max_bytes: usize,
) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut last_of: HashMap<SessionKey, usize> = HashMap::new();
    for (session, Event { seq, at, name, payload, .. }) in events {
        let has_room =
            |entry: &Entry| entry.count < MAX_EVENTS_PER_ENTRY && entry.text.len() < max_bytes;
        let place = match last_of.get(&session) {
            Some(last) if has_room(&entries[*last]) => *last,
            _ => {
                let text = String::with_capacity(payload.len() + 64);
                entries.push(Entry { session, at: *at, seq: 0, count: 0, text });
                last_of.insert(session, entries.len() - 1);
                entries.len() - 1
            }
        };
        let entry = &mut entries[place];
        if entry.count > 0 {
            entry.text.push(',');
        }
        entry.seq = *seq;
        entry.count += 1;
        // Writing to a String cannot fail.
        let _ = write!(entry.text, r#"["{name}",{payload}]"#);
    }
    entries
}

/// Decodes the events of an entry, whose JSON list is `text` and whose last event has the number `seq`:
/// those with a number above `since`.
pub fn decode(
    session_id: SessionId,
    (seq, at, text): (i64, Timestamp, &str),
    since: i64,
) -> Result<Vec<Event>, Error> {
    let list: Vec<(Cow<'_, str>, &RawValue)> = serde_json::from_str(text).map_err(|cause| {
        Error::internal(anyhow::Error::new(cause).context("an entry of the log"))
    })?;
    let first = seq - list.len() as i64 + 1;
    let events = (first..).zip(list).filter(|(seq, _)| *seq > since);
    let event = |(seq, (name, payload)): (i64, (Cow<'_, str>, &RawValue))| Event {
        session_id,
        seq,
        at,
        name: name.into_owned().into(),
        payload: payload.get().into(),
    };
    Ok(events.map(event).collect())
}

#[cfg(test)]
mod tests;
