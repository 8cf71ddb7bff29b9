//! What stands above a node: who asks wants to know where it is, not what it holds.

use std::collections::BTreeSet;

use super::{Content, Key, Tree, keys_json};
use crate::error::Error;
use crate::model::NodeId;
use crate::store::Transaction;
use crate::store::columns::Unchecked;

impl Content {
    /// The node and all above it, from below.
    pub async fn upwards(
        &mut self,
        transaction: &mut Transaction<'_>,
        tree: Tree,
        node_id: NodeId,
    ) -> Result<Vec<NodeId>, Error> {
        loop {
            match self.known_way((tree, node_id)) {
                Ok(way) => return Ok(way),
                Err(unread) => self.pass(transaction, [unread]).await?,
            }
        }
    }

    /// Reads in one statement where all of these stand, as far as it is not known.
    pub async fn load_above(
        &mut self,
        transaction: &mut Transaction<'_>,
        nodes: impl IntoIterator<Item = Key>,
    ) -> Result<(), Error> {
        let unread: BTreeSet<Key> =
            nodes.into_iter().filter_map(|key| self.known_way(key).err()).collect();
        self.pass(transaction, unread).await
    }

    /// The way up from a node, or the first one on it that was not read.
    fn known_way(&self, (tree, node_id): Key) -> Result<Vec<NodeId>, Key> {
        let mut way = Vec::new();
        let mut next = Some(node_id);
        // Rows that were changed by hand may go round in a circle.
        let most = self.nodes.len() + self.passed.len();
        while let Some(node_id) = next
            && way.len() <= most
        {
            let key = (tree, node_id);
            next = match self.nodes.get(&key) {
                Some(Some(stored)) => stored.node.parent_id,
                Some(None) => break,
                None => *self.passed.get(&key).ok_or(key)?,
            };
            way.push(node_id);
        }
        Ok(way)
    }

    /// Reads where nodes stand that are passed on the way up from `start`.
    async fn pass(
        &mut self,
        transaction: &mut Transaction<'_>,
        start: impl IntoIterator<Item = Key>,
    ) -> Result<(), Error> {
        let start: Vec<Key> = start.into_iter().collect();
        if start.is_empty() {
            return Ok(());
        }
        let keys = keys_json(&start)?;
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
        .fetch_all(transaction.connection().await?)
        .await?;
        for row in rows {
            let tree = Tree { session: row.session, generation: row.generation };
            if let Ok(node_id) = row.node_id.0 {
                let parent_id = row.parent_id.and_then(|parent_id| parent_id.0.ok());
                self.passed.insert((tree, node_id), parent_id);
            }
        }
        for key in start {
            // One that names a parent which is not there, or none that can be read, ends its way.
            self.passed.entry(key).or_insert(None);
        }
        Ok(())
    }
}
