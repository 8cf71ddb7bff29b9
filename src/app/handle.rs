//! What can be asked of a server while it runs.

use std::sync::Arc;

use anyhow::bail;

use crate::config::Credentials;
use crate::model::Transport;
use crate::state::AppState;
use crate::store::NoChange;

/// A handle on a server that runs.
#[derive(Clone)]
pub struct AppHandle(Arc<AppState>);

impl AppHandle {
    pub(super) fn new(state: Arc<AppState>) -> Self {
        Self(state)
    }

    /// Completes when the server begins to shut down.
    pub async fn stopping(&self) {
        self.0.draining.cancelled().await;
    }

    /// Completes when the writer has answered, be it with an error.
    pub async fn writer_answers(&self) {
        // A failure is logged where it affects a request.
        let _ = self.0.store.write(NoChange).await;
    }

    /// Takes over the tokens and keys of settings that were read again. Connections by a token that is no longer
    /// in them are closed. Fails, and changes nothing, if no token of any kind would be left: the server would
    /// be open to everybody.
    pub fn replace_credentials(&self, credentials: Credentials) -> anyhow::Result<()> {
        let access = &self.0.access;
        let is_open = access.anonymous().is_some();
        if !is_open && credentials.are_none() && !access.tokens.has_stored() {
            bail!(
                "they have no token or key left, so everybody could do everything; restart to allow that"
            );
        }
        let Credentials { admin_token, join_key, join_key_previous, join_public_keys } =
            credentials;
        self.0.change_access(|access| {
            access.join_keys.replace(join_key, join_key_previous, join_public_keys);
            access.tokens.replace_admin(admin_token);
        });
        Ok(())
    }

    /// How many live connections have joined a session.
    pub fn clients(&self) -> i64 {
        let clients = &self.0.metrics.live.clients;
        Transport::ALL.into_iter().map(|transport| clients.with([transport.label()]).get()).sum()
    }
}
