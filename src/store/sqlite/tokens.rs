//! Service tokens and the key of join tokens: how the server changes and reads them.

use super::rows::tokens;
use super::transaction::Transaction;
use crate::access::{JoinKey, StoredToken};
use crate::error::Error;
use crate::model::Timestamp;
use crate::store::handle::Store;
use crate::store::job::Write;

/// Stores a new service token.
pub struct CreateToken(pub StoredToken);

impl Write for CreateToken {
    type Output = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        tokens::insert(transaction.storage.connection().await?, &self.0).await
    }
}

/// Revokes the service token with this id. Returns whether there is one.
pub struct RevokeToken(pub String);

impl Write for RevokeToken {
    type Output = bool;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<bool, Error> {
        let now = transaction.now();
        tokens::revoke(transaction.storage.connection().await?, &self.0, now).await
    }
}

/// Stores when service tokens were last used, by their ids.
pub struct RecordTokenUses(pub Vec<(String, Timestamp)>);

impl Write for RecordTokenUses {
    type Output = ();

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        tokens::record_uses(transaction.storage.connection().await?, &self.0).await
    }
}

/// Stores the key of join tokens unless there is one. Returns the key that is stored then.
pub struct KeepJoinKey(pub JoinKey);

impl Write for KeepJoinKey {
    type Output = JoinKey;

    async fn apply(&self, transaction: &mut Transaction<'_>) -> Result<JoinKey, Error> {
        tokens::keep_join_key(transaction.storage.connection().await?, &self.0).await
    }
}

impl Store {
    /// All service tokens, revoked and expired ones included; the oldest first.
    pub async fn tokens(&self) -> Result<Vec<StoredToken>, Error> {
        tokens::all(&self.database.readers).await
    }

    /// The key of join tokens, if one was stored.
    pub async fn join_key(&self) -> Result<Option<JoinKey>, Error> {
        tokens::join_key(&self.database.readers).await
    }
}
