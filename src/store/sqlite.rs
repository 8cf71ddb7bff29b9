//! SQLite: the only module that has SQL.

mod backup;
mod backup_mark;
#[cfg(debug_assertions)]
mod cache_check;
mod check;
mod checkpoints;
mod columns;
mod connection;
pub(super) mod database;
mod epoch;
mod failure;
mod file;
mod lifecycle;
mod lookups;
mod maintenance;
mod measurements;
mod pools;
mod query_file;
mod read;
mod restore;
mod rows;
mod staged;
mod statement_batch;
mod storage;
mod token_file;
mod tokens;
pub(super) mod transaction;
mod webhooks;
mod write_probe;

pub use backup::{Backup, Progress, back_up, record_backup};
#[cfg(debug_assertions)]
pub(super) use cache_check::check_cache;
pub use check::{CheckReport, Finding, check};
pub(super) use connection::WriteConnection;
pub(super) use database::Database;
pub use database::Synchronous;
pub(super) use file::DatabaseFile;
pub use lifecycle::{CreateSession, NoChange, PatchSession, RemoveSession, TouchSession, Touched};
pub use maintenance::cleanup::{CleanupStatus, KeepReason};
pub(super) use pools::READER_TIMEOUT;
pub use query_file::{Cell, QueryFile};
pub use read::events::{EventPage, PAGE_BYTES};
pub use read::graph::{Graph, GraphHead, GraphReader, NodeRow, Placed};
pub use read::history::{HistoryItem, HistoryPage};
pub use read::listing::{Cursor, Filter, Listing, Order, Page};
pub use read::snapshot::Snapshot;
pub use restore::{Restored, restore};
pub(super) use rows::clients::queue_lists;
pub use rows::sessions::Overview;
pub(super) use staged::stage_and_commit;
pub use token_file::TokenFile;
pub use tokens::{CreateToken, KeepJoinKey, RecordTokenUses, RevokeToken};
pub use transaction::Transaction;
pub(super) use transaction::{Committed, commit, read_json};
pub use webhooks::deliveries::{Delivery, DeliveryPage};
pub use webhooks::due::{Attempt, Due, RecordAttempts};
pub use webhooks::endpoints::{
    CreateEndpoint, DeleteEndpoint, NewSecret, PatchEndpoint, RotateSecret,
};
pub use webhooks::happenings::{Happening, Happenings};
pub use webhooks::queue_messages::{NewMessage, QueueMessages, QueueTest};
pub use webhooks::replays::RetryDelivery;
