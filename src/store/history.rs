//! The rows of `history`: what was done, and what of it may be undone or redone.

use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::SqliteConnection;
use utoipa::ToSchema;

use super::script::later;
use super::transaction::Head;
use super::{Store, Transaction, json, sessions};
use crate::error::Error;
use crate::session::{CommandId, NodeChange, Scope, SessionId, Shift, Timestamp};

/// A command that was done.
pub(super) struct Step {
    pub session: i64,
    pub step: i64,
    pub command_id: CommandId,
    pub command_type: &'static str,
    pub client_id: Option<String>,
    pub seq: i64,
    pub revision: i64,
    /// JSON.
    pub changes: Box<RawValue>,
    /// The generation under which a large change has put them instead.
    pub large_changes: Option<i64>,
}

impl Step {
    /// Writes changes down as they are kept.
    pub fn changes(changes: &[NodeChange]) -> Result<Box<RawValue>, Error> {
        serde_json::value::to_raw_value(changes).map_err(|cause| Error::internal(cause.into()))
    }
}

/// A step that is the next to be undone or redone.
pub(super) struct Found {
    pub step: i64,
    pub command_id: CommandId,
    /// Bytes of its changes.
    pub size: i64,
}

/// Which steps a caller may undo and redo.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach<'a> {
    pub scope: Scope,
    /// Whose, in the scope of a client.
    pub client_id: Option<&'a str>,
}

/// Writes steps, in one statement, and drops those beyond the limit.
pub(super) fn insert(
    transaction: &mut Transaction<'_>,
    steps: &[Step],
    limit: i64,
) -> Result<(), Error> {
    let now = transaction.now();
    let rows: Vec<_> = steps
        .iter()
        .map(|step| {
            let Step {
                session,
                step,
                command_id,
                command_type,
                client_id,
                seq,
                revision,
                changes,
                large_changes,
            } = step;
            (
                session,
                step,
                command_id,
                command_type,
                client_id,
                seq,
                revision,
                changes,
                large_changes,
            )
        })
        .collect();
    later!(
        transaction,
        "insert into history (at, session, step, command_id, command_type, client_id, seq,
                              revision, changes, large_changes)
         select ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                value ->> 6, value -> 7, value ->> 8
         from jsonb_each(?)",
        now,
        &json(&rows)?
    )?;
    let full: Vec<_> = steps
        .iter()
        .filter(|step| step.step > limit)
        .map(|step| (step.session, step.step - limit))
        .collect();
    if !full.is_empty() {
        // Steps have no holes, so that one by one is enough unless the limit was lowered.
        later!(
            transaction,
            "delete from history where (session, step) in
                 (select h.session, h.step from json_each(?) as f
                  join history as h on h.session = f.value ->> 0 and h.step <= f.value ->> 1)",
            &json(&full)?
        )?;
    }
    Ok(())
}

/// A new command of `client_id` leaves nothing to redo in the session's scope and in its own.
pub(super) fn discard_undone(
    transaction: &mut Transaction<'_>,
    session: i64,
    client_id: Option<&str>,
) -> Result<(), Error> {
    later!(
        transaction,
        "update history set state = 'discarded'
         where session = ? and state = 'undone' and (undo_scope = 'session' or client_id = ?)",
        session,
        client_id
    )
}

/// A row of `history` as the macros read it.
macro_rules! found {
    ($row:expr) => {
        $row.map(|row| Found { step: row.step, command_id: row.command_id, size: row.size })
    };
}

/// The last step that counts, within reach.
pub(super) async fn last_applied(
    connection: &mut SqliteConnection,
    session: i64,
    reach: Reach<'_>,
) -> Result<Option<Found>, Error> {
    let whose = reach.whose();
    let row = sqlx::query!(
        r#"select step as "step!", command_id as "command_id!: CommandId",
                  iif(large_changes is null, octet_length(changes),
                      (select sum(octet_length(content)) from large_texts as t
                       where t.session = h.session and t.generation = h.large_changes
                         and t.kind = 'changes')) as "size!: i64"
           from history as h
           where session = ?1 and state = 'applied' and (?2 is null or client_id = ?2)
           order by step desc limit 1"#,
        session,
        whose
    )
    .fetch_optional(connection)
    .await?;
    Ok(found!(row))
}

/// The step that was undone last in this scope, and was not discarded.
pub(super) async fn last_undone(
    connection: &mut SqliteConnection,
    session: i64,
    reach: Reach<'_>,
) -> Result<Option<Found>, Error> {
    let (scope, whose) = (reach.scope.as_str(), reach.whose());
    let row = sqlx::query!(
        r#"select step as "step!", command_id as "command_id!: CommandId",
                  iif(large_changes is null, octet_length(changes),
                      (select sum(octet_length(content)) from large_texts as t
                       where t.session = h.session and t.generation = h.large_changes
                         and t.kind = 'changes')) as "size!: i64"
           from history as h
           where session = ?1 and state = 'undone' and undo_scope = ?2
             and (?3 is null or client_id = ?3)
           order by undo_seq desc limit 1"#,
        session,
        scope,
        whose
    )
    .fetch_optional(connection)
    .await?;
    Ok(found!(row))
}

/// The changes of a step, as JSON.
pub(super) async fn changes(
    connection: &mut SqliteConnection,
    session: i64,
    step: i64,
) -> Result<String, Error> {
    let changes = sqlx::query_scalar!(
        r#"select changes as "changes!: String" from whole_history where session = ? and step = ?"#,
        session,
        step
    )
    .fetch_one(connection)
    .await?;
    Ok(changes)
}

