//! Whether a change is large.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;

use crate::error::Error;
use crate::model::limits::check_node_count;
use crate::model::{Command, NodeChange, NodeId, SessionId};
use crate::store::commands::{Action, ContentRequest};
use crate::store::{Store, json};

/// About the bytes that a node takes in the changes of a step.
const BYTES_OF_A_NODE: i64 = 200;
/// Bytes of properties that are read and written in about the time that a node takes without any.
const BYTES_LIKE_A_NODE: i64 = 256;
/// A change that names so few nodes is not large whatever properties they have.
const FEW_NODES: usize = 4;
/// Such a change of the past has no more bytes than this, or these alone tell whether it is large.
const BYTES_OF_FEW_NODES: usize = 400;

/// A tree as it is asked for its size.
#[derive(Clone, Copy)]
struct Measured {
    session: i64,
    generation: i64,
    node_count: i64,
}

impl Store {
    /// Whether others would have to wait for the change if it were done in one transaction. It may
    /// have become another by the time it is done: then it is only slower.
    pub(in crate::store) async fn is_large(&self, request: &ContentRequest) -> Result<bool, Error> {
        if let Action::Execute(command) = &request.action
            && names_few(command)
        {
            return Ok(false);
        }
        let most = self.limits.content.staging_threshold;
        let mut reader = self.readers.acquire().await?;
        let Some(tree) = measured(&mut reader, request.session_id).await? else {
            return Ok(false);
        };
        let weight = match &request.action {
            Action::Execute(command) => {
                let deleted_roots = command.deleted_roots();
                let below = weight_below(&mut reader, tree, &deleted_roots, most + 1).await?;
                below + weight_of(&mut reader, tree, command.nodes()).await?
            }
            Action::Replace(roots) => {
                let new: usize = roots.iter().map(Vec::len).sum();
                check_node_count(new as i64, &self.limits.content)?;
                let nodes = tree.node_count + new as i64;
                if nodes > most {
                    return Ok(true);
                }
                let bytes = request.size as i64 + bytes_of_all(&mut reader, tree).await?;
                nodes + bytes / BYTES_LIKE_A_NODE
            }
            Action::Undo(_) | Action::Redo(_) => {
                match request.step_of_the_past(&mut reader, tree.session).await? {
                    Some(found) if found.changes.len() > BYTES_OF_FEW_NODES => {
                        let written = found.changes.len() as i64 / BYTES_OF_A_NODE;
                        if written > most {
                            return Ok(true);
                        }
                        let changes = found.changes(&mut reader, tree.session).await?;
                        let named = changes.iter().flat_map(NodeChange::nodes);
                        written + weight_of(&mut reader, tree, named).await?
                    }
                    _ => 0,
                }
            }
        };
        Ok(weight > most)
    }
}

/// Whether the command takes nothing away with all below it, and names few nodes.
fn names_few(command: &Command) -> bool {
    match command {
        Command::DeleteNode(_) => false,
        Command::Batch(commands) => commands.len() <= FEW_NODES && commands.iter().all(names_few),
        _ => true,
    }
}

async fn measured(
    reader: &mut SqliteConnection,
    session_id: SessionId,
) -> Result<Option<Measured>, Error> {
    let tree = sqlx::query_as!(
        Measured,
        r#"select session as "session!", generation, node_count
           from sessions where session_id = ?"#,
        session_id
    )
    .fetch_optional(reader)
    .await?;
    Ok(tree)
}

/// What these nodes weigh with all below them, or more than `most`.
async fn weight_below(
    reader: &mut SqliteConnection,
    tree: Measured,
    node_ids: &[NodeId],
    most: i64,
) -> Result<i64, Error> {
    if node_ids.is_empty() {
        return Ok(0);
    }
    let node_ids = json(&node_ids)?;
    // The size of a text is known without reading it.
    let found = sqlx::query!(
        r#"with recursive below (node_id, size) as (
               select n.node_id, octet_length(n.properties)
               from json_each(?1) as named
               cross join nodes as n
                 on n.session = ?2 and n.generation = ?3 and n.node_id = named.value
               union
               select n.node_id, octet_length(n.properties)
               from below as b
               cross join nodes as n
                 on n.session = ?2 and n.generation = ?3 and n.parent_id = b.node_id
               limit ?4
           )
           select count(*) as "nodes!: i64", coalesce(sum(size), 0) as "bytes!: i64" from below"#,
        node_ids,
        tree.session,
        tree.generation,
        most
    )
    .fetch_one(reader)
    .await?;
    Ok(found.nodes + found.bytes / BYTES_LIKE_A_NODE)
}

/// The bytes of the properties of all nodes.
async fn bytes_of_all(reader: &mut SqliteConnection, tree: Measured) -> Result<i64, Error> {
    let bytes = sqlx::query_scalar!(
        r#"select coalesce(sum(octet_length(properties)), 0) as "bytes!: i64"
           from nodes where session = ? and generation = ?"#,
        tree.session,
        tree.generation
    )
    .fetch_one(reader)
    .await?;
    Ok(bytes)
}

/// What the properties of nodes weigh that are named, and those of their parents: with a node its
/// parent is read.
async fn weight_of(
    reader: &mut SqliteConnection,
    tree: Measured,
    node_ids: impl IntoIterator<Item = NodeId>,
) -> Result<i64, Error> {
    let node_ids: BTreeSet<NodeId> = node_ids.into_iter().collect();
    if node_ids.len() <= FEW_NODES {
        return Ok(0);
    }
    let node_ids = json(&node_ids)?;
    let bytes = sqlx::query_scalar!(
        r#"with read (node_id) as (
               select value from json_each(?1)
               union
               select n.parent_id
               from json_each(?1) as named
               cross join nodes as n
                 on n.session = ?2 and n.generation = ?3 and n.node_id = named.value
           )
           select coalesce(sum(octet_length(n.properties)), 0) as "bytes!: i64"
           from read cross join nodes as n
             on n.session = ?2 and n.generation = ?3 and n.node_id = read.node_id"#,
        node_ids,
        tree.session,
        tree.generation
    )
    .fetch_one(reader)
    .await?;
    Ok(bytes / BYTES_LIKE_A_NODE)
}
