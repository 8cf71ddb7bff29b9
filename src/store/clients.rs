//! The rows of `clients`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use sqlx::SqliteConnection;

use super::presence::{self, Join};
use super::transaction::Head;
use super::{Store, json, sessions};
use crate::error::Error;
use crate::session::{Client, SessionId, Timestamp, Transport};

/// The most clients that an answer to a join lists.
pub const MOST_TOLD: i64 = 100;

impl Store {
    /// The live connections of a session.
    pub async fn clients(&self, session_id: SessionId) -> Result<Vec<Client>, Error> {
        let mut reader = self.readers.acquire().await?;
        let key = sessions::key(&mut reader, session_id).await?;
        let rows = sqlx::query!(
            r#"select client_id, transport as "transport: Transport",
                      connected_at as "connected_at: Timestamp", user
               from clients where session = ? order by connected_at, client_id"#,
            key
        )
        .fetch_all(&mut *reader)
        .await?;
        rows.into_iter()
            .map(|row| client(row.client_id, row.transport, row.connected_at, row.user))
            .collect()
    }
}

fn client(
    client_id: String,
    transport: Transport,
    connected_at: Timestamp,
    user: Option<String>,
) -> Result<Client, Error> {
    let user = user
        .map(|json| serde_json::from_str(&json))
        .transpose()
        .map_err(|cause| Error::internal(anyhow::Error::new(cause).context("clients.user")))?;
    Ok(Client { client_id, transport, connected_at, user, presence: None })
}

/// Every client id there is.
pub(super) async fn everyone(connection: &mut SqliteConnection) -> Result<Vec<String>, Error> {
    let ids =
        sqlx::query_scalar!("select distinct client_id from clients").fetch_all(connection).await?;
    Ok(ids)
}

/// The sessions that these clients are in.
pub(super) async fn memberships(
    connection: &mut SqliteConnection,
    client_ids: &BTreeSet<&str>,
) -> Result<Vec<(String, SessionId, Head)>, Error> {
    let wanted = json(client_ids)?;
    let rows = sqlx::query!(
        r#"select c.client_id, s.session_id as "session_id: SessionId", s.session as "session!",
                  s.seq, s.revision, s.active_clients, s.root_count, s.steps,
                  exists(select 1 from history as h
                         where h.session = s.session and h.state = 'undone') as "undone!: bool"
           from json_each(?) as wanted
           join clients as c on c.client_id = wanted.value
           join sessions as s on s.session = c.session
           order by wanted.key, c.session"#,
        wanted
    )
    .fetch_all(connection)
    .await?;
    let memberships = rows.into_iter().map(|row| {
        let head = Head {
            key: row.session,
            seq: row.seq,
            revision: row.revision,
            active_clients: row.active_clients,
            root_count: row.root_count,
            steps: row.steps,
            undone: row.undone,
        };
        (row.client_id, row.session_id, head)
    });
    Ok(memberships.collect())
}

/// Takes rows out; the session's count follows by trigger.
pub(super) async fn delete(
    connection: &mut SqliteConnection,
    rows: &BTreeSet<(i64, &str)>,
) -> Result<(), Error> {
    if !rows.is_empty() {
        let rows = json(rows)?;
        sqlx::query!(
            "delete from clients where (session, client_id) in
                 (select value ->> 0, value ->> 1 from jsonb_each(?))",
            rows
        )
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// Puts rows in; the session's count follows by trigger.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    now: Timestamp,
    inserts: &BTreeMap<(i64, &str), &Join>,
) -> Result<(), Error> {
    if !inserts.is_empty() {
        let rows = presence::rows(inserts)?;
        sqlx::query!(
            "insert into clients (session, client_id, transport, connected_at, user)
             select value ->> 0, value ->> 1, value ->> 2, ?2, nullif(value -> 3, 'null')
             from jsonb_each(?1)",
            rows,
            now
        )
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// Up to [`MOST_TOLD`] clients of each of these sessions.
pub(super) async fn some_of_each(
    connection: &mut SqliteConnection,
    keys: &BTreeSet<i64>,
) -> Result<HashMap<i64, Arc<[Client]>>, Error> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let keys = json(keys)?;
    let rows = sqlx::query!(
        r#"select c.session as "session!", c.client_id, c.transport as "transport: Transport",
                  c.connected_at as "connected_at: Timestamp", c.user
           from json_each(?1) as wanted
           join clients as c on c.session = wanted.value and c.client_id in
               (select client_id from clients where session = wanted.value
                order by client_id limit ?2)"#,
        keys,
        MOST_TOLD
    )
    .fetch_all(connection)
    .await?;
    let mut lists: HashMap<i64, Vec<Client>> = HashMap::new();
    for row in rows {
        let client = client(row.client_id, row.transport, row.connected_at, row.user)?;
        lists.entry(row.session).or_default().push(client);
    }
    Ok(lists.into_iter().map(|(key, list)| (key, list.into())).collect())
}
