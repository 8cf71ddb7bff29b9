//! What the sender of webhooks asks of the store.

use super::handle::Store;
use super::sqlite::{CreateEndpoint, NewSecret};
use crate::error::Error;
use crate::model::webhook::NewEndpoint;

impl Store {
    /// Completes when something was committed since the last call, if there are endpoints.
    pub async fn webhook_signal(&self) {
        self.webhooks.committed().await;
    }

    /// Whether there are endpoints. If so, commits are signalled from now on.
    pub async fn watch_endpoints(&self) -> Result<bool, Error> {
        // In this order, so that one that is created meanwhile is not overlooked.
        self.webhooks.set_active(false);
        let any = self.has_endpoints().await?;
        if any {
            self.webhooks.set_active(true);
        }
        Ok(any)
    }

    /// Creates an endpoint.
    pub async fn create_endpoint(&self, new: NewEndpoint) -> Result<NewSecret, Error> {
        let created = self.write(CreateEndpoint(new)).await?;
        self.webhooks.set_active(true);
        self.webhooks.notify();
        Ok(created)
    }
}
