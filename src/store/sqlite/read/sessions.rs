//! Single sessions.

use tokio::sync::oneshot;

use crate::error::Error;
use crate::model::SessionId;
use crate::store::handle::Store;
use crate::store::sqlite::rows::sessions::Overview;

impl Store {
    /// One session, as of now.
    pub async fn overview(&self, session_id: SessionId) -> Result<Overview, Error> {
        let ended = || Error::Unavailable("The server is shutting down; retry.".to_owned());
        let (reply, answer) = oneshot::channel();
        self.database.lookups.send((session_id, reply)).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}
