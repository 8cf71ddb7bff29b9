//! What the transaction has changed, in few statements.

use super::{Content, Key, Stored, keys_json};
use crate::error::Error;
use crate::store::script::later;
use crate::store::{Transaction, json};

/// Deletes nodes, in one statement.
pub(in crate::store) fn delete(
    transaction: &mut Transaction<'_>,
    keys: impl IntoIterator<Item = Key>,
) -> Result<(), Error> {
    let keys: Vec<Key> = keys.into_iter().collect();
    if keys.is_empty() {
        return Ok(());
    }
    later!(
        transaction,
        "delete from nodes where (session, generation, node_id) in
             (select value ->> 0, value ->> 1, value ->> 2 from jsonb_each(?))",
        &keys_json(&keys)?
    )
}

impl Content {
    /// Writes what has changed, in two statements at most; the counts follow by trigger.
    pub fn write(&mut self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let gone = self.unwritten.iter().copied().filter(|key| self.known(*key).is_none());
        delete(transaction, gone)?;
        let mut rows = Vec::with_capacity(self.unwritten.len());
        for key in &self.unwritten {
            let Some(Stored { node, .. }) = self.known(*key) else { continue };
            let (tree, node_id) = key;
            rows.push((
                tree.session,
                tree.generation,
                node_id,
                &node.parent_id,
                &node.position,
                &node.blueprint_type_id,
                &node.name,
                &node.properties,
            ));
        }
        if !rows.is_empty() {
            later!(
                transaction,
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
            )?;
        }
        self.unwritten.clear();
        Ok(())
    }
}
