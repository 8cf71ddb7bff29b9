//! Whether a change is staged: whether others would have to wait too long for it in one transaction.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;

use crate::engine::head::Head;
use crate::engine::request::{Action, ContentRequest};
use crate::engine::storage::{Tree, UndoStep};
use crate::error::Error;
use crate::model::limits::check_node_count;
use crate::model::{NodeChange, NodeId};
use crate::store::handle::Store;
use crate::store::sqlite::rows::{heads, undo_steps};
use crate::store::sqlite::transaction::json;

/// About the bytes that a node takes in the changes of a step.
const STEP_BYTES_PER_NODE: i64 = 200;
/// Bytes of properties that are read and written in about the time that a node takes without any.
const BYTES_PER_WEIGHT: i64 = 256;
/// How much heavier than its input a session may be that is copied for the input alone. Else a client that
/// fills a session by batches would copy it again with each.
const MAX_COPIED_PER_INPUT: i64 = 10;
/// A change that names so few nodes is not staged for the properties that they have.
const MAX_FEW_NODES: usize = 4;
/// A step that names so few nodes has no more bytes than this, or these alone decide.
const MAX_FEW_NODES_BYTES: usize = 400;

impl Store {
    /// Whether the change is to be staged. The content may have become another by the time the change is
    /// done: then the change is only slower.
    pub(in crate::store) async fn needs_staging(
        &self,
        request: &ContentRequest,
    ) -> Result<bool, Error> {
        let max = self.limits.content.staging_threshold;
        let input = request.size as i64 / BYTES_PER_WEIGHT;
        if let Action::Execute(command) = &request.action
            && command.deleted_roots().is_empty()
            && command.nodes().len() <= MAX_FEW_NODES
            && input <= max
        {
            return Ok(false);
        }
        let mut reader = self.database.readers.acquire().await?;
        let Some(head) = heads::find(&mut reader, request.session_id).await? else {
            return Ok(false);
        };
        let tree = head.tree();
        let step = match &request.action {
            Action::Execute(command) => {
                let deleted_roots = command.deleted_roots();
                let below = weight_below(&mut reader, tree, &deleted_roots, max + 1).await?;
                let weight = below + weight_of(&mut reader, tree, command.nodes()).await?;
                if weight > max || weight + input <= max {
                    return Ok(weight > max);
                }
                // For its input alone it is staged where that takes no much longer than the change.
                let max_copied = input * MAX_COPIED_PER_INPUT;
                return Ok(head.node_count <= max_copied
                    && weight_of_all(&mut reader, &head).await? <= max_copied);
            }
            Action::Replace(roots, _) => {
                let new: usize = roots.iter().map(Vec::len).sum();
                check_node_count(new as i64, &self.limits.content)?;
                let written = new as i64 + input;
                return Ok(head.node_count + new as i64 > max
                    || weight_of_all(&mut reader, &head).await? + written > max);
            }
            Action::Undo(_) | Action::Redo(_) => {
                undo_steps::taken_by(&mut reader, head.key, request).await?
            }
        };
        let Some(UndoStep { changes, .. }) = step else { return Ok(false) };
        let written = changes.len() as i64 / STEP_BYTES_PER_NODE;
        if changes.len() <= MAX_FEW_NODES_BYTES || written > max {
            return Ok(written > max);
        }
        // Changes that can't be read are refused with their reason when the step is undone.
        let changes: Vec<NodeChange> = serde_json::from_str(&changes).unwrap_or_default();
        let named = changes.iter().flat_map(NodeChange::nodes);
        Ok(written + weight_of(&mut reader, tree, named).await? > max)
    }
}

/// The weight of these nodes and all their descendants, or more than `max`.
async fn weight_below(
    reader: &mut SqliteConnection,
    tree: Tree,
    node_ids: &[NodeId],
    max: i64,
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
        max
    )
    .fetch_one(reader)
    .await?;
    Ok(found.nodes + found.bytes / BYTES_PER_WEIGHT)
}

/// The weight of all nodes.
async fn weight_of_all(reader: &mut SqliteConnection, head: &Head) -> Result<i64, Error> {
    let tree = head.tree();
    let bytes = sqlx::query_scalar!(
        r#"select coalesce(sum(octet_length(properties)), 0) as "bytes!: i64"
           from nodes where session = ? and generation = ?"#,
        tree.session,
        tree.generation
    )
    .fetch_one(reader)
    .await?;
    Ok(head.node_count + bytes / BYTES_PER_WEIGHT)
}

/// The weight of the properties of these nodes and of their parents, since a node is read with its
/// parent.
async fn weight_of(
    reader: &mut SqliteConnection,
    tree: Tree,
    node_ids: impl IntoIterator<Item = NodeId>,
) -> Result<i64, Error> {
    let node_ids: BTreeSet<NodeId> = node_ids.into_iter().collect();
    if node_ids.len() <= MAX_FEW_NODES {
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
    Ok(bytes / BYTES_PER_WEIGHT)
}
