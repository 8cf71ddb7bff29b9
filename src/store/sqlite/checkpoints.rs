//! Checkpoints: what is in the WAL goes into the file, beside the writer.
//!
//! SQLite would do that within a commit, and everybody who waits for the writer would wait for it: after a
//! long read, during which nothing of the WAL can go, for a second and more. So another connection does it.
//! As long as the writer goes on, that one always leaves a tail, and the WAL only begins anew where nothing
//! is left of it. So when the tail is short, the writer moves it itself.
//!
//! That takes SQLite 3.51.3: older ones have no look at the WAL that does nothing, and could damage a file
//! on which two connections checkpoint (<https://www.sqlite.org/wal.html#walresetbug>).

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::{AssertSqlSafe, SqliteConnection, SqlitePool};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::file::DatabaseFile;
use crate::error::Error;
use crate::metrics::Metrics;
use crate::supervisor::Supervisor;

/// Pages of the WAL that are moved together. With fewer, the pages that change all the time would be
/// written to the file more often.
const CHECKPOINT_PAGES: i64 = 3_000;
/// Pages that the writer may move itself: it takes some 10 ms for them.
const SHORT_TAIL_PAGES: i64 = 1_000;
/// The size to which the file of the WAL is cut. It grows beyond while somebody reads for long, such as a
/// backup.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// How much is cut off at a time, while the writer waits: SQLite does that in its commit.
const CUT_BYTES: u64 = 16 * 1024 * 1024;
/// As SQLite's limit: the file is not cut.
const UNCUT: i64 = -1;
/// The shortest time between two looks at the WAL.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);
/// The shortest time between two cuts.
const CUT_INTERVAL: Duration = Duration::from_millis(100);
/// The time between two syncs of the file during a checkpoint. Most are over before.
const SYNC_INTERVAL: Duration = Duration::from_millis(20);
/// After a failure, such as a full disk.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// What the writer and the task that checkpoints share.
pub(in crate::store) struct Checkpoints {
    commit: Notify,
    order: Mutex<Option<Order>>,
    file: Arc<DatabaseFile>,
    metrics: Arc<Metrics>,
}

/// That the writer is to move the tail of the WAL.
struct Order {
    /// To how many bytes the file is cut when the WAL begins anew; or [`UNCUT`].
    max_file_bytes: i64,
}

/// The WAL at one moment.
struct Wal {
    pages: i64,
    /// Those of them that are in the file.
    moved: i64,
}

/// What a checkpoint has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    /// All that was in the WAL when it began.
    All,
    /// What nobody needs who reads what the file was like before.
    Part,
    /// Nothing, since another program checkpoints, such as Litestream.
    ByAnother,
}

/// What the task knows from one look to the next.
struct State {
    /// The longest tail that is left to the writer.
    max_tail: i64,
    /// Whether the file is to be cut.
    is_file_long: bool,
}

impl Checkpoints {
    /// Starts to checkpoint; it ends when the pool, which is for that alone, is closed.
    pub fn start(
        pool: SqlitePool,
        file: Arc<DatabaseFile>,
        metrics: Arc<Metrics>,
        supervisor: &Supervisor,
    ) -> Arc<Self> {
        let (commit, order) = (Notify::new(), Mutex::new(None));
        let checkpoints = Arc::new(Self { commit, order, file, metrics });
        let running = checkpoints.clone().run(pool);
        tokio::spawn(supervisor.watch("checkpoint", running));
        checkpoints
    }

    /// To be called by the writer after each commit, between two transactions.
    pub async fn after_commit(&self, writer: &mut SqliteConnection) {
        let order = self.order().take();
        if let Some(order) = order
            && let Err(failure) = self.move_tail(writer, order).await
        {
            failure.log();
        }
        self.commit.notify_one();
    }

    async fn move_tail(&self, writer: &mut SqliteConnection, order: Order) -> Result<(), Error> {
        let Order { max_file_bytes } = order;
        let limit = format!("pragma journal_size_limit = {max_file_bytes}");
        sqlx::query(AssertSqlSafe(limit)).persistent(false).execute(&mut *writer).await?;
        if max_file_bytes != UNCUT {
            // The next commit cuts it, and no later one, when much more may have to be cut.
            self.order().get_or_insert(Order { max_file_bytes: UNCUT });
        }
        self.checkpoint(writer).await?;
        Ok(())
    }

