//! The order keys of siblings. They are read once, however many nodes are inserted between them, unless
//! they are very many.

use std::collections::HashMap;

use crate::engine::storage::ParentKey;
use crate::model::OrderKey;

/// The siblings below some parents; None where they are too many.
pub(super) struct SiblingCache {
    pub below: HashMap<ParentKey, Option<Siblings>>,
    /// How many siblings are too many to be cached, less one.
    pub max: usize,
}

/// The order keys of siblings, sorted.
pub(in crate::engine) struct Siblings(pub Vec<OrderKey>);

impl SiblingCache {
    /// A cache of siblings that are at most `max`.
    pub fn new(max: usize) -> Self {
        Self { below: HashMap::new(), max }
    }

    /// A node has come.
    pub fn add(&mut self, parent: ParentKey, position: &OrderKey) {
        if let Some(Some(Siblings(keys))) = self.below.get_mut(&parent) {
            keys.insert(keys.partition_point(|key| key < position), position.clone());
        }
    }

    /// A node has gone.
    pub fn remove(&mut self, parent: ParentKey, position: &OrderKey) {
        if let Some(Some(Siblings(keys))) = self.below.get_mut(&parent)
            && let Ok(at) = keys.binary_search(position)
        {
            keys.remove(at);
        }
    }

    /// A parent has gone, with all below it.
    pub fn forget(&mut self, parent: ParentKey) {
        self.below.remove(&parent);
    }
}

impl Siblings {
    /// The order keys on both sides of an index, without the node that moves.
    pub fn neighbours(
        &self,
        index: i64,
        moving: Option<&OrderKey>,
    ) -> (Option<OrderKey>, Option<OrderKey>) {
        let Ok(index) = usize::try_from(index) else { return (None, None) };
        let gap = moving.and_then(|moving| self.0.binary_search(moving).ok());
        let at = |index: usize| {
            let is_behind_gap = gap.is_some_and(|gap| index >= gap);
            self.0.get(index + usize::from(is_behind_gap)).cloned()
        };
        (index.checked_sub(1).and_then(at), at(index))
    }

    /// How many stand before an order key, and whether one stands right at it, without the node that
    /// moves.
    pub fn rank(&self, position: &OrderKey, moving: Option<&OrderKey>) -> (i64, bool) {
        let before = self.0.partition_point(|key| key < position);
        let taken = self.0.get(before) == Some(position) && moving != Some(position);
        let moves = moving.is_some_and(|moving| moving < position);
        (before as i64 - i64::from(moves), taken)
    }
}
