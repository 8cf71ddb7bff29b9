//! Which steps may be undone and redone, and what they did.

use sqlx::SqliteConnection;

use super::remaps;
use crate::error::Error;
use crate::model::{CommandId, NodeChange, Scope};

/// A step that is the next to be undone or redone.
pub(in crate::store) struct Found {
    pub step: i64,
    pub command_id: CommandId,
    /// As JSON.
    pub changes: String,
    /// The revision up to which they have the positions of nodes that came back beside their old ones.
    pub remapped_at: i64,
    /// Whether there are such nodes after it.
    pub is_behind: bool,
    /// Whether another one comes after it.
    pub more: bool,
}

impl Found {
    /// What the step did, or would do, as things are called now.
    pub async fn changes(
        &self,
        connection: &mut SqliteConnection,
        session: i64,
    ) -> Result<Vec<NodeChange>, Error> {
        let mut changes: Vec<NodeChange> =
            serde_json::from_str(&self.changes).map_err(|cause| {
                let row = format!("session {session}, step {}", self.step);
                Error::unreadable("history", row, "changes", cause)
            })?;
        if self.is_behind {
            let remaps = remaps::after(connection, session, self.remapped_at).await?;
            changes.iter_mut().for_each(|change| remaps.apply(change));
        }
        Ok(changes)
    }
}

/// Which steps a caller may undo and redo.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Reach<'a> {
    pub scope: Scope,
    /// Whose, in the scope of a client.
    pub client_id: Option<&'a str>,
}

/// The last step that counts, within reach.
pub(in crate::store) async fn last_applied(
    connection: &mut SqliteConnection,
    session: i64,
    reach: Reach<'_>,
) -> Result<Option<Found>, Error> {
    let whose = reach.whose();
    let found = sqlx::query_as!(
        Found,
        r#"select step as "step!", command_id as "command_id!: CommandId",
                  changes as "changes!: String",
                  coalesce(remapped_at, revision) as "remapped_at!: i64",
                  exists(select 1 from position_remaps as r
                         where r.session = ?1
                           and r.revision > coalesce(history_full.remapped_at,
                                                     history_full.revision)) as "is_behind!: bool",
                  exists(select 1 from history as h
                         where h.session = ?1 and h.state = 'applied'
                           and (?2 is null or h.client_id = ?2)
                           and h.step < history_full.step) as "more!: bool"
           from history_full
           where session = ?1 and state = 'applied' and (?2 is null or client_id = ?2)
           order by step desc limit 1"#,
        session,
        whose
    )
    .fetch_optional(connection)
    .await?;
    Ok(found)
}

/// The step that was undone last in this scope, and was not discarded.
pub(in crate::store) async fn last_undone(
    connection: &mut SqliteConnection,
    session: i64,
    reach: Reach<'_>,
) -> Result<Option<Found>, Error> {
    let (scope, whose) = (reach.scope.as_str(), reach.whose());
    let found = sqlx::query_as!(
        Found,
        r#"select step as "step!", command_id as "command_id!: CommandId",
                  changes as "changes!: String",
                  coalesce(remapped_at, revision) as "remapped_at!: i64",
                  exists(select 1 from position_remaps as r
                         where r.session = ?1
                           and r.revision > coalesce(history_full.remapped_at,
                                                     history_full.revision)) as "is_behind!: bool",
                  exists(select 1 from history as h
                         where h.session = ?1 and h.state = 'undone' and h.undo_scope = ?2
                           and (?3 is null or h.client_id = ?3)
                           and h.undo_seq < history_full.undo_seq) as "more!: bool"
           from history_full
           where session = ?1 and state = 'undone' and undo_scope = ?2
             and (?3 is null or client_id = ?3)
           order by undo_seq desc limit 1"#,
        session,
        scope,
        whose
    )
    .fetch_optional(connection)
    .await?;
    Ok(found)
}

/// Whether something can be undone, and redone, within reach.
pub(in crate::store) async fn available(
    connection: &mut SqliteConnection,
    session: i64,
    reach: Reach<'_>,
) -> Result<(bool, bool), Error> {
    let (scope, whose) = (reach.scope.as_str(), reach.whose());
    let row = sqlx::query!(
        r#"select exists(select 1 from history
                         where session = ?1 and state = 'applied'
                           and (?2 is null or client_id = ?2)) as "undo!: bool",
                  exists(select 1 from history
                         where session = ?1 and state = 'undone' and undo_scope = ?3
                           and (?2 is null or client_id = ?2)) as "redo!: bool""#,
        session,
        whose,
        scope
    )
    .fetch_one(connection)
    .await?;
    Ok((row.undo, row.redo))
}

impl Reach<'_> {
    fn whose(&self) -> Option<&str> {
        match self.scope {
            Scope::Session => None,
            Scope::Client => self.client_id,
        }
    }
}
