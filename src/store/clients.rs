//! The rows of `clients`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use super::presence::{self, Join};
use super::script::later;
use super::transaction::read_json;
use super::{Store, Transaction, json, sessions};
use crate::error::Error;
use crate::model::SessionId;

/// The most clients that an answer to a join lists.
pub const MOST_TOLD: i64 = 100;
/// About the most bytes of one of them: what it says of its user has 4,096, its id 128.
const MAX_CLIENT_BYTES: i64 = 4_500;

impl Store {
    /// The live connections of a session, as a JSON list of [`Client`](crate::model::Client).
    pub async fn clients(&self, session_id: SessionId) -> Result<Box<RawValue>, Error> {
        let mut reader = self.bulk_readers.acquire().await?;
        let key = sessions::key(&mut reader, session_id).await?;
        let list = sqlx::query_scalar!(
            r#"select json_group_array(json_object(
                   'client_id', client_id, 'transport', transport, 'connected_at', connected_at,
                   'user', json(user), 'presence', null)) as "list!: String"
               from (select * from clients where session = ? order by connected_at, client_id)"#,
            key
        )
        .fetch_one(&mut *reader)
        .await?;
        RawValue::from_string(list).map_err(|cause| Error::internal(cause.into()))
    }
}

/// Takes rows out; the session's count follows by trigger.
pub(super) fn delete(
    transaction: &mut Transaction<'_>,
    rows: &BTreeSet<(i64, &str)>,
) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    later!(
        transaction,
        "delete from clients where (session, client_id) in
             (select value ->> 0, value ->> 1 from jsonb_each(?))",
        &json(rows)?
    )
}

/// Forgets who is in a session that is about to go; the rows follow it by trigger.
pub(super) async fn take_out_all(
    transaction: &mut Transaction<'_>,
    session_id: SessionId,
    key: i64,
) -> Result<(), Error> {
    let list = sqlx::query_scalar!(
        r#"select json_group_array(client_id) as "list!: String" from clients where session = ?"#,
        key
    )
    .fetch_one(transaction.connection().await?)
    .await?;
    for client_id in read_json::<Vec<String>>(&list)? {
        transaction.take_out(&client_id, session_id);
    }
    Ok(())
}

/// Puts rows in; the session's count follows by trigger.
pub(super) fn insert(
    transaction: &mut Transaction<'_>,
    inserts: &BTreeMap<(i64, &str), &Join>,
) -> Result<(), Error> {
    if inserts.is_empty() {
        return Ok(());
    }
    let now = transaction.now();
    later!(
        transaction,
        "insert into clients (connected_at, session, client_id, transport, user)
         select ?, value ->> 0, value ->> 1, value ->> 2, nullif(value -> 3, 'null')
         from jsonb_each(?)",
        now,
        &presence::rows(inserts)?
    )
}

/// Asks for up to [`MOST_TOLD`] clients of each of these sessions, which are given with how many each
/// has: `[[session, [client, …]], …]`. Where all of that might be very long, each list is cut.
pub(super) fn ask_for_some(
    transaction: &mut Transaction<'_>,
    sessions: &BTreeMap<i64, i64>,
) -> Result<(), Error> {
    let keys: Vec<i64> = sessions.keys().copied().collect();
    let rows: i64 = sessions.values().map(|clients| (*clients).min(MOST_TOLD)).sum();
    let most = transaction.limits().capacities.listed_bytes as i64;
    if rows * MAX_CLIENT_BYTES > most {
        return ask_for_bytes(transaction, &keys, most / keys.len().max(1) as i64);
    }
    later!(
        transaction,
        r#"select '[' || group_concat(printf('[%d,[%s]]', wanted.value, (
             select group_concat(printf(
                 '{"client_id":%s,"transport":%s,"connected_at":%s,"user":%s,"presence":null}',
                 json_quote(client_id), json_quote(transport), json_quote(connected_at),
                 coalesce(json(user), 'null')))
             from (select * from clients where session = wanted.value
                   order by client_id limit ?)))) || ']' as told
         from json_each(?) as wanted"#,
        MOST_TOLD,
        &json(&keys)?
    )
}

/// As [`ask_for_some`], with at most so many bytes of clients in each list.
fn ask_for_bytes(transaction: &mut Transaction<'_>, keys: &[i64], bytes: i64) -> Result<(), Error> {
    later!(
        transaction,
        r#"select '[' || group_concat(printf('[%d,[%s]]', wanted.value, (
             select group_concat(client) from (
                 select client, sum(octet_length(client)) over (order by client_id) as bytes from (
                     select client_id, printf(
                         '{"client_id":%s,"transport":%s,"connected_at":%s,"user":%s,"presence":null}',
                         json_quote(client_id), json_quote(transport), json_quote(connected_at),
                         coalesce(json(user), 'null')) as client
                     from (select * from clients where session = wanted.value
                           order by client_id limit ?)))
             where bytes <= ?))) || ']' as told
         from json_each(?) as wanted"#,
        MOST_TOLD,
        bytes,
        &json(&keys)?
    )
}
