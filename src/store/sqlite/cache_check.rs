//! In builds with debug assertions, and so in the tests: what is cached is what the file says.
//!
//! It is compared when the next transaction begins, since only then nobody else can write meanwhile.

use std::collections::{BTreeSet, HashMap};

use super::transaction::{Transaction, json};
use crate::engine::head::{Head, UndoneSteps};
use crate::error::Error;
use crate::model::{NodeId, OrderKey, SessionId, Timestamp};

/// Panics if the cache differs from the file. An error would be taken for a write of another program,
/// and be healed.
pub(in crate::store) async fn check_cache(transaction: &mut Transaction<'_>) -> Result<(), Error> {
    if transaction.cache.is_empty() {
        return Ok(());
    }
    check_heads(transaction).await?;
    check_memberships(transaction).await?;
    check_last_positions(transaction).await
}

async fn check_heads(transaction: &mut Transaction<'_>) -> Result<(), Error> {
    let session_ids = json(&transaction.cache.heads.keys().collect::<Vec<_>>())?;
    let rows = sqlx::query!(
        r#"select s.session_id as "session_id!: SessionId", s.session as "session!",
                  s.generation, s.seq,
                  max(s.last_activity, coalesce(s.time_floor, '')) as "time!: Timestamp",
                  s.revision, s.active_clients, s.node_count,
                  s.root_count, s.steps, s.history_bytes,
                  exists(select 1 from history as h
                         where h.session = s.session and h.state = 'undone'
                           and h.undo_scope = 'session') as "in_session!: bool",
                  exists(select 1 from history as h
                         where h.session = s.session and h.state = 'undone'
                           and h.undo_scope = 'client') as "in_clients!: bool"
           from json_each(?) as known join sessions as s on s.session_id = known.value"#,
        session_ids
    )
    .fetch_all(transaction.storage.connection().await?)
    .await?;
    assert_eq!(rows.len(), transaction.cache.heads.len(), "sessions that are gone");
    for row in rows {
        let Some(known) = transaction.cache.heads.get(&row.session_id) else { continue };
        let undone = UndoneSteps { in_session: row.in_session, in_clients: row.in_clients };
        assert!(
            known.undone.in_session >= undone.in_session
                && known.undone.in_clients >= undone.in_clients,
            "undone steps of session {}",
            row.session_id
        );
        let head = Head {
            key: row.session,
            generation: row.generation,
            seq: row.seq,
            time: row.time,
            revision: row.revision,
            active_clients: row.active_clients,
            node_count: row.node_count,
            root_count: row.root_count,
            steps: row.steps,
            history_bytes: row.history_bytes,
            undone: known.undone,
        };
        assert_eq!(head, *known, "session {}", row.session_id);
    }
    Ok(())
}

async fn check_memberships(transaction: &mut Transaction<'_>) -> Result<(), Error> {
    if transaction.cache.memberships.is_none() {
        return Ok(());
    }
    let rows = sqlx::query!(
        r#"select c.client_id, s.session_id as "session_id: SessionId"
           from clients as c join sessions as s on s.session = c.session"#
    )
    .fetch_all(transaction.storage.connection().await?)
    .await?;
    let mut joined: HashMap<String, BTreeSet<SessionId>> = HashMap::new();
    for row in rows {
        joined.entry(row.client_id).or_default().insert(row.session_id);
    }
    assert_eq!(Some(joined), transaction.cache.memberships, "all clients");
    Ok(())
}

async fn check_last_positions(transaction: &mut Transaction<'_>) -> Result<(), Error> {
    let known: Vec<_> = transaction.cache.last_positions.iter().collect();
    let keys: Vec<(i64, i64, Option<NodeId>)> =
        known.iter().map(|((tree, parent), _)| (tree.session, tree.generation, *parent)).collect();
    let keys = json(&keys)?;
    let rows = sqlx::query!(
        // Of a tree that is no session's any more, nobody asks.
        r#"select known.key + 0 as "place!: i64",
                  (select max(position) from nodes as n
                   where n.session = s.session and n.generation = s.generation
                     and n.parent_id is known.value ->> 2) as "end: OrderKey"
           from json_each(?) as known
           join sessions as s
             on s.session = known.value ->> 0 and s.generation = known.value ->> 1"#,
        keys
    )
    .fetch_all(transaction.storage.connection().await?)
    .await?;
    for row in rows {
        let place = usize::try_from(row.place).unwrap_or_default();
        let Some(((tree, parent_id), end)) = known.get(place) else { continue };
        assert_eq!(row.end, **end, "below {parent_id:?} in {tree:?}");
    }
    Ok(())
}
