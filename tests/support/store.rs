//! A store without a service, whose committed events are recorded.

use std::path::Path;
use std::sync::{Arc, Mutex};

use rollcall::clock::Clock;
use rollcall::engine::limits::{Capacities, Limits as StoreLimits};
use rollcall::model::{Event, SessionId};
use rollcall::store::{Publish, Store, Synchronous, WriterTask};
use rollcall::supervisor::Supervisor;
use tempfile::TempDir;

/// The events of each transaction, in order.
#[derive(Default)]
pub struct Transactions(Mutex<Vec<Vec<Event>>>);

impl Publish for Transactions {
    fn publish_created(&self, _: Vec<SessionId>) {}

    fn publish(&self, events: Vec<Event>) {
        self.0.lock().unwrap().push(events);
    }

    fn publish_from_log(&self, _: SessionId, _: i64) {}
}

impl Transactions {
    /// Those since the last call.
    pub fn take(&self) -> Vec<Vec<Event>> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// A store of its own, whose transactions are recorded.
pub async fn open_store(capacities: Capacities) -> (TempDir, Arc<Transactions>, Store, WriterTask) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("test.db");
    let transactions = Arc::new(Transactions::default());
    let limits = StoreLimits { capacities, ..StoreLimits::default() };
    let (store, writer) =
        open_store_at(&path, limits, transactions.clone(), Clock::default()).await;
    (folder, transactions, store, writer)
}

/// A store on a file that may exist.
pub async fn open_store_at(
    path: &Path,
    limits: StoreLimits,
    transactions: Arc<Transactions>,
    clock: Clock,
) -> (Store, WriterTask) {
    let supervisor = Supervisor::default();
    Store::open(path, Synchronous::Normal, limits, transactions, clock, supervisor, Arc::default())
        .await
        .unwrap()
}
