//! What the engine reads and writes of the rows of `sessions`.

use sqlx::{Row, SqliteConnection};

use crate::engine::head::{Head, UndoneSteps};
use crate::error::Error;
use crate::model::SessionId;
use crate::store::sqlite::statement_batch::{StatementBatch, queue};
use crate::store::sqlite::transaction::{SqliteTransaction, json, read_json};

/// A session as one row of JSON, since each row of sqlx costs a copy of its values.
type HeadRow = (SessionId, i64, i64, i64, i64, i64, i64, i64, i64, i64, String, u8, u8);

/// Those of the sessions that exist; the statement goes with those that are queued.
pub async fn read(
    storage: &mut SqliteTransaction<'_>,
    session_ids: &[SessionId],
) -> Result<Vec<(SessionId, Head)>, Error> {
    queue_select(storage.batch(), session_ids)?;
    let rows: Vec<HeadRow> = storage.fetch_json().await?;
    rows.into_iter().map(into_head).collect()
}

/// The session, if it exists, on a connection that only reads.
pub async fn find(
    reader: &mut SqliteConnection,
    session_id: SessionId,
) -> Result<Option<Head>, Error> {
    let mut batch = StatementBatch::default();
    queue_select(&mut batch, &[session_id])?;
    let rows = batch.run(reader).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let mut rows: Vec<HeadRow> = read_json(row.try_get(0)?)?;
    rows.pop().map(|row| Ok(into_head(row)?.1)).transpose()
}

fn queue_select(batch: &mut StatementBatch, session_ids: &[SessionId]) -> Result<(), Error> {
    queue!(
        batch,
        r#"select json_group_array(json_array(
                      s.session_id, s.session, s.seq, s.revision, s.active_clients,
                      s.root_count, s.steps, s.generation, s.node_count, s.history_bytes,
                      max(s.last_activity, coalesce(s.time_floor, '')),
                      exists(select 1 from history as h
                             where h.session = s.session and h.state = 'undone'
                               and h.undo_scope = 'session'),
                      exists(select 1 from history as h
                             where h.session = s.session and h.state = 'undone'
                               and h.undo_scope = 'client')))
                  as "returned: String"
           from sessions as s where session_id in (select value from json_each(?))"#,
        &json(&session_ids)?
    )
}

fn into_head(row: HeadRow) -> Result<(SessionId, Head), Error> {
    let (session_id, key, seq, revision, active_clients, root_count, steps, ..) = row;
    let (.., generation, node_count, history_bytes, time, in_session, in_clients) = row;
    let time = time.parse().map_err(|reason| {
        Error::unreadable("sessions", format!("session {session_id}"), "last_activity", reason)
    })?;
    let undone = UndoneSteps { in_session: in_session != 0, in_clients: in_clients != 0 };
    let head = Head {
        key,
        generation,
        seq,
        time,
        revision,
        active_clients,
        node_count,
        root_count,
        steps,
        history_bytes,
        undone,
    };
    Ok((session_id, head))
}

/// Updates the rows of sessions whose content has changed; triggers keep the counts of their nodes.
pub fn update(batch: &mut StatementBatch, heads: &[Head]) -> Result<(), Error> {
    if heads.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = heads
        .iter()
        .map(|head| (head.key, head.revision, head.steps, head.history_bytes, head.time))
        .collect();
    queue!(
        batch,
        "update sessions
         set revision = j.value ->> 1, steps = j.value ->> 2, history_bytes = j.value ->> 3,
             last_command_at = j.value ->> 4
         from jsonb_each(?) as j
         where session = j.value ->> 0",
        &json(&rows)?
    )
}
