//! Reading a session's tree: a small one at once, a large one part by part from the file.

use std::time::Duration;

use futures_util::TryStreamExt;
use serde_json::value::RawValue;
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::error::Error;
use crate::model::{NodeId, SessionId};
use crate::store::handle::{Store, run_blocking};
use crate::store::sqlite::rows::sessions;
use crate::store::sqlite::transaction::json;

/// The most nodes and bytes of a graph that is read at once.
const MAX_SMALL_NODES: i64 = 1_000;
const MAX_SMALL_BYTES: usize = 1024 * 1024;
/// Properties that are longer are not read along when a graph may be small: SQLite's thread is many
/// rows ahead of who reads them.
const MAX_SMALL_PROPERTIES: i64 = 4 * 1024;
/// How long a caller waits for one of them before it gets an error and may retry.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The most nodes and bytes that are read of a large graph at a time.
const CHUNK_NODES: usize = 256;
const CHUNK_BYTES: usize = 256 * 1024;

/// What a content is like, as of one moment.
#[derive(Debug, Clone, Copy)]
pub struct GraphHead {
    /// The number of the session's last event.
    pub seq: i64,
    /// The content's revision.
    pub revision: i64,
    session: i64,
    generation: i64,
    node_count: i64,
}

/// A session's whole content, as of one moment.
pub enum Graph {
    /// The caller has it already; its revision.
    Known(i64),
    /// All nodes: siblings stand together, in order, those of a parent anywhere.
    Small(GraphHead, Vec<NodeRow>),
    /// More than that: to be read in chunks.
    Large(GraphReader),
}

/// Where a node stands in a graph.
#[derive(Debug, Clone, Copy)]
pub struct Placed {
    /// The node.
    pub node_id: NodeId,
    /// The parent; None for a root.
    pub parent_id: Option<NodeId>,
    /// Where its text is.
    pub text: NodeText,
}

/// Which row of the file has the text of a node.
#[derive(Debug, Clone, Copy)]
pub struct NodeText {
    row: i64,
    /// About how many bytes.
    size: u32,
}

/// A node as it is read, its properties as they stand in the file.
#[derive(Debug)]
pub struct NodeRow {
    /// Unique within the session.
    pub node_id: NodeId,
    /// The parent; None for a root.
    pub parent_id: Option<NodeId>,
    /// The type of the node, as the application defines it.
    pub blueprint_type_id: String,
    /// The name that people see.
    pub name: String,
    /// A JSON object.
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
            properties: raw($row.properties)?,
        }
    };
}

