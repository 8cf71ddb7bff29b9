//! Reading a session's tree.

use serde_json::value::RawValue;

use super::{Store, off_the_runtime, sessions};
use crate::error::Error;
use crate::session::{NodeId, SessionId};

/// A session's whole content, as of one moment.
#[derive(Debug)]
pub struct Graph {
    /// Siblings stand together, in order, those of a parent anywhere.
    pub nodes: Vec<NodeRow>,
    pub seq: i64,
    pub revision: i64,
}

/// A node as it is read, its properties as they stand in the file.
#[derive(Debug)]
pub struct NodeRow {
    pub node_id: NodeId,
    pub parent_id: Option<NodeId>,
    pub blueprint_type_id: String,
    pub name: String,
    pub properties: Box<RawValue>,
}

/// A row of `nodes` as the macros read it.
macro_rules! node_row {
    ($row:expr) => {
        NodeRow {
            node_id: $row.node_id,
            parent_id: $row.parent_id,
            blueprint_type_id: $row.blueprint_type_id,
            name: $row.name,
            properties: RawValue::from_string($row.properties)
                .map_err(|cause| Error::internal(cause.into()))?,
        }
    };
}

impl Store {
    /// One node.
    pub async fn node(&self, session_id: SessionId, node_id: NodeId) -> Result<NodeRow, Error> {
        let mut reader = self.readers.begin().await?;
        let session = sessions::key(&mut reader, session_id).await?;
        let row = sqlx::query!(
            r#"select n.node_id as "node_id: NodeId", n.parent_id as "parent_id: NodeId",
                      n.blueprint_type_id, n.name, n.properties
               from sessions as s
               join nodes as n on n.session = s.session and n.generation = s.generation
               where s.session = ? and n.node_id = ?"#,
            session,
            node_id
        )
        .fetch_optional(&mut *reader)
        .await?;
        match row {
            Some(row) => Ok(node_row!(row)),
            None => Err(Error::NodeNotFound { at: String::new(), session_id, node_id }),
        }
    }

    /// The whole content. It is read before anything is sent, so that a slow receiver holds no
    /// reader.
    pub async fn graph(&self, session_id: SessionId) -> Result<Graph, Error> {
        let store = self.clone();
        off_the_runtime(move || async move { store.read_graph(session_id).await }).await
    }

    async fn read_graph(&self, session_id: SessionId) -> Result<Graph, Error> {
        let mut reader = self.bulk_readers.begin().await?;
        let head = sqlx::query!(
            r#"select session as "session!", generation, seq, revision
               from sessions where session_id = ?"#,
            session_id
        )
        .fetch_optional(&mut *reader)
        .await?;
        let Some(head) = head else {
            return Err(sessions::why_missing(&mut reader, session_id).await?);
        };
        let rows = sqlx::query!(
            r#"select node_id as "node_id: NodeId", parent_id as "parent_id: NodeId",
                      blueprint_type_id, name, properties
               from nodes where session = ? and generation = ? order by parent_id, position"#,
            head.session,
            head.generation
        )
        .fetch_all(&mut *reader)
        .await?;
        let nodes = rows.into_iter().map(|row| Ok(node_row!(row))).collect::<Result<_, Error>>()?;
        Ok(Graph { nodes, seq: head.seq, revision: head.revision })
    }
}
