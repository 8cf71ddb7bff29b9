//! A change tried on a copy of its session.

use serde_json::value::RawValue;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};

use super::PreparedStep;
use crate::error::Error;
use crate::model::{Event, PositionRemap};
use crate::store::commands::{self, Action, Alone, ContentRequest, Executed};
use crate::store::content::Tree;
use crate::store::events::{self, Entry};
use crate::store::file::DatabaseFile;
use crate::store::transaction::Memory;
use crate::store::{MIGRATIONS, Store, Transaction, off_the_runtime};

/// What came of the attempt.
pub(super) enum Rehearsal {
    NoSession,
    /// It was done before, under the same Idempotency-Key.
    Answered(Executed),
    Done(Box<Rehearsed>),
}

/// A change that was done to the copy.
pub(super) struct Rehearsed {
    /// The copy, as the change has left it.
    pub copy: SqliteConnection,
    /// Where in the copy the nodes are.
    pub tree: Tree,
    /// Of the content that it changed.
    pub revision: i64,
    pub root_count: i64,
    pub step: PreparedStep,
    /// Of that step, as JSON.
    pub changes: Box<RawValue>,
    pub executed: Executed,
    pub remaps: Vec<PositionRemap>,
    pub events: Vec<Event>,
    /// The same as the log keeps them.
    pub entries: Vec<Entry>,
}

/// Tries the change; an error is why it can't be done.
pub(super) async fn rehearse(store: &Store, request: &ContentRequest) -> Result<Rehearsal, Error> {
    let (store, request) = (store.clone(), request.clone());
    off_the_runtime(move || async move { perform(&store, &request).await }).await
}

async fn perform(store: &Store, request: &ContentRequest) -> Result<Rehearsal, Error> {
    let mut copy = empty().await?;
    let old_step = fill(&mut copy, &store.file, request).await?;
    let mut transaction =
        Transaction::new(&mut copy, store.clock.now(), Memory::default(), &store.limits)?;
    transaction.load([request.session_id]).await?;
    let Some(before) = transaction.known_head(request.session_id).cloned() else {
        return Ok(Rehearsal::NoSession);
    };
    let Alone { executed, remaps, changes } =
        commands::apply_alone(&mut transaction, request, &store.limits.content).await?;
    let Some(changes) = changes else { return Ok(Rehearsal::Answered(executed)) };
    let after = commands::known(&mut transaction, request.session_id)?.clone();
    let events = transaction.hand_out().await?;
    let nothing = || Error::internal(anyhow::anyhow!("a step was done that was not found"));
    let step = match &request.action {
        Action::Execute(command) => PreparedStep::New { command_type: command.name() },
        Action::Replace(_) => PreparedStep::New { command_type: "ReplaceGraph" },
        Action::Undo(scope) => {
            PreparedStep::Undone { step: old_step.ok_or_else(nothing)?, scope: *scope }
        }
        Action::Redo(scope) => {
            PreparedStep::Redone { step: old_step.ok_or_else(nothing)?, scope: *scope }
        }
    };
    Ok(Rehearsal::Done(Box::new(Rehearsed {
        copy,
        tree: before.tree(),
        revision: before.revision,
        root_count: after.root_count,
        step,
        changes,
        executed,
        remaps,
        entries: events::entries_ahead(before.key, &events),
        events,
    })))
}

/// A database in memory without triggers: the counts come with the copy, and a transaction knows how
/// they change.
async fn empty() -> Result<SqliteConnection, Error> {
    let options = SqliteConnectOptions::new().filename(":memory:").disable_statement_logging();
    let mut copy = options.connect().await?;
    MIGRATIONS.run(&mut copy).await.map_err(|cause| Error::internal(cause.into()))?;
    let triggers = sqlx::query_scalar!(
        r#"select 'drop trigger ' || name as "statement!: String"
           from sqlite_schema where type = 'trigger'"#
    )
    .fetch_all(&mut copy)
    .await?;
    for statement in triggers {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut copy).await?;
    }
    Ok(copy)
}

/// Copies what the change may look at, all as of one moment; answers the step that an undo or a redo
/// takes. The queries name a second database, so no macro can check them.
async fn fill(
    copy: &mut SqliteConnection,
    file: &DatabaseFile,
    request: &ContentRequest,
) -> Result<Option<i64>, Error> {
    let path = file.path().to_string_lossy();
    sqlx::query("attach ? as file").bind(&*path).execute(&mut *copy).await?;
    file.check_opened()?;
    sqlx::query("begin").execute(&mut *copy).await?;
    sqlx::query(
        "insert into main.sessions (session, session_id, created_at, last_activity, seq, revision,
                                    node_count, root_count, steps, generation)
         select session, session_id, created_at, last_activity, seq, revision, node_count,
                root_count, steps, generation
         from file.sessions where session_id = ?",
    )
    .bind(request.session_id)
    .execute(&mut *copy)
    .await?;
    sqlx::query(
        "insert into main.nodes
         select n.* from main.sessions as s
         join file.nodes as n on n.session = s.session and n.generation = s.generation",
    )
    .execute(&mut *copy)
    .await?;
    sqlx::query(
        "insert into main.history (session, step, command_id, command_type, client_id, at, seq,
                                   revision, state, undo_scope, undo_seq, remapped_at, changes)
         select h.session, h.step, h.command_id, h.command_type, h.client_id, h.at, h.seq,
                h.revision, h.state, h.undo_scope, h.undo_seq, h.remapped_at, '[]'
         from main.sessions as s join file.history as h on h.session = s.session",
    )
    .execute(&mut *copy)
    .await?;
    sqlx::query(
        "insert into main.position_remaps
         select r.* from main.sessions as s
         join file.position_remaps as r on r.session = s.session",
    )
    .execute(&mut *copy)
    .await?;
    if let Some(idempotency) = &request.idempotency {
        sqlx::query(
            "insert into main.idempotency_keys
             select k.* from main.sessions as s
             join file.idempotency_keys as k on k.session = s.session and k.key = ?",
        )
        .bind(idempotency.key())
        .execute(&mut *copy)
        .await?;
    }
    let step = step_of_the_past(copy, request).await?;
    sqlx::query(
        "update main.history
         set changes = (select h.changes from file.history_full as h
                        where h.session = history.session and h.step = history.step)
         where step = ?",
    )
    .bind(step)
    .execute(&mut *copy)
    .await?;
    sqlx::query("commit").execute(&mut *copy).await?;
    sqlx::query("detach file").execute(&mut *copy).await?;
    Ok(step)
}

/// Which step the change takes back or does again, if any.
async fn step_of_the_past(
    copy: &mut SqliteConnection,
    request: &ContentRequest,
) -> Result<Option<i64>, Error> {
    let session = sqlx::query_scalar!(
        r#"select session as "session!" from sessions where session_id = ?"#,
        request.session_id
    )
    .fetch_optional(&mut *copy)
    .await?;
    let Some(session) = session else { return Ok(None) };
    let found = request.step_of_the_past(copy, session).await?;
    Ok(found.map(|found| found.step))
}
