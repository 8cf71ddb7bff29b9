//! The rows of each table, as the engine reads and writes them.

pub(in crate::store) mod answers;
pub(in crate::store) mod clients;
pub(in crate::store) mod events;
pub(in crate::store) mod heads;
pub(in crate::store) mod history;
pub(in crate::store) mod node_columns;
pub(in crate::store) mod nodes;
pub(in crate::store) mod positions;
pub(in crate::store) mod remaps;
pub(in crate::store) mod sessions;
pub(in crate::store) mod tokens;
pub(in crate::store) mod tombstones;
pub(in crate::store) mod undo_steps;
