//! The content of sessions that are gone, removed in slices so that nobody waits long.

use super::{Change, Store, Transaction};
use crate::error::Error;

/// The most rows of a table that one transaction removes: some milliseconds of work.
const SLICE: i64 = 1_500;
/// Sessions looked at in one transaction.
const SESSIONS: i64 = 100;

/// Removes some rows; answers whether there may be more.
struct PurgeSlice;

impl Change for PurgeSlice {
    type Answer = bool;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<bool, Error> {
        let waiting = sqlx::query_scalar!(
            r#"select session as "session!" from discarded_content order by session limit ?"#,
            SESSIONS
        )
        .fetch_all(transaction.connection())
        .await?;
        let Some(last) = waiting.last() else { return Ok(false) };
        // The cross joins begin with the sessions that are gone; SQLite would rather look through
        // all nodes of those that are not.
        let nodes = sqlx::query!(
            "delete from nodes where (session, node_id) in
                 (select n.session, n.node_id from discarded_content as d
                  cross join nodes as n on n.session = d.session
                  where d.session <= ?1 limit ?2)",
            last,
            SLICE
        )
        .execute(transaction.connection())
        .await?
        .rows_affected();
        if nodes == SLICE as u64 {
            return Ok(true);
        }
        let steps = sqlx::query!(
            "delete from history where (session, step) in
                 (select h.session, h.step from discarded_content as d
                  cross join history as h on h.session = d.session
                  where d.session <= ?1 limit ?2)",
            last,
            SLICE
        )
        .execute(transaction.connection())
        .await?
        .rows_affected();
        if steps == SLICE as u64 {
            return Ok(true);
        }
        sqlx::query!(
            "delete from idempotency_keys where session in
                 (select session from discarded_content where session <= ?1)",
            last
        )
        .execute(transaction.connection())
        .await?;
        sqlx::query!("delete from discarded_content where session <= ?1", last)
            .execute(transaction.connection())
            .await?;
        Ok(true)
    }
}

impl Store {
    /// Removes the content of every session that is gone.
    pub async fn purge(&self) -> Result<(), Error> {
        while self.write(PurgeSlice).await? {}
        Ok(())
    }
}