impl Store {
    /// One node.
    pub async fn node(&self, session_id: SessionId, node_id: NodeId) -> Result<NodeRow, Error> {
        let mut reader = self.database.readers.begin().await?;
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

    /// The whole content, unless `is_known` says of its revision that the caller has it.
    pub async fn graph(
        &self,
        session_id: SessionId,
        is_known: impl Fn(i64) -> Result<bool, Error> + Send + 'static,
    ) -> Result<Graph, Error> {
        let store = self.clone();
        run_blocking(move || async move {
            if let Some(graph) = store.small_graph(session_id, &is_known).await? {
                return Ok(graph);
            }
            store.large_graph(session_id, &is_known).await
        })
        .await
    }

    /// None where it may be large.
    async fn small_graph(
        &self,
        session_id: SessionId,
        is_known: &impl Fn(i64) -> Result<bool, Error>,
    ) -> Result<Option<Graph>, Error> {
        let mut reader = self.database.bulk_readers.begin().await?;
        let head = head(&mut reader, session_id).await?;
        if is_known(head.revision)? {
            return Ok(Some(Graph::Known(head.revision)));
        }
        if head.node_count > MAX_SMALL_NODES {
            return Ok(None);
        }
        let mut rows = sqlx::query!(
            r#"select node_id as "node_id: NodeId", parent_id as "parent_id: NodeId",
                      blueprint_type_id, name,
                      iif(octet_length(properties) <= ?3, properties, null) as "properties?: String"
               from nodes where session = ?1 and generation = ?2 order by parent_id, position"#,
            head.session,
            head.generation,
            MAX_SMALL_PROPERTIES
        )
        .fetch(&mut *reader);
        let mut nodes = Vec::with_capacity(usize::try_from(head.node_count).unwrap_or_default());
        let mut bytes = 0;
        while let Some(row) = rows.try_next().await? {
            let Some(properties) = row.properties else { return Ok(None) };
            bytes += row.name.len() + row.blueprint_type_id.len() + properties.len();
            if bytes > MAX_SMALL_BYTES {
                return Ok(None);
            }
            nodes.push(NodeRow {
                node_id: row.node_id,
                parent_id: row.parent_id,
                blueprint_type_id: row.blueprint_type_id,
                name: row.name,
                properties: raw(properties)?,
            });
        }
        Ok(Some(Graph::Small(head, nodes)))
    }

    async fn large_graph(
        &self,
        session_id: SessionId,
        is_known: &impl Fn(i64) -> Result<bool, Error>,
    ) -> Result<Graph, Error> {
        let permit = timeout(READ_TIMEOUT, self.database.graph_reads.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = permit else {
            return Err(Error::Unavailable(
                "Other large graphs are being read; nothing was read. Try again.".to_owned(),
            ));
        };
        let mut transaction = self.database.bulk_readers.begin().await?;
        let head = head(&mut transaction, session_id).await?;
        if is_known(head.revision)? {
            return Ok(Graph::Known(head.revision));
        }
        Ok(Graph::Large(GraphReader { head, transaction, _permit: permit }))
    }
}

async fn head(reader: &mut SqliteConnection, session_id: SessionId) -> Result<GraphHead, Error> {
    let head = sqlx::query_as!(
        GraphHead,
        r#"select session as "session!", generation, seq, revision, node_count
           from sessions where session_id = ?"#,
        session_id
    )
    .fetch_optional(&mut *reader)
    .await?;
    match head {
        Some(head) => Ok(head),
        None => Err(sessions::missing(reader, session_id).await?),
    }
}

fn raw(properties: String) -> Result<Box<RawValue>, Error> {
    RawValue::from_string(properties).map_err(|cause| Error::internal(cause.into()))
}

/// A large content as of one moment, of which only the structure need be in memory.
///
/// While it lives the WAL can't be begun anew, so it must not wait long for anybody.
pub struct GraphReader {
    /// The moment as of which it reads.
    pub head: GraphHead,
    transaction: Transaction<'static, Sqlite>,
    _permit: OwnedSemaphorePermit,
}

impl GraphReader {
    /// Where every node stands: siblings together, in order, those of a parent anywhere.
    pub async fn structure(&mut self) -> Result<Vec<Placed>, Error> {
        let GraphHead { session, generation, node_count, .. } = self.head;
        let mut rows = sqlx::query!(
            r#"select rowid as "row!: i64", node_id as "node_id: NodeId",
                      parent_id as "parent_id: NodeId",
                      octet_length(name) + octet_length(blueprint_type_id)
                          + octet_length(properties) as "size!: u32"
               from nodes where session = ? and generation = ? order by parent_id, position"#,
            session,
            generation
        )
        .fetch(&mut *self.transaction);
        let mut nodes = Vec::with_capacity(usize::try_from(node_count).unwrap_or_default());
        while let Some(row) = rows.try_next().await? {
            let text = NodeText { row: row.row, size: row.size };
            nodes.push(Placed { node_id: row.node_id, parent_id: row.parent_id, text });
        }
        Ok(nodes)
    }

    /// The first of these nodes, in this order: as many as fit into a chunk, one at least.
    pub async fn read(
        &mut self,
        texts: impl Iterator<Item = NodeText>,
    ) -> Result<Vec<NodeRow>, Error> {
        let mut wanted = Vec::with_capacity(CHUNK_NODES);
        let mut bytes = 0;
        for NodeText { row, size } in texts.take(CHUNK_NODES) {
            bytes += size as usize;
            if bytes > CHUNK_BYTES && !wanted.is_empty() {
                break;
            }
            wanted.push(row);
        }
        let wanted = json(&wanted)?;
        let rows = sqlx::query!(
            r#"select node_id as "node_id: NodeId", parent_id as "parent_id: NodeId",
                      blueprint_type_id, name, properties
               from json_each(?) as wanted cross join nodes on nodes.rowid = wanted.value
               order by wanted.key"#,
            wanted
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        rows.into_iter().map(|row| Ok(node_row!(row))).collect()
    }
}
