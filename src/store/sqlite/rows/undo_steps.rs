//! The next step to undo, and the next one to redo.

use sqlx::SqliteConnection;

use crate::engine::request::{Action, ContentRequest};
use crate::engine::storage::UndoStep;
use crate::engine::undo_scope::UndoScope;
use crate::error::Error;
use crate::model::CommandId;

/// The step that an undo or a redo takes; None if there is none, and for any other request.
pub async fn taken_by(
    connection: &mut SqliteConnection,
    session: i64,
    request: &ContentRequest,
) -> Result<Option<UndoStep>, Error> {
    match &request.action {
        Action::Undo(scope) => last_applied(connection, session, request.undo_scope(*scope)?).await,
        Action::Redo(scope) => last_undone(connection, session, request.undo_scope(*scope)?).await,
        Action::Execute(_) | Action::Replace(..) => Ok(None),
    }
}

/// The last step in this scope that is applied.
pub async fn last_applied(
    connection: &mut SqliteConnection,
    session: i64,
    scope: UndoScope<'_>,
) -> Result<Option<UndoStep>, Error> {
    let owner = scope.owner();
    let found = sqlx::query_as!(
        UndoStep,
        r#"select step as "step!", command_id as "command_id!: CommandId",
                  changes as "changes!: String",
                  coalesce(remapped_at, revision) as "remapped_at!: i64",
                  exists(select 1 from internal_position_remaps as r
                         where r.session = ?1
                           and r.revision > coalesce(internal_history_full.remapped_at,
                                                     internal_history_full.revision)) as "is_behind!: bool",
                  exists(select 1 from history as h
                         where h.session = ?1 and h.state = 'applied'
                           and (?2 is null or h.client_id = ?2)
                           and h.step < internal_history_full.step) as "more!: bool"
           from internal_history_full
           where session = ?1 and state = 'applied' and (?2 is null or client_id = ?2)
           order by step desc limit 1"#,
        session,
        owner
    )
    .fetch_optional(connection)
    .await?;
    Ok(found)
}

/// The step that was undone last in this scope, unless it was discarded.
pub async fn last_undone(
    connection: &mut SqliteConnection,
    session: i64,
    scope: UndoScope<'_>,
) -> Result<Option<UndoStep>, Error> {
    let (name, owner) = (scope.scope.as_str(), scope.owner());
    let found = sqlx::query_as!(
        UndoStep,
        r#"select step as "step!", command_id as "command_id!: CommandId",
                  changes as "changes!: String",
                  coalesce(remapped_at, revision) as "remapped_at!: i64",
                  exists(select 1 from internal_position_remaps as r
                         where r.session = ?1
                           and r.revision > coalesce(internal_history_full.remapped_at,
                                                     internal_history_full.revision)) as "is_behind!: bool",
                  exists(select 1 from history as h
                         where h.session = ?1 and h.state = 'undone' and h.undo_scope = ?2
                           and (?3 is null or h.client_id = ?3)
                           and h.undo_seq < internal_history_full.undo_seq) as "more!: bool"
           from internal_history_full
           where session = ?1 and state = 'undone' and undo_scope = ?2
             and (?3 is null or client_id = ?3)
           order by undo_seq desc limit 1"#,
        session,
        name,
        owner
    )
    .fetch_optional(connection)
    .await?;
    Ok(found)
}