    fn order(&self) -> MutexGuard<'_, Option<Order>> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(self: Arc<Self>, pool: SqlitePool) {
        let mut state = State { max_tail: SHORT_TAIL_PAGES, is_file_long: false };
        loop {
            tokio::select! {
                () = self.commit.notified() => {}
                () = pool.close_event() => break,
            }
            let pause = match self.work(&pool, &mut state).await {
                Ok(()) if state.is_file_long => CUT_INTERVAL,
                Ok(()) => LOOK_INTERVAL,
                Err(_) if pool.is_closed() => break,
                Err(failure) => {
                    failure.log();
                    RETRY_INTERVAL
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = pool.close_event() => break,
            }
        }
    }

    /// Moves what has come since the last time, if that is enough.
    async fn work(&self, pool: &SqlitePool, state: &mut State) -> Result<(), Error> {
        let mut connection = pool.acquire().await?;
        let tail = look(&mut connection).await?.tail();
        if tail < CHECKPOINT_PAGES && !state.is_file_long {
            return Ok(());
        }
        let moved = tokio::select! {
            moved = self.checkpoint(&mut connection) => moved?,
            never = self.sync_in_parts() => match never {},
        };
        if moved == Moved::ByAnother {
            self.sync().await;
        }
        if moved != Moved::All {
            state.max_tail = SHORT_TAIL_PAGES;
            return Ok(());
        }
        let wal = look(&mut connection).await?;
        let file_bytes =
            tokio::fs::metadata(self.file.wal_path()).await.map_or(0, |file| file.len());
        state.is_file_long = file_bytes > MAX_FILE_BYTES;
        if wal.tail() > state.max_tail {
            // Where as much is written as is moved, it gets no shorter: then the writer takes a longer one.
            state.max_tail *= 2;
            return Ok(());
        }
        state.max_tail = SHORT_TAIL_PAGES;
        let max_file_bytes = if state.is_file_long {
            let cut = file_bytes.saturating_sub(CUT_BYTES).max(MAX_FILE_BYTES);
            i64::try_from(cut).unwrap_or(UNCUT)
        } else {
            UNCUT
        };
        *self.order() = Some(Order { max_file_bytes });
        Ok(())
    }

    /// Lets the disk have in parts what a checkpoint writes into the file: a commit that comes when it has
    /// much of that to write waits for all of it.
    async fn sync_in_parts(&self) -> Infallible {
        loop {
            sleep(SYNC_INTERVAL).await;
            self.sync().await;
        }
    }

    async fn sync(&self) {
        let file = self.file.clone();
        // Who checkpoints syncs the file as well, at the end, and notices a failure.
        let _ = spawn_blocking(move || file.sync()).await;
    }

    /// Moves what it can.
    async fn checkpoint(&self, connection: &mut SqliteConnection) -> Result<Moved, Error> {
        let start = Instant::now();
        let (is_busy, wal) = pragma(connection, "pragma wal_checkpoint(passive)").await?;
        if is_busy {
            return Ok(Moved::ByAnother);
        }
        if wal.tail() > 0 {
            return Ok(Moved::Part);
        }
        self.metrics.writer.checkpoint_duration_seconds.observe(start.elapsed().as_secs_f64());
        Ok(Moved::All)
    }
}

impl Wal {
    /// The pages that are still to be moved.
    fn tail(&self) -> i64 {
        self.pages - self.moved
    }
}

/// The WAL as it is now.
async fn look(connection: &mut SqliteConnection) -> Result<Wal, Error> {
    Ok(pragma(connection, "pragma wal_checkpoint(noop)").await?.1)
}

/// Whether another connection checkpoints, which leaves the rest unknown, and the WAL.
async fn pragma(
    connection: &mut SqliteConnection,
    pragma: &'static str,
) -> Result<(bool, Wal), Error> {
    let (is_busy, pages, moved): (bool, i64, i64) =
        sqlx::query_as(pragma).fetch_one(connection).await?;
    Ok((is_busy, Wal { pages, moved }))
}
