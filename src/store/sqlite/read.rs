//! What callers read without the engine: sessions, lists, graphs, histories, events.

pub(in crate::store) mod clients;
pub(in crate::store) mod events;
pub(in crate::store) mod graph;
pub(in crate::store) mod history;
pub(in crate::store) mod listing;
mod missed_events;
mod sessions;
pub(in crate::store) mod snapshot;
