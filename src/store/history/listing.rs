//! A session's history as a list.

use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::session::{CommandId, SessionId, Timestamp};
use crate::store::{Store, sessions};

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
        let mut reader = self.bulk_readers.begin().await?;
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
        Ok(HistoryPage { commands, forgotten, history_limit: self.limits.content.history })
    }
}
