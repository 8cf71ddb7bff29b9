//! The rows of `clients`. The counts of their sessions follow by triggers.

use std::collections::BTreeMap;

use sqlx::SqliteConnection;

use crate::engine::storage::NewClient;
use crate::engine::tree::SessionKey;
use crate::error::Error;
use crate::model::{SessionId, Timestamp};
use crate::store::sqlite::statement_batch::{StatementBatch, queue};
use crate::store::sqlite::transaction::{json, read_json};

/// The most clients that the answer to a join lists.
pub const MAX_LISTED_CLIENTS: i64 = 100;
/// About the most bytes of one of them: what it says of its user has 4,096, its id 128.
const MAX_CLIENT_BYTES: i64 = 4_500;

/// All clients, each with a session that it is in.
pub async fn memberships(
    connection: &mut SqliteConnection,
) -> Result<Vec<(String, SessionId)>, Error> {
    // As one row of JSON, since each row of sqlx costs a copy of its values.
    let returned = sqlx::query_scalar!(
        r#"select json_group_array(json_array(c.client_id, s.session_id)) as "returned!: String"
           from clients as c join sessions as s on s.session = c.session"#
    )
    .fetch_one(connection)
    .await?;
    read_json(&returned)
}

/// The clients of one session.
pub async fn ids(
    connection: &mut SqliteConnection,
    session: SessionKey,
) -> Result<Vec<String>, Error> {
    let list = sqlx::query_scalar!(
        r#"select json_group_array(client_id) as "list!: String" from clients where session = ?"#,
        session
    )
    .fetch_one(connection)
    .await?;
    read_json(&list)
}

/// Deletes clients.
pub fn delete(batch: &mut StatementBatch, clients: &[(SessionKey, String)]) -> Result<(), Error> {
    if clients.is_empty() {
        return Ok(());
    }
    queue!(
        batch,
        "delete from clients where (session, client_id) in
             (select value ->> 0, value ->> 1 from jsonb_each(?))",
        &json(&clients)?
    )
}

/// Inserts clients.
pub fn insert(
    batch: &mut StatementBatch,
    now: Timestamp,
    clients: &[NewClient],
) -> Result<(), Error> {
    if clients.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = clients
        .iter()
        .map(|client| (client.session, &client.client_id, client.transport, &client.user))
        .collect();
    queue!(
        batch,
        "insert into clients (connected_at, session, client_id, transport, user)
         select ?, value ->> 0, value ->> 1, value ->> 2, nullif(value -> 3, 'null')
         from jsonb_each(?)",
        now,
        &json(&rows)?
    )
}

/// Asks for up to [`MAX_LISTED_CLIENTS`] clients of each of these sessions, which are given with how many
/// clients each has: `[[session, [client, …]], …]`. If all of that might have more than `max_bytes`, each
/// list is cut.
pub fn queue_lists(
    batch: &mut StatementBatch,
    sessions: &BTreeMap<SessionKey, i64>,
    max_bytes: usize,
) -> Result<(), Error> {
    let keys: Vec<SessionKey> = sessions.keys().copied().collect();
    let rows: i64 = sessions.values().map(|clients| (*clients).min(MAX_LISTED_CLIENTS)).sum();
    let max_bytes = max_bytes as i64;
    if rows * MAX_CLIENT_BYTES > max_bytes {
        return queue_cut_lists(batch, &keys, max_bytes / keys.len().max(1) as i64);
    }
    queue!(
        batch,
        r#"select '[' || group_concat(printf('[%d,[%s]]', wanted.value, (
             select group_concat(printf(
                 '{"client_id":%s,"transport":%s,"connected_at":%s,"user":%s,"presence":null}',
                 json_quote(client_id), json_quote(transport), json_quote(connected_at),
                 coalesce(json(user), 'null')))
             from (select * from clients where session = wanted.value
                   order by client_id limit ?)))) || ']' as returned
         from json_each(?) as wanted"#,
        MAX_LISTED_CLIENTS,
        &json(&keys)?
    )
}

/// As [`queue_lists`], with at most `max_bytes` of clients in each list.
fn queue_cut_lists(
    batch: &mut StatementBatch,
    keys: &[SessionKey],
    max_bytes: i64,
) -> Result<(), Error> {
    queue!(
        batch,
        r#"select '[' || group_concat(printf('[%d,[%s]]', wanted.value, (
             select group_concat(client) from (
                 select client, sum(octet_length(client)) over (order by client_id) as bytes from (
                     select client_id, printf(
                         '{"client_id":%s,"transport":%s,"connected_at":%s,"user":%s,"presence":null}',
                         json_quote(client_id), json_quote(transport), json_quote(connected_at),
                         coalesce(json(user), 'null')) as client
                     from (select * from clients where session = wanted.value
                           order by client_id limit ?)))
             where bytes <= ?))) || ']' as returned
         from json_each(?) as wanted"#,
        MAX_LISTED_CLIENTS,
        max_bytes,
        &json(&keys)?
    )
}
