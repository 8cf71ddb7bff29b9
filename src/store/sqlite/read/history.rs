//! A session's history as a list.

use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::model::{CommandId, SessionId, Timestamp};
use crate::store::handle::Store;
use crate::store::sqlite::rows::sessions;

/// One command in the list of a session's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryItem {
    /// The id of the command, as `command-executed` had it.
    pub command_id: CommandId,
    /// The name of the command, such as `CreateNode`; `ReplaceGraph` for a replaced graph.
    pub command_type: String,
    /// Who sent the command; null if a caller of REST did not say.
    pub client_id: Option<String>,
    /// When the command was executed.
    pub timestamp: Timestamp,
    /// The number of its `command-executed` event.
    pub seq: i64,
    /// The revision of the content after the command.
    pub revision: i64,
    /// Whether the command was undone.
    pub undone: bool,
    /// Whether a redo can bring it back. A command that was undone before a newer one was executed can't.
    pub redoable: bool,
}

/// Some of a session's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryPage {
    /// The commands of the page, oldest first.
    pub commands: Vec<HistoryItem>,
    /// The number of older commands, which are no longer kept and can't be undone.
    pub forgotten: i64,
    /// The maximum number of commands that a session keeps: the setting `--history-limit`.
    pub history_limit: i64,
    /// The `since` of the next page; null on the last page.
    pub next_since: Option<i64>,
}

impl Store {
    /// At most `limit` commands with a `seq` above `since`. They are bound in number alone: each takes
    /// some hundred bytes, without its changes.
    pub async fn history(
        &self,
        session_id: SessionId,
        since: i64,
        limit: i64,
    ) -> Result<HistoryPage, Error> {
        let mut reader = self.database.bulk_readers.begin().await?;
        let session = sessions::key(&mut reader, session_id).await?;
        let one_more = limit + 1;
        let mut commands = sqlx::query_as!(
            HistoryItem,
            r#"select command_id as "command_id: CommandId", command_type, client_id,
                      at as "timestamp: Timestamp", seq, revision,
                      state <> 'applied' as "undone!: bool", state = 'undone' as "redoable!: bool"
               from history where session = ? and seq > ? order by step limit ?"#,
            session,
            since,
            one_more
        )
        .fetch_all(&mut *reader)
        .await?;
        let limit = usize::try_from(limit).unwrap_or_default();
        let is_more = commands.len() > limit;
        commands.truncate(limit);
        let next_since = commands.last().map(|last| last.seq).filter(|_| is_more);
        let forgotten = sqlx::query_scalar!(
            r#"select coalesce((select min(step) from history where session = s.session) - 1,
                               s.steps) as "forgotten!: i64"
               from sessions as s where session = ?"#,
            session
        )
        .fetch_one(&mut *reader)
        .await?;
        let history_limit = self.limits.content.history;
        Ok(HistoryPage { commands, forgotten, history_limit, next_since })
    }
}
