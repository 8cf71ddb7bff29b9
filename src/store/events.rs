//! What happened, in the log: an entry for what one commit did in one session.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;

use serde_json::value::RawValue;

use super::script::later;
use super::transaction::read_json;
use super::{Change, Store, Transaction, json, sessions};
use crate::error::Error;
use crate::model::{Event, SessionId, Timestamp};

mod missed;

/// The most entries that one transaction of the retention removes, so that it blocks nobody.
const SLICE: i64 = 200;
/// The most events in an entry, and the bytes after which another begins: who needs one event reads
/// the whole entry.
const MOST_EVENTS: i64 = 500;
const LARGEST_TEXT: usize = 32 * 1024;
/// The same for texts that are written ahead: their entries are put there all at once.
const LARGEST_TEXT_AHEAD: usize = 128 * 1024;
/// The most entries that are read at a time.
const ENTRIES_A_READ: i64 = 100;

/// About the most bytes of events in one answer.
pub const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Some of a session's events, in order.
#[derive(Debug)]
pub struct EventPage {
    pub events: Vec<Event>,
    /// The number of the session's last event.
    pub seq: i64,
    /// Whether events after the asked number are no longer kept.
    pub gap: bool,
}

/// Writes events; the sessions' `seq` and `last_activity` follow by trigger.
pub(super) fn insert(
    transaction: &mut Transaction<'_>,
    events: &[(i64, Event)],
) -> Result<(), Error> {
    let now = transaction.now();
    later!(
        transaction,
        "insert into event_log (at, session, first_seq, seq, events)
         select coalesce(value ->> 4, ?), value ->> 0, value ->> 1, value ->> 2, value -> 3
         from jsonb_each(?)",
        now,
        &rows(&entries(events.iter().map(|(key, event)| (*key, event)), LARGEST_TEXT), now)
    )
}

/// Some events of one session, one after the other, as they stand in the log.
pub(super) struct Entry {
    session: i64,
    at: Timestamp,
    /// Of the last of them.
    pub seq: i64,
    pub count: i64,
    /// `["name",{…}],…`; names and payloads are JSON already.
    text: String,
}

impl Entry {
    fn has_room(&self, largest_text: usize) -> bool {
        self.count < MOST_EVENTS && self.text.len() < largest_text
    }

    fn first_seq(&self) -> i64 {
        self.seq + 1 - self.count
    }

    /// A JSON list of its events.
    pub fn list(&self) -> String {
        format!("[{}]", self.text)
    }
}

/// Puts events of one session together whose texts are written ahead.
pub(super) fn entries_ahead(session: i64, events: &[Event]) -> Vec<Entry> {
    entries(events.iter().map(|event| (session, event)), LARGEST_TEXT_AHEAD)
}

