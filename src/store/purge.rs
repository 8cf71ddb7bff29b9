//! The content of sessions that are gone, removed in slices so that nobody waits long.

use super::script::later;
use super::{Change, Store, Transaction};
use crate::error::Error;

/// The most rows that one transaction removes: some milliseconds of work.
const SLICE: i64 = 2_500;
/// The most sessions in one transaction.
const SESSIONS: i64 = 100;

/// Removes some rows of sessions that are gone; answers whether there may be more.
pub(super) async fn slice(transaction: &mut Transaction<'_>) -> Result<bool, Error> {
    let waiting = sqlx::query!(
        r#"select session as "session!", content from discarded_content
           order by session limit ?"#,
        SESSIONS
    )
    .fetch_all(transaction.connection().await?)
    .await?;
    let Some(first) = waiting.first() else { return Ok(false) };
    let mut content = 0;
    let fitting = waiting.iter().take_while(|gone| {
        content += gone.content;
        content <= SLICE
    });
    match fitting.last() {
        Some(last) => take_all(transaction, last.session)?,
        None => take_part(transaction, first.session).await?,
    }
    Ok(true)
}

/// Removes what is left of every session that is gone, up to the key `last`.
fn take_all(transaction: &mut Transaction<'_>, last: i64) -> Result<(), Error> {
    later!(
        transaction,
        "delete from nodes where session in
             (select session from discarded_content where session <= ?)",
        last
    )?;
    later!(
        transaction,
        "delete from history where session in
             (select session from discarded_content where session <= ?)",
        last
    )?;
    later!(
        transaction,
        "delete from idempotency_keys where session in
             (select session from discarded_content where session <= ?)",
        last
    )?;
    later!(transaction, "delete from discarded_content where session <= ?", last)
}

/// Removes some of a session that is too large for one transaction.
async fn take_part(transaction: &mut Transaction<'_>, session: i64) -> Result<(), Error> {
    let nodes = sqlx::query!(
        "delete from nodes where session = ?1 and node_id in
             (select node_id from nodes where session = ?1 order by node_id limit ?2)",
        session,
        SLICE
    )
    .execute(transaction.connection().await?)
    .await?
    .rows_affected();
    if nodes > 0 {
        return Ok(());
    }
    let steps = sqlx::query!(
        "delete from history where session = ?1 and step in
             (select step from history where session = ?1 order by step limit ?2)",
        session,
        SLICE
    )
    .execute(transaction.connection().await?)
    .await?
    .rows_affected();
    if steps > 0 { Ok(()) } else { take_all(transaction, session) }
}

struct PurgeSlice;

impl Change for PurgeSlice {
    type Answer = bool;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<bool, Error> {
        slice(transaction).await
    }
}

impl Store {
    /// Removes the content of every session that is gone.
    pub async fn purge(&self) -> Result<(), Error> {
        while self.write_slice(PurgeSlice).await? {}
        Ok(())
    }
}
