//! The model.

use std::collections::BTreeSet;

/// A session as the model has it.
#[derive(Default)]
pub struct Modelled {
    pub id: String,
    pub seq: i64,
    pub members: BTreeSet<usize>,
    pub pinned: bool,
    pub aged: bool,
    pub removed: bool,
}
