//! The rows of `internal_event_log`. The `seq` and `last_activity` of their sessions follow by triggers.

use std::fmt::Write;

use crate::engine::event_encoding::{Entry, encode};
use crate::engine::tree::SessionKey;
use crate::error::Error;
use crate::model::{Event, Timestamp};
use crate::store::sqlite::statement_batch::{StatementBatch, queue};
use crate::store::sqlite::transaction::json;

/// The bytes after which another entry begins.
const MAX_ENTRY_BYTES: usize = 32 * 1024;

/// Inserts events, as entries of the log.
pub fn insert(
    batch: &mut StatementBatch,
    now: Timestamp,
    events: &[(SessionKey, Event)],
) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let entries = encode(events.iter().map(|(key, event)| (*key, event)), MAX_ENTRY_BYTES);
    queue!(
        batch,
        "insert into internal_event_log (at, session, first_seq, seq, events)
         select coalesce(value ->> 4, ?), value ->> 0, value ->> 1, value ->> 2, value -> 3
         from jsonb_each(?)",
        now,
        &rows_json(&entries, now)
    )
}

/// `[[session, first_seq, seq, [["name", payload], …]], …]`, with the time as a fifth item where it is not
/// `now`.
fn rows_json(entries: &[Entry], now: Timestamp) -> String {
    let size: usize = entries.iter().map(|entry| entry.items().len() + 48).sum();
    let mut rows = String::with_capacity(size);
    let mut before = '[';
    for entry in entries {
        let (session, first_seq, seq) = (entry.session, entry.first_seq(), entry.seq);
        // Writing to a String cannot fail.
        let _ = write!(rows, "{before}[{session},{first_seq},{seq},[{}]", entry.items());
        if entry.at != now {
            let _ = write!(rows, r#","{}""#, entry.at);
        }
        rows.push(']');
        before = ',';
    }
    rows.push(']');
    rows
}

/// Inserts entries whose events were staged under `generation`: for each part of them the first and the
/// last number.
pub fn insert_staged(
    batch: &mut StatementBatch,
    session: SessionKey,
    generation: i64,
    at: Timestamp,
    numbers: &[(i64, i64)],
) -> Result<(), Error> {
    queue!(
        batch,
        "insert into internal_event_log (at, session, overflow_generation, first_seq, seq, overflow_part)
         select ?, ?, ?, value ->> 0, value ->> 1, key from json_each(?)",
        at,
        session,
        generation,
        &json(&numbers)?
    )
}
