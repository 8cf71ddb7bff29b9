//! What a join, a command, an undo means: pure logic, without a database, a runtime or a clock.
//!
//! A [`Transaction`](transaction::Transaction) reads through the trait [`Storage`](storage::Storage) and
//! hands back one value, a [`Delta`](storage::Delta). The engine runs on SQLite, and on
//! [`MemoryStorage`](memory_storage::MemoryStorage) in tests and to simulate changes of very many nodes.

mod apply;
pub mod commands;
mod conflict;
mod editor;
pub mod event_encoding;
pub mod head;
pub mod history;
pub mod idempotency;
pub mod limits;
pub mod memory_storage;
mod ordering;
pub mod presence;
mod recording;
pub mod request;
pub mod storage;
pub mod transaction;
pub mod tree;
mod tree_cache;
mod undo_redo;
pub mod undo_scope;
