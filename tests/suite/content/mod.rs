//! The tree of nodes: commands, graphs, order among siblings, limits and retries.

mod commands;
mod concurrent_writers;
mod free_json;
mod graph;
mod idempotency;
mod limits;
mod ordering;
mod property;
mod staged;
mod streamed_graph;
mod with_graph;
