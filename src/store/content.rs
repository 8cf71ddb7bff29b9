//! Changes of content as callers ask for them.

use tokio::sync::oneshot;

use super::sqlite::stage_and_commit;
use super::writer::Job;
use super::{Store, submit};
use crate::engine::request::{ContentRequest, Executed};
use crate::error::Error;

/// What the writer answers: the outcome, or the request itself if it takes too long for a transaction
/// that it shares with others.
pub(super) type ContentReply = Result<Result<Executed, Error>, Box<ContentRequest>>;

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

    /// Changes it in one transaction, together with the other changes that wait.
    pub(super) async fn submit_content(&self, request: ContentRequest) -> ContentReply {
        match self.try_submit(request).await {
            Ok(reply) => reply,
            Err(failure) => Ok(Err(failure)),
        }
    }

    async fn try_submit(&self, request: ContentRequest) -> Result<ContentReply, Error> {
        self.check_started()?;
        let room = self.room_for(request.size).await?;
        let (reply, receiver) = oneshot::channel();
        submit(&self.jobs, Job::Content(Box::new(request), reply, room), receiver).await
    }
}
