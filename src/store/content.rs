//! Changes of content as callers ask for them.

use super::handle::Store;
use super::sqlite::stage_and_commit;
use crate::engine::request::{ContentRequest, Executed};
use crate::error::Error;

impl Store {
    /// Changes a session's content; the answer comes after the commit.
    pub async fn change_content(&self, request: ContentRequest) -> Result<Executed, Error> {
        self.staging.wait_for(request.session_id).await;
        if self.needs_staging(&request).await? {
            return stage_and_commit(self.clone(), request).await;
        }
        match self.submit_content(request).await {
            Ok(outcome) => outcome,
            Err(request) => stage_and_commit(self.clone(), *request).await,
        }
    }
}
