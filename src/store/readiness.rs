//! Whether the store can be used: at the start, and later when somebody asks.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::handle::Store;
use super::sqlite::READER_TIMEOUT;
use crate::error::Error;
use crate::supervisor::Supervisor;

/// How long a start waits before it tries again to disconnect the clients of the last run.
const ORPHANS_RETRY: Duration = Duration::from_secs(1);

impl Store {
    /// Disconnects the clients of a dead server; in the background if the file does not take it now, so
    /// that there is reading meanwhile.
    pub(super) async fn begin(&self, supervisor: &Supervisor) -> anyhow::Result<()> {
        match self.disconnect_orphans().await {
            Ok(()) => self.orphans_wait.store(false, Ordering::Relaxed),
            Err(outage @ Error::Unavailable(_)) => {
                outage.log();
                let retry = self.clone().begin_later(supervisor.clone());
                tokio::spawn(supervisor.watch("start", retry));
            }
            Err(failure) => {
                return Err(failure).context("cannot disconnect the clients of the last run");
            }
        }
        Ok(())
    }

    /// Tries it until it is done, and lasts until the end, as watched tasks do.
    async fn begin_later(self, supervisor: Supervisor) {
        let attempts = async {
            loop {
                sleep(ORPHANS_RETRY).await;
                match self.disconnect_orphans().await {
                    Ok(()) => break,
                    Err(failure) => failure.log(),
                }
            }
            self.orphans_wait.store(false, Ordering::Relaxed);
            tracing::info!("the clients of the last run are disconnected");
            std::future::pending().await
        };
        tokio::select! {
            () = attempts => {}
            () = supervisor.stopping() => {}
        }
    }

    /// Whether the file takes large changes and is read at once; an error says which of these fails.
    pub async fn check(&self) -> Result<(), Error> {
        self.check_started()?;
        self.health.check()?;
        self.check_file().await?;
        let read = sqlx::query!("select sessions from internal_session_total")
            .fetch_one(&self.database.readers);
        let slow = |_| Error::Unavailable("The database file is not read in time.".to_owned());
        timeout(READER_TIMEOUT, read).await.map_err(slow)??;
        Ok(())
    }

    /// Whether the file that is open is still the one at its path, and its disk has room.
    pub async fn check_file(&self) -> Result<(), Error> {
        let file = self.database.file.clone();
        // A disk that does not answer must not hold a thread of the runtime.
        spawn_blocking(move || {
            file.check_in_place()?;
            file.check_room()
        })
        .await?
    }
}
