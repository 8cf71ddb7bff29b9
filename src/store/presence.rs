//! Joins, leaves and disconnects as callers ask for them.

use super::handle::Store;
use super::job::{Job, Joined, PresenceReply};
use crate::engine::presence::{Join, PresenceChange};
use crate::error::Error;
use crate::model::{DisconnectReason, SessionId};

impl Store {
    /// Puts a client into a session; one that is in already stays as it is.
    pub async fn join(&self, join: Join) -> Result<Joined, Error> {
        match self.change_presence(PresenceChange::Join(join)).await? {
            PresenceReply::Joined(joined) => Ok(joined),
            other => Err(unexpected(&other)),
        }
    }

    /// Takes a client out of a session; how many are still in. It is no error if it was not in.
    pub async fn leave(&self, session_id: SessionId, client_id: String) -> Result<i64, Error> {
        match self.change_presence(PresenceChange::Leave { session_id, client_id }).await? {
            PresenceReply::Left(active_clients) => Ok(active_clients),
            other => Err(unexpected(&other)),
        }
    }

    /// Takes a client out of every session that it is in.
    pub async fn disconnect(
        &self,
        client_id: String,
        reason: DisconnectReason,
    ) -> Result<(), Error> {
        self.change_presence(PresenceChange::Disconnect { client_id, reason }).await?;
        Ok(())
    }

    /// Applies a change together with the other presence changes that wait.
    async fn change_presence(&self, change: PresenceChange) -> Result<PresenceReply, Error> {
        self.check_started()?;
        self.submit(|reply| Job::Presence(change, reply)).await
    }
}

fn unexpected(reply: &PresenceReply) -> Error {
    Error::internal(anyhow::anyhow!("the writer answered {reply:?} to another request"))
}