/// Reads changes as they are kept.
pub(super) fn read(changes: &str) -> Result<Vec<NodeChange>, Error> {
    serde_json::from_str(changes)
        .map_err(|cause| Error::internal(anyhow::Error::new(cause).context("history.changes")))
}

/// Marks a step as undone by the event `seq`; `changes` is what a redo would do.
pub(super) fn mark_undone(
    transaction: &mut Transaction<'_>,
    session: i64,
    step: i64,
    scope: Scope,
    seq: i64,
    changes: &RawValue,
) -> Result<(), Error> {
    later!(
        transaction,
        "update history set state = 'undone', undo_scope = ?, undo_seq = ?, changes = ?,
                            large_changes = null
         where session = ? and step = ?",
        scope.as_str(),
        seq,
        changes.get(),
        session,
        step
    )
}

/// Lets every step that speaks of a node's old place speak of the one beside it where the node came
/// back. Else it would look as if somebody had moved the node. Seldom there is any.
pub(super) async fn follow(
    transaction: &mut Transaction<'_>,
    session: i64,
    shifts: &[Shift],
) -> Result<(), Error> {
    for shift in shifts {
        let node_id = shift.node_id.to_string();
        let rows = sqlx::query!(
            r#"select step as "step!", changes as "changes!" from whole_history
               where session = ?1 and instr(changes, ?2) > 0"#,
            session,
            node_id
        )
        .fetch_all(transaction.connection().await?)
        .await?;
        for row in rows {
            let mut changes = read(&row.changes)?;
            if changes.iter_mut().fold(false, |any, change| change.follow(shift) | any) {
                let changes = Step::changes(&changes)?;
                later!(
                    transaction,
                    "update history set changes = ?, large_changes = null
                     where session = ? and step = ?",
                    changes.get(),
                    session,
                    row.step
                )?;
            }
        }
    }
    Ok(())
}

/// Marks a step as counting again.
pub(super) fn mark_applied(
    transaction: &mut Transaction<'_>,
    session: i64,
    step: i64,
    changes: &RawValue,
) -> Result<(), Error> {
    later!(
        transaction,
        "update history set state = 'applied', undo_scope = null, undo_seq = null, changes = ?,
                            large_changes = null
         where session = ? and step = ?",
        changes.get(),
        session,
        step
    )
}

/// Lets a step have its changes where a large change has put them, under its generation.
pub(super) fn enlarge(
    transaction: &mut Transaction<'_>,
    session: i64,
    step: i64,
    generation: i64,
) -> Result<(), Error> {
    later!(
        transaction,
        "update history set changes = '[]', large_changes = ? where session = ? and step = ?",
        generation,
        session,
        step
    )
}

/// Whether something can be undone, and redone, within reach.
pub(super) async fn available(
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

/// One command in the list of a session's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryItem {
    pub command_id: CommandId,
    pub command_type: String,
    /// Who; null where a caller of REST did not say.
    pub client_id: Option<String>,
    pub timestamp: Timestamp,
    /// The number of its `command-executed` event.
    pub seq: i64,
    pub revision: i64,
    /// Whether it does not count any more.
    pub undone: bool,
    /// Whether a redo can bring it back.
    pub redoable: bool,
}

/// Some of a session's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryPage {
    /// Oldest first.
    pub commands: Vec<HistoryItem>,
    /// Older commands that are no longer kept and can't be undone.
    pub forgotten: i64,
    /// The most commands that are kept.
    pub history_limit: i64,
}

impl Store {
    /// At most `limit` commands with a `seq` above `since`.
    pub async fn history(
        &self,
        session_id: SessionId,
        since: i64,
        limit: i64,
    ) -> Result<HistoryPage, Error> {
        let mut reader = self.readers.begin().await?;
        let session = sessions::key(&mut reader, session_id).await?;
        let commands = sqlx::query_as!(
            HistoryItem,
            r#"select command_id as "command_id: CommandId", command_type, client_id,
                      at as "timestamp: Timestamp", seq, revision,
                      state <> 'applied' as "undone!: bool", state = 'undone' as "redoable!: bool"
               from history where session = ? and seq > ? order by step limit ?"#,
            session,
            since,
            limit
        )
        .fetch_all(&mut *reader)
        .await?;
        let forgotten = sqlx::query_scalar!(
            r#"select coalesce((select min(step) from history where session = s.session) - 1,
                               s.steps) as "forgotten!: i64"
               from sessions as s where session = ?"#,
            session
        )
        .fetch_one(&mut *reader)
        .await?;
        Ok(HistoryPage { commands, forgotten, history_limit: self.limits.history })
    }
}

/// The session's content has changed: writes what its row says of that, for many at once.
pub(super) fn advance(transaction: &mut Transaction<'_>, heads: &[Head]) -> Result<(), Error> {
    if heads.is_empty() {
        return Ok(());
    }
    let now = transaction.now();
    let rows: Vec<_> = heads.iter().map(|head| (head.key, head.revision, head.steps)).collect();
    later!(
        transaction,
        "update sessions
         set last_command_at = ?, revision = j.value ->> 1, steps = j.value ->> 2
         from jsonb_each(?) as j
         where session = j.value ->> 0",
        now,
        &json(&rows)?
    )
}
