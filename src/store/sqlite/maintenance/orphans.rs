//! Clients that a dead server has left behind: they are disconnected when the next one starts.

use std::sync::Arc;

use crate::engine::presence::{Applied, PresenceChange, apply, sessions_to_leave};
use crate::error::Error;
use crate::model::DisconnectReason;
use crate::store::handle::Store;
use crate::store::job::Write;
use crate::store::sqlite::transaction::Transaction;

impl Store {
    /// Disconnects every client that a dead server has left behind, some in each transaction: if this
    /// ends half way, the next start goes on.
    pub(in crate::store) async fn disconnect_orphans(&self) -> Result<(), Error> {
        let orphans = self.write_chunk(FindOrphans).await?;
        for some in orphans.chunks(self.limits.capacities.departures) {
            match self.disconnect_some(some).await {
                Err(failure) if failure.is_unreadable_row() => {
                    self.disconnect_readable(some).await?
                }
                outcome => outcome?,
            }
        }
        Ok(())
    }

    async fn disconnect_some(&self, client_ids: &[String]) -> Result<(), Error> {
        let some = Arc::<[String]>::from(client_ids);
        while self.write_chunk(DisconnectOrphans(some.clone())).await? {}
        Ok(())
    }

    /// Disconnects each client alone. One whose session can't be read stays in it, until that row is corrected
    /// and the server starts again: the others must not wait for that.
    async fn disconnect_readable(&self, client_ids: &[String]) -> Result<(), Error> {
        for client_id in client_ids {
            match self.disconnect_some(std::slice::from_ref(client_id)).await {
                Err(failure) if failure.is_unreadable_row() => failure.log(),
                outcome => outcome?,
            }
        }
        Ok(())
    }
}

/// Finds who is in any session before this server has let anybody in.
struct FindOrphans;

impl Write for FindOrphans {
    type Output = Vec<String>;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<Vec<String>, Error> {
        // Nor does anybody go on with what a dead server was staging.
        let unfinished =
            sqlx::query!("update internal_orphaned_content set unfinished = 0 where unfinished");
        transaction.storage.execute(unfinished).await?;
        transaction.load_memberships().await?;
        Ok(transaction.cache.memberships.iter().flatten().map(|(id, _)| id.clone()).collect())
    }
}

/// Takes these clients out of some of their sessions; whether they are in others.
struct DisconnectOrphans(Arc<[String]>);

impl Write for DisconnectOrphans {
    type Output = bool;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<bool, Error> {
        let reason = DisconnectReason::ServerRestart;
        let disconnect = |id: &String| PresenceChange::Disconnect { client_id: id.clone(), reason };
        let changes: Vec<PresenceChange> = self.0.iter().map(disconnect).collect();
        let leaving = sessions_to_leave(transaction, &changes).await?;
        transaction.load(leaving).await?;
        let applied = apply(transaction, &changes).await?;
        Ok(applied.iter().any(|applied| matches!(applied, Applied::Unfinished)))
    }
}
