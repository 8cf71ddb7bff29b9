//! Clients that a dead server left behind: they are counted out when the next one starts.

use std::sync::Arc;

use super::{PresenceChange, apply, departures};
use crate::error::Error;
use crate::model::DepartureReason;
use crate::store::{Change, Store, Transaction};

impl Store {
    /// Takes out every client that a dead server left behind, some in each transaction: where it ends
    /// half way, the next start goes on.
    pub(in crate::store) async fn disconnect_the_dead(&self) -> Result<(), Error> {
        let orphans = self.write_slice(FindOrphans).await?;
        for client_ids in orphans.chunks(self.limits.capacities.departures) {
            let some = Arc::<[String]>::from(client_ids);
            while self.write_slice(DisconnectOrphans(some.clone())).await? {}
        }
        Ok(())
    }
}

/// Answers who is in any session before this server has let anybody in.
struct FindOrphans;

impl Change for FindOrphans {
    type Answer = Vec<String>;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Vec<String>, Error> {
        // Nor does anybody go on with what a dead server was writing aside.
        sqlx::query!("update orphaned_content set unfinished = 0 where unfinished")
            .execute(transaction.connection().await?)
            .await?;
        transaction.everybody().await
    }
}

/// Takes these clients out of some of their sessions; answers whether they are in others.
struct DisconnectOrphans(Arc<[String]>);

impl Change for DisconnectOrphans {
    type Answer = bool;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<bool, Error> {
        let reason = DepartureReason::ServerRestart;
        let disconnect = |id: &String| PresenceChange::Disconnect { client_id: id.clone(), reason };
        let changes: Vec<PresenceChange> = self.0.iter().map(disconnect).collect();
        let departures = departures(transaction, &changes).await?;
        transaction.load(departures).await?;
        Ok(apply(transaction, &changes).await?.any_unfinished())
    }
}
