//! Rows of siblings: where each of them stands. They are looked at once, however many are put between
//! them, unless they are very many.

use std::collections::{BTreeSet, HashMap};

use super::{Content, Parent, keys_json};
use crate::error::Error;
use crate::model::OrderKey;
use crate::store::Transaction;
use crate::store::transaction::read_json;

/// The places of siblings, in order; None where they are too many.
#[derive(Default)]
pub(super) struct Rows(HashMap<Parent, Option<Row>>);

/// The places of siblings, in order.
pub(in crate::store) struct Row(Vec<OrderKey>);

impl Rows {
    /// A node has come.
    pub fn arrive(&mut self, parent: Parent, position: &OrderKey) {
        if let Some(Some(Row(places))) = self.0.get_mut(&parent) {
            places.insert(places.partition_point(|place| place < position), position.clone());
        }
    }

    /// A node has gone.
    pub fn depart(&mut self, parent: Parent, position: &OrderKey) {
        if let Some(Some(Row(places))) = self.0.get_mut(&parent)
            && let Ok(at) = places.binary_search(position)
        {
            places.remove(at);
        }
    }

    /// A parent has gone, with all below it.
    pub fn remove(&mut self, parent: Parent) {
        self.0.remove(&parent);
    }
}

impl Row {
    /// The positions on both sides of the place `index`, without the one that moves.
    pub fn neighbours(
        &self,
        index: i64,
        moving: Option<&OrderKey>,
    ) -> (Option<OrderKey>, Option<OrderKey>) {
        let Ok(index) = usize::try_from(index) else { return (None, None) };
        let gap = moving.and_then(|moving| self.0.binary_search(moving).ok());
        let at = |index: usize| {
            let behind_the_gap = gap.is_some_and(|gap| index >= gap);
            self.0.get(index + usize::from(behind_the_gap)).cloned()
        };
        (index.checked_sub(1).and_then(at), at(index))
    }

    /// How many stand before a position, and whether one stands right at it, without the one that
    /// moves.
    pub fn rank(&self, position: &OrderKey, moving: Option<&OrderKey>) -> (i64, bool) {
        let before = self.0.partition_point(|place| place < position);
        let taken = self.0.get(before) == Some(position) && moving != Some(position);
        let moves = moving.is_some_and(|moving| moving < position);
        (before as i64 - i64::from(moves), taken)
    }
}

impl Content {
    /// Reads the rows below these parents, in one statement.
    pub async fn load_rows(
        &mut self,
        transaction: &mut Transaction<'_>,
        parents: impl IntoIterator<Item = Parent>,
    ) -> Result<(), Error> {
        let unread: BTreeSet<Parent> =
            parents.into_iter().filter(|parent| !self.rows.0.contains_key(parent)).collect();
        let most = transaction.limits().capacities.cached_siblings as i64;
        let (too_long, parents): (Vec<Parent>, Vec<Parent>) =
            unread.into_iter().partition(|parent| self.has_more(*parent, most));
        self.rows.0.extend(too_long.into_iter().map(|parent| (parent, None)));
        if parents.is_empty() {
            return Ok(());
        }
        self.write(transaction)?;
        let wanted = keys_json(&parents)?;
        let too_many = most + 1;
        let told = sqlx::query_scalar!(
            r#"select json_group_array(
                          json((select iif(count(*) > ?2, null, json_group_array(position order by position))
                           from (select position from nodes
                                 where session = w.value ->> 0 and generation = w.value ->> 1
                                   and parent_id is w.value ->> 2
                                 order by position limit ?3)))
                          order by w.key) as "told!: String"
               from json_each(?1) as w"#,
            wanted,
            most,
            too_many
        )
        .fetch_one(transaction.connection().await?)
        .await?;
        // Where one can't be read, whoever needs it meets that alone.
        let rows: Vec<Option<Vec<OrderKey>>> =
            read_json(&told).unwrap_or_else(|_| vec![None; parents.len()]);
        self.rows.0.extend(parents.into_iter().zip(rows.into_iter().map(|row| row.map(Row))));
        Ok(())
    }

    /// Whether more than `most` stand below a parent, as far as that is known.
    fn has_more(&self, (tree, parent_id): Parent, most: i64) -> bool {
        let parent = parent_id.and_then(|parent_id| self.known((tree, parent_id)));
        parent.is_some_and(|parent| parent.child_count > most)
    }

    /// The row below a parent, unless it is too long.
    pub async fn row(
        &mut self,
        transaction: &mut Transaction<'_>,
        parent: Parent,
    ) -> Result<Option<&Row>, Error> {
        self.load_rows(transaction, [parent]).await?;
        Ok(self.rows.0.get(&parent).and_then(Option::as_ref))
    }
}
