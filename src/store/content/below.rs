//! What stands below a node, and the roots.

use std::collections::HashMap;

use sqlx::SqliteConnection;

use super::reading::NodeColumns;
use super::{Content, Key, Tree};
use crate::error::Error;
use crate::model::{Node, NodeId, OrderKey};
use crate::store::Transaction;
use crate::store::columns::{Object, Unchecked};

impl Content {
    /// A node with all below it, each behind its parent, siblings in order.
    pub async fn subtree(
        &mut self,
        transaction: &mut Transaction<'_>,
        tree: Tree,
        node_id: NodeId,
    ) -> Result<Vec<Node>, Error> {
        if let Some(leaf) = self.known((tree, node_id))
            && leaf.child_count == 0
        {
            return Ok(vec![leaf.node.clone()]);
        }
        self.write(transaction)?;
        // The cross joins keep SQLite from reading the whole session once for each node. Rows that
        // were changed by hand may go round in a circle, so none is taken twice.
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
        .fetch_all(transaction.connection().await?)
        .await?;
        let nodes = rows.into_iter().map(|row| row.into_stored().map(|stored| stored.node));
        Ok(in_order(node_id, nodes.collect::<Result<Vec<_>, _>>()?))
    }

    /// Levels of the subtree, a leaf's being 1, counted until there are more than `most`; the node
    /// must have been read.
    pub async fn height(
        &mut self,
        transaction: &mut Transaction<'_>,
        (tree, node_id): Key,
        most: usize,
    ) -> Result<usize, Error> {
        if self.known((tree, node_id)).is_some_and(|leaf| leaf.child_count == 0) {
            return Ok(1);
        }
        if let Some(levels) = self.walk.known_height((tree, node_id)) {
            return Ok(levels);
        }
        self.write(transaction)?;
        let nodes = self.walk.most();
        let file = transaction.connection().await?;
        let (levels, nodes) = height(file, (tree, node_id), most, nodes).await?;
        self.walk.over_nodes(nodes)?;
        Ok(levels)
    }

    /// The roots of a tree, in order.
    pub async fn roots(
        &mut self,
        transaction: &mut Transaction<'_>,
        tree: Tree,
    ) -> Result<Vec<NodeId>, Error> {
        self.write(transaction)?;
        let roots = sqlx::query_scalar!(
            r#"select node_id as "node_id!: NodeId" from nodes
               where session = ? and generation = ? and parent_id is null order by position"#,
            tree.session,
            tree.generation
        )
        .fetch_all(transaction.connection().await?)
        .await?;
        Ok(roots)
    }
}

/// Levels of a subtree, a leaf's being 1, and over how many nodes was walked; it ends when these are
/// more than `nodes`, or the levels more than `most`.
pub(in crate::store) async fn height(
    connection: &mut SqliteConnection,
    (tree, node_id): Key,
    most: usize,
    nodes: Option<i64>,
) -> Result<(usize, i64), Error> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    // To SQLite a negative limit is none.
    let nodes = nodes.map_or(-1, |nodes| nodes + 1);
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
        most,
        nodes
    )
    .fetch_one(connection)
    .await?;
    let levels = usize::try_from(found.levels).map_err(|cause| Error::internal(cause.into()))?;
    Ok((levels, found.nodes))
}

/// Puts a subtree into order without recursion, however deep it is.
fn in_order(topmost: NodeId, nodes: Vec<Node>) -> Vec<Node> {
    let mut children: HashMap<Option<NodeId>, Vec<Node>> = HashMap::new();
    let mut ordered = Vec::new();
    for node in nodes {
        if node.node_id == topmost {
            ordered.push(node);
        } else {
            children.entry(node.parent_id).or_default().push(node);
        }
    }
    for siblings in children.values_mut() {
        // The last comes first, as a stack wants it.
        siblings.sort_by(|one, other| other.position.cmp(&one.position));
    }
    let mut waiting = children.remove(&Some(topmost)).unwrap_or_default();
    while let Some(node) = waiting.pop() {
        if let Some(below) = children.remove(&Some(node.node_id)) {
            waiting.extend(below);
        }
        ordered.push(node);
    }
    ordered
}