/// Puts events with the keys of their sessions together as they stand in the log.
fn entries<'e>(
    events: impl IntoIterator<Item = (i64, &'e Event)>,
    largest_text: usize,
) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut last_of: HashMap<i64, usize> = HashMap::new();
    for (session, Event { seq, at, name, payload, .. }) in events {
        let place = match last_of.get(&session) {
            Some(last) if entries[*last].has_room(largest_text) => *last,
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

/// `[[session, first_seq, seq, [["name", payload], …]], …]`, with the time behind it where it is not `now`.
fn rows(entries: &[Entry], now: Timestamp) -> String {
    let size: usize = entries.iter().map(|entry| entry.text.len() + 48).sum();
    let mut rows = String::with_capacity(size);
    let mut before = '[';
    for entry in entries {
        let Entry { session, at, seq, text, .. } = entry;
        let _ = write!(rows, "{before}[{session},{},{seq},[{text}]", entry.first_seq());
        if *at != now {
            let _ = write!(rows, r#","{at}""#);
        }
        rows.push(']');
        before = ',';
    }
    rows.push(']');
    rows
}

/// Puts events into the log whose texts were written ahead under `generation`: the parts, and the
/// first and the last number of each. The session's `seq` and `last_activity` follow by trigger.
pub(super) fn insert_large(
    transaction: &mut Transaction<'_>,
    session: i64,
    generation: i64,
    at: Timestamp,
    numbers: &[(i64, i64)],
) -> Result<(), Error> {
    later!(
        transaction,
        "insert into event_log (at, session, overflow_generation, first_seq, seq, overflow_part)
         select ?, ?, ?, value ->> 0, value ->> 1, key from json_each(?)",
        at,
        session,
        generation,
        &json(&numbers)?
    )
}

/// Reads the events of an entry whose last number is `seq`, those with a number above `since`.
fn events_of(
    session_id: SessionId,
    (seq, at, text): (i64, Timestamp, &str),
    since: i64,
) -> Result<Vec<Event>, Error> {
    let list: Vec<(Cow<'_, str>, &RawValue)> = read_json(text)?;
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

/// Removes some of the entries from before `cutoff`, oldest first; answers how many.
struct ForgetEvents {
    cutoff: Timestamp,
}

impl Change for ForgetEvents {
    type Answer = u64;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<u64, Error> {
        // The order of entries is the order of time: the oldest are at its beginning. One that is
        // dated ahead by a wrong clock is as old as what corrected it.
        let now = transaction.now();
        let some = sqlx::query!(
            "delete from event_log
             where entry in (select entry from event_log order by entry limit ?1)
               and min(at, coalesce((select c.at from clock_corrections as c
                                     where c.last_entry >= event_log.entry and event_log.at > ?3
                                     order by c.last_entry limit 1), at)) < ?2",
            SLICE,
            self.cutoff,
            now
        );
        transaction.execute(some).await
    }
}

/// Removes some of the tombstones from before `cutoff` that no event refers to.
struct ForgetTombstones {
    cutoff: Timestamp,
}

impl Change for ForgetTombstones {
    type Answer = u64;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<u64, Error> {
        let some = sqlx::query!(
            "delete from tombstones where session in
                 (select session from tombstones as r
                  where removed_at < ?1
                    and not exists (select 1 from event_index as e where e.session = r.session)
                    and session not in (select session from event_log
                                        where entry > (select entry from event_index_end))
                  order by removed_at limit ?2)",
            self.cutoff,
            SLICE
        );
        transaction.execute(some).await
    }
}

impl Store {
    /// At most `limit` events with a number above `since`, and no more entries of the log once they
    /// have `bytes`: one entry at least, so that there is always a next page.
    pub async fn events(
        &self,
        session_id: SessionId,
        since: i64,
        limit: i64,
        bytes: usize,
    ) -> Result<EventPage, Error> {
        let mut reader = self.bulk_readers.begin().await?;
        let session = sqlx::query!(
            r#"select session as "session!", seq as "seq!" from sessions where session_id = ?"#,
            session_id
        )
        .fetch_optional(&mut *reader)
        .await?;
        let Some(session) = session else {
            return Err(sessions::why_missing(&mut reader, session_id).await?);
        };
        let mut events: Vec<Event> = Vec::new();
        let mut last = since;
        let mut room = i64::try_from(bytes).unwrap_or(i64::MAX);
        while (events.len() as i64) < limit && room > 0 {
            let entries = limit.min(ENTRIES_A_READ);
            // The sizes are read first, which leaves the texts where they are: so never more than
            // fits is in memory, and one entry.
            let rows = sqlx::query!(
                r#"with sizes (seq, size) as (
                       select i.seq,
                              coalesce(octet_length(l.events),
                                       (select octet_length(content) from overflow_texts as t
                                        where t.session = l.session
                                          and t.generation = l.overflow_generation
                                          and t.kind = 'events' and t.part = l.overflow_part))
                       from (select session, seq, entry from event_index
                             where entry <= (select entry from event_index_end)
                             union all
                             select session, seq, entry from event_log
                             where entry > (select entry from event_index_end)) as i
                       join event_log as l
                           on l.entry = i.entry and l.session = i.session and l.seq = i.seq
                       where i.session = ?1 and i.seq > ?2 order by i.seq limit ?3
                   ),
                   sums (seq, before) as (
                       select seq, sum(size) over (order by seq) - size from sizes
                   )
                   select seq as "seq!", at as "at!: Timestamp", events as "events!: String"
                   from event_log_full
                   where session = ?1 and seq > ?2
                     and seq <= (select max(seq) from sums where before < ?4)
                   order by seq"#,
                session.session,
                last,
                entries,
                room
            )
            .fetch_all(&mut *reader)
            .await?;
            let Some(end) = rows.last() else { break };
            last = end.seq;
            for row in rows {
                room -= row.events.len() as i64;
                events.extend(events_of(session_id, (row.seq, row.at, &row.events), since)?);
            }
        }
        events.truncate(usize::try_from(limit).unwrap_or_default());
        let next = events.first().map_or(session.seq + 1, |event| event.seq);
        Ok(EventPage { events, seq: session.seq, gap: limit > 0 && next != since + 1 })
    }

    /// Removes the events from before `cutoff`; answers of how many entries.
    pub async fn forget_events(&self, cutoff: Timestamp) -> Result<u64, Error> {
        let mut forgotten = 0;
        loop {
            match self.write_slice(ForgetEvents { cutoff }).await? {
                0 => return Ok(forgotten),
                some => forgotten += some,
            }
        }
    }

    /// Removes the tombstones from before `cutoff`; one is kept as long as its events are.
    pub async fn forget_tombstones(&self, cutoff: Timestamp) -> Result<u64, Error> {
        let mut forgotten = 0;
        loop {
            match self.write_slice(ForgetTombstones { cutoff }).await? {
                0 => return Ok(forgotten),
                some => forgotten += some,
            }
        }
    }
}
