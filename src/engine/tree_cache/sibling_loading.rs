//! Loading the siblings below a parent.

use std::collections::BTreeSet;

use super::TreeCache;
use super::siblings::Siblings;
use crate::engine::storage::{ParentKey, Storage};
use crate::engine::transaction::Transaction;
use crate::error::Error;

impl TreeCache {
    /// Loads the siblings below these parents, unless they are too many.
    pub async fn load_siblings<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        parents: impl IntoIterator<Item = ParentKey>,
    ) -> Result<(), Error> {
        let unknown: BTreeSet<ParentKey> =
            parents.into_iter().filter(|key| !self.siblings.below.contains_key(key)).collect();
        let (too_many, unknown): (Vec<ParentKey>, Vec<ParentKey>) =
            unknown.into_iter().partition(|parent| self.has_too_many(*parent));
        self.siblings.below.extend(too_many.into_iter().map(|parent| (parent, None)));
        if unknown.is_empty() {
            return Ok(());
        }
        self.flush(transaction)?;
        let found = transaction.storage.sibling_positions(&unknown, self.siblings.max).await?;
        let found = found.into_iter().map(|keys| keys.map(Siblings));
        self.siblings.below.extend(unknown.into_iter().zip(found));
        Ok(())
    }

    /// Whether a parent has too many children, as far as that is known.
    fn has_too_many(&self, (tree, parent_id): ParentKey) -> bool {
        let parent = parent_id.and_then(|parent_id| self.cached((tree, parent_id)));
        parent.is_some_and(|parent| parent.child_count > self.siblings.max as i64)
    }

    /// The siblings below a parent, unless they are too many.
    pub async fn siblings<S: Storage>(
        &mut self,
        transaction: &mut Transaction<'_, S>,
        parent: ParentKey,
    ) -> Result<Option<&Siblings>, Error> {
        self.load_siblings(transaction, [parent]).await?;
        Ok(self.siblings.below.get(&parent).and_then(Option::as_ref))
    }
}
