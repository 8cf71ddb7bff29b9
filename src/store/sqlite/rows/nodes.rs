//! The rows of `nodes`.

use futures_util::{Stream, StreamExt, TryStreamExt};
use sqlx::SqliteConnection;

use super::node_columns::NodeColumns;
use crate::engine::storage::{NodeKey, ReadNode, Tree};
use crate::error::Error;
use crate::model::{Node, NodeId, OrderKey};
use crate::store::sqlite::columns::{Object, Unchecked};
use crate::store::sqlite::statement_batch::{StatementBatch, queue};
use crate::store::sqlite::transaction::json;

/// Nodes, or parents, as a statement for many of them reads them: `[[session, generation, node_id], …]`.
pub(super) fn keys_json<Id: serde::Serialize>(keys: &[(Tree, Id)]) -> Result<String, Error> {
    json(&keys.iter().map(|(tree, id)| (tree.session, tree.generation, id)).collect::<Vec<_>>())
}

/// Those of the nodes that exist, and their parents.
pub async fn with_parents(
    connection: &mut SqliteConnection,
    keys: &[NodeKey],
) -> Result<Vec<ReadNode>, Error> {
    let keys = keys_json(keys)?;
    let rows = sqlx::query_as!(
        NodeColumns,
        r#"with named (session, generation, node_id) as (
               select value ->> 0, value ->> 1, value ->> 2 from json_each(?)
           ),
           wanted (session, generation, node_id) as (
               select * from named
               union
               select n.session, n.generation, n.parent_id
               from named cross join nodes as n using (session, generation, node_id)
           )
           select n.session as "session!", n.generation as "generation!",
                  n.node_id as "node_id!: Unchecked<NodeId>",
                  n.parent_id as "parent_id: Unchecked<NodeId>",
                  n.position as "position!: Unchecked<OrderKey>",
                  n.blueprint_type_id as "blueprint_type_id!: Unchecked<String>",
                  n.name as "name!: Unchecked<String>",
                  n.properties as "properties!: Unchecked<Object>",
                  n.child_count as "child_count!"
           from wanted cross join nodes as n using (session, generation, node_id)"#,
        keys
    )
    .fetch_all(connection)
    .await?;
    // Nobody asks for a node whose id can't be read.
    let named = rows.into_iter().filter_map(|row| row.key().map(|key| (key, row)));
    Ok(named.map(|(key, row)| (key, row.into_stored())).collect())
}

/// Those of the nodes that exist and all their ancestors, each with its parent.
pub async fn ancestors(
    connection: &mut SqliteConnection,
    keys: &[NodeKey],
) -> Result<Vec<(NodeKey, Option<NodeId>)>, Error> {
    let keys = keys_json(keys)?;
    let rows = sqlx::query!(
        r#"with recursive above (session, generation, node_id, parent_id) as (
               select n.session, n.generation, n.node_id, n.parent_id
               from json_each(?) as start
               cross join nodes as n
                 on n.session = start.value ->> 0 and n.generation = start.value ->> 1
                    and n.node_id = start.value ->> 2
               union
               select n.session, n.generation, n.node_id, n.parent_id
               from above as a
               cross join nodes as n
                 on n.session = a.session and n.generation = a.generation
                    and n.node_id = a.parent_id
           )
           select session as "session!: i64", generation as "generation!: i64",
                  node_id as "node_id!: Unchecked<NodeId>",
                  parent_id as "parent_id: Unchecked<NodeId>"
           from above"#,
        keys
    )
    .fetch_all(connection)
    .await?;
    let readable = rows.into_iter().filter_map(|row| {
        let tree = Tree { session: row.session, generation: row.generation };
        let parent_id = row.parent_id.and_then(|parent_id| parent_id.0.ok());
        Some(((tree, row.node_id.0.ok()?), parent_id))
    });
    Ok(readable.collect())
}

/// A node and all its descendants.
pub async fn subtree(
    connection: &mut SqliteConnection,
    (tree, node_id): NodeKey,
) -> Result<Vec<Node>, Error> {
    // The cross joins keep SQLite from reading the whole session once for each node. Rows that were
    // changed manually may form a cycle, so the union takes none twice.
    let rows = sqlx::query_as!(
        NodeColumns,
        r#"with recursive below (node_id) as (
               select ?3
               union
               select n.node_id
               from below as b
               cross join nodes as n
                 on n.session = ?1 and n.generation = ?2 and n.parent_id = b.node_id
           )
           select n.session as "session!", n.generation as "generation!",
                  n.node_id as "node_id!: Unchecked<NodeId>",
                  n.parent_id as "parent_id: Unchecked<NodeId>",
                  n.position as "position!: Unchecked<OrderKey>",
                  n.blueprint_type_id as "blueprint_type_id!: Unchecked<String>",
                  n.name as "name!: Unchecked<String>",
                  n.properties as "properties!: Unchecked<Object>",
                  n.child_count as "child_count!"
           from below as b
           cross join nodes as n
             on n.session = ?1 and n.generation = ?2 and n.node_id = b.node_id"#,
        tree.session,
        tree.generation,
        node_id
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.into_stored().map(|stored| stored.node)).collect()
}

