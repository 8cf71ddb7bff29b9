//! A session as of one moment, for those who begin to follow it.

use std::sync::Arc;

use serde_json::value::RawValue;

use crate::error::Error;
use crate::model::SessionId;
use crate::model::graph::FlatGraph;
use crate::store::handle::{Store, run_blocking};
use crate::store::job::Joined;
use crate::store::sqlite::rows::clients::MAX_LISTED_CLIENTS;
use crate::store::sqlite::rows::{heads, nodes, sessions};

/// A session as of one moment.
#[derive(Debug)]
pub struct Snapshot {
    /// The number of clients that have joined.
    pub active_clients: i64,
    /// The number of the last event.
    pub seq: i64,
    /// The content's revision.
    pub revision: i64,
    /// At most 100 of the clients, as a JSON list of [`Client`](crate::model::Client).
    pub clients: Arc<RawValue>,
    /// The content, if it was asked for.
    pub graph: Option<FlatGraph>,
}

impl From<Joined> for Snapshot {
    /// The session as it was right after a join, without its content.
    fn from(joined: Joined) -> Self {
        let Joined { active_clients, seq, revision, clients } = joined;
        Self { active_clients, seq, revision, clients, graph: None }
    }
}

impl Store {
    /// The session as it is now; with its content if `graph_bytes` is given, which is the most bytes of
    /// names and properties that it may have.
    pub async fn snapshot(
        &self,
        session_id: SessionId,
        graph_bytes: Option<usize>,
    ) -> Result<Snapshot, Error> {
        let store = self.clone();
        run_blocking(move || async move { store.read_snapshot(session_id, graph_bytes).await })
            .await
    }

    async fn read_snapshot(
        &self,
        session_id: SessionId,
        graph_bytes: Option<usize>,
    ) -> Result<Snapshot, Error> {
        let mut reader = self.database.bulk_readers.begin().await?;
        let Some(head) = heads::find(&mut reader, session_id).await? else {
            return Err(sessions::missing(&mut reader, session_id).await?);
        };
        let clients = sqlx::query_scalar!(
            r#"select json_group_array(json_object(
                   'client_id', client_id, 'transport', transport, 'connected_at', connected_at,
                   'user', json(user), 'presence', null)) as "list!: String"
               from (select * from clients where session = ? order by client_id limit ?)"#,
            head.key,
            MAX_LISTED_CLIENTS
        )
        .fetch_one(&mut *reader)
        .await?;
        let graph = match graph_bytes {
            None => None,
            Some(max_bytes) => match nodes::all(&mut reader, head.tree(), max_bytes).await? {
                Some(nodes) => Some(FlatGraph::of(&nodes)?),
                None => Some(FlatGraph::TOO_LARGE),
            },
        };
        let clients =
            RawValue::from_string(clients).map_err(|cause| Error::internal(cause.into()))?;
        Ok(Snapshot {
            active_clients: head.active_clients,
            seq: head.seq,
            revision: head.revision,
            clients: clients.into(),
            graph,
        })
    }
}