/// The levels of a subtree, a leaf having 1, and over how many nodes was walked for that.
pub async fn height(
    connection: &mut SqliteConnection,
    (tree, node_id): NodeKey,
    max_levels: usize,
    max_nodes: Option<i64>,
) -> Result<(usize, i64), Error> {
    let max_levels = i64::try_from(max_levels).unwrap_or(i64::MAX);
    // To SQLite a negative limit is none.
    let max_nodes = max_nodes.map_or(-1, |max_nodes| max_nodes + 1);
    let found = sqlx::query!(
        r#"with recursive below (node_id, level) as (
               select ?3, 1
               union all
               select n.node_id, b.level + 1
               from below as b
               cross join nodes as n
                 on n.session = ?1 and n.generation = ?2 and n.parent_id = b.node_id
               where b.level <= ?4
               limit ?5
           )
           select max(level) as "levels!: i64", count(*) as "nodes!: i64" from below"#,
        tree.session,
        tree.generation,
        node_id,
        max_levels,
        max_nodes
    )
    .fetch_one(connection)
    .await?;
    let levels = usize::try_from(found.levels).map_err(|cause| Error::internal(cause.into()))?;
    Ok((levels, found.nodes))
}

/// The roots of a tree, in order.
pub async fn roots(connection: &mut SqliteConnection, tree: Tree) -> Result<Vec<NodeId>, Error> {
    let roots = sqlx::query_scalar!(
        r#"select node_id as "node_id!: NodeId" from nodes
           where session = ? and generation = ? and parent_id is null order by position"#,
        tree.session,
        tree.generation
    )
    .fetch_all(connection)
    .await?;
    Ok(roots)
}

/// All nodes of a tree, sorted by their parents, and siblings in order; None if their names and properties
/// have more than `max_bytes`.
pub async fn all(
    connection: &mut SqliteConnection,
    tree: Tree,
    max_bytes: usize,
) -> Result<Option<Vec<Node>>, Error> {
    // The size of a text is known without reading it.
    let bytes = sqlx::query_scalar!(
        r#"select coalesce(sum(octet_length(name) + octet_length(properties)), 0) as "bytes!: i64"
           from nodes where session = ? and generation = ?"#,
        tree.session,
        tree.generation
    )
    .fetch_one(&mut *connection)
    .await?;
    if usize::try_from(bytes).is_ok_and(|bytes| bytes > max_bytes) {
        return Ok(None);
    }
    stream(connection, tree).try_collect().await.map(Some)
}

/// All nodes of a tree, sorted by their parents, and siblings in order, one after the other.
pub fn stream(
    connection: &mut SqliteConnection,
    tree: Tree,
) -> impl Stream<Item = Result<Node, Error>> + '_ {
    let rows = sqlx::query_as!(
        NodeColumns,
        r#"select session, generation,
                  node_id as "node_id!: Unchecked<NodeId>",
                  parent_id as "parent_id: Unchecked<NodeId>",
                  position as "position!: Unchecked<OrderKey>",
                  blueprint_type_id as "blueprint_type_id!: Unchecked<String>",
                  name as "name!: Unchecked<String>",
                  properties as "properties!: Unchecked<Object>",
                  child_count
           from nodes where session = ? and generation = ? order by parent_id, position"#,
        tree.session,
        tree.generation
    )
    .fetch(connection);
    rows.map(|row| row?.into_stored().map(|stored| stored.node))
}

/// Deletes nodes.
pub fn delete(batch: &mut StatementBatch, keys: &[NodeKey]) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    queue!(
        batch,
        "delete from nodes where (session, generation, node_id) in
             (select value ->> 0, value ->> 1, value ->> 2 from jsonb_each(?))",
        &keys_json(keys)?
    )
}

/// Inserts nodes, and updates those that exist.
pub fn upsert(batch: &mut StatementBatch, nodes: &[(Tree, &Node)]) -> Result<(), Error> {
    if nodes.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(nodes.len());
    for (tree, node) in nodes {
        let Node { node_id, parent_id, position, blueprint_type_id, name, properties } = node;
        let (session, generation) = (tree.session, tree.generation);
        rows.push((
            session,
            generation,
            node_id,
            parent_id,
            position,
            blueprint_type_id,
            name,
            properties,
        ));
    }
    queue!(
        batch,
        "insert into nodes (session, generation, node_id, parent_id, position,
                            blueprint_type_id, name, properties)
         select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
                value ->> 5, value ->> 6, value -> 7
         from jsonb_each(?) where true
         on conflict (session, generation, node_id) do update
         set parent_id = excluded.parent_id, position = excluded.position,
             blueprint_type_id = excluded.blueprint_type_id,
             name = excluded.name, properties = excluded.properties",
        &json(&rows)?
    )
}
