//! Whose file it is: one process has it, and it is no other program's and no newer one's.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, ensure};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::error::Error;

mod identity;
mod lock;
mod room;

pub(super) use identity::{Identity, beside};
use lock::{InUse, Lock};
pub(super) use room::LARGE_CHANGE_BYTES;

/// What is in sessions is for those who may reach the service, not for every user of the machine.
pub(super) const FILE_MODE: u32 = 0o600;

/// The files that SQLite keeps open beside a database, by the ends of their names.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// The database file, which no other process serves while this lives.
pub(in crate::store) struct DatabaseFile {
    /// As the setting names it, but absolute.
    named: PathBuf,
    /// The same without symbolic links, so that it leads to the same file when a link is changed.
    path: PathBuf,
    identity: Identity,
    /// The files beside it, once SQLite has them open.
    companions: OnceLock<Vec<(PathBuf, Identity)>>,
    lock: Lock,
}

impl DatabaseFile {
    /// Opens the file, which is made if it is missing, and locks it for this process.
    ///
    /// It stays open as long as this lives: when any handle on a file is closed, POSIX drops the locks
    /// that SQLite has on that file through others. So this must outlive all connections.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        refuse_what_is_no_path(path)?;
        // SQLite takes a name that begins with "file:" for a URI, but none that begins with a slash.
        let named = std::path::absolute(path)
            .with_context(|| format!("cannot open the database {shown}"))?;
        ensure!(!named.is_dir(), "the database {shown} is a folder; name a file");
        if let Some(folder) = named.parent() {
            ensure!(
                folder.is_dir(),
                "cannot open the database {shown}: there is no folder {}",
                folder.display()
            );
        }
        let database = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(&named)
            .with_context(|| format!("cannot open the database {shown}"))?;
        let path =
            named.canonicalize().with_context(|| format!("cannot open the database {shown}"))?;
        let metadata =
            database.metadata().with_context(|| format!("cannot open the database {shown}"))?;
        ensure!(metadata.is_file(), "the database {shown} is no file; name one");
        let identity = Identity::of(&metadata);
        let lock = Lock::take(database, &path)
            .with_context(|| format!("cannot open the database {shown}"))?;
        ensure!(
            identity.is_at(&path),
            "the database {shown} was replaced while it was opened; start again"
        );
        Ok(Self { named, path, identity, companions: OnceLock::new(), lock })
    }

    /// Where SQLite opens it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Remembers the files that SQLite has opened beside it, to see when one of them is another.
    pub fn remember_companions(&self) {
        let found = COMPANIONS.iter().filter_map(|end| {
            let path = beside(&self.path, end);
            Some((Identity::of(&path.metadata().ok()?), path))
        });
        let found = found.map(|(identity, path)| (path, identity)).collect();
        // It is called once, when the file is opened.
        let _ = self.companions.set(found);
    }

    /// Whether the file that is open is still the one at its path, with the files beside it.
    ///
    /// Changes of a file that was deleted are gone when the process ends, and if its log was replaced
    /// they are lost to everybody else who opens it.
    pub fn check_in_place(&self) -> Result<(), Error> {
        let companions = self.companions.get().into_iter().flatten();
        let companions = companions.map(|(path, identity)| (path, *identity));
        let all = [(&self.named, self.identity), (&self.path, self.identity)];
        let moved = all.into_iter().chain(companions).find(|(path, open)| !open.is_at(path));
        match moved {
            None => Ok(()),
            Some((path, _)) => Err(Error::Unavailable(format!(
                "The file {} was deleted or replaced while it is open, so that changes may be lost \
                 when the server stops. Put it back, or stop the server and restore a backup.",
                path.file_name().unwrap_or_default().display()
            ))),
        }
    }

    /// Where SQLite has the write-ahead log.
    pub fn wal_path(&self) -> PathBuf {
        beside(&self.path, "-wal")
    }

    /// Waits until the disk has what was written to the file so far.
    pub fn sync(&self) -> io::Result<()> {
        self.lock.database().sync_data()
    }

    /// The bytes that its disk has left for this process.
    pub fn free_room(&self) -> io::Result<u64> {
        room::free_room(&self.path)
    }

    /// Fails unless its disk has room for a large change.
    pub fn check_room(&self) -> Result<(), Error> {
        room::check_room(&self.path)
    }

    /// Fails unless a connection that was just opened by the path has come to this file.
    pub fn check_opened(&self) -> Result<(), sqlx::Error> {
        if self.identity.is_at(&self.path) {
            return Ok(());
        }
        Err(sqlx::Error::Io(std::io::Error::other("another file is at the path of the database")))
    }

    /// Lets others have the file. All connections are closed.
    pub fn unlock(&self) {
        if let Err(cause) = self.lock.release() {
            tracing::error!(%cause, "cannot give up the lock on the database");
        }
    }
}

/// Whether the file could not be opened because another process has it.
pub(super) fn is_in_use(failure: &anyhow::Error) -> bool {
    failure.chain().any(|cause| cause.is::<InUse>())
}

/// Refuses names that SQLite does not take for a path, or that were not meant as one.
fn refuse_what_is_no_path(path: &Path) -> anyhow::Result<()> {
    let text = path.to_str().with_context(|| {
        format!("--database: '{}' is not UTF-8, as SQLite needs it; rename it", path.display())
    })?;
    ensure!(!text.is_empty(), "--database: the name is empty; name a file such as rollcall.db");
    ensure!(
        text != ":memory:",
        "--database: ':memory:' names no file, and what is in memory does not survive the process; \
         name a file such as rollcall.db"
    );
    ensure!(
        !text.starts_with("file:") && !text.starts_with("sqlite:"),
        "--database: '{text}' reads like a URI, but it is taken for a path; write the path alone, or \
         ./{text} for a file of that very name"
    );
    Ok(())
}

/// Refuses a file that another program made, or a rollcall whose schema this one does not know, without
/// touching it.
pub(super) async fn check_origin(path: &Path, migrations: &Migrator) -> anyhow::Result<()> {
    if !path.metadata().is_ok_and(|file| file.len() > 0) {
        return Ok(());
    }
    let explain = || {
        format!(
            "cannot read {} as a database; if it is one, it is damaged: restore a backup",
            path.display()
        )
    };
    let mut connection: SqliteConnection = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        // Else a look at it would leave a -wal and a -shm beside it.
        .immutable(!beside(path, "-wal").exists())
        .connect()
        .await
        .with_context(explain)?;
    // The migration table is sqlx's own: it need not exist yet, so no macro can describe it.
    let tables: Vec<String> =
        sqlx::query_scalar("select name from sqlite_schema where type = 'table'")
            .fetch_all(&mut connection)
            .await
            .with_context(explain)?;
    if !tables.iter().any(|table| table == "_sqlx_migrations") {
        ensure!(
            tables.is_empty(),
            "{} is the database of another program; name another file",
            path.display()
        );
        return Ok(());
    }
    let applied: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select version, checksum from _sqlx_migrations order by version")
            .fetch_all(&mut connection)
            .await
            .with_context(explain)?;
    let newest = migrations.iter().map(|migration| migration.version).max().unwrap_or(0);
    // A file may be older, but what was applied to it must be what this program would have applied.
    let is_known = applied.iter().filter(|(version, _)| *version <= newest).all(|applied| {
        migrations.iter().any(|known| (known.version, &*known.checksum) == (applied.0, &*applied.1))
    });
    ensure!(
        is_known,
        "{} was written by a rollcall from before the first release, whose schema this one does not \
         know; it was left as it is. Start that version, or name another file",
        path.display()
    );
    let found = applied.last().map_or(0, |(version, _)| *version);
    ensure!(
        found <= newest,
        "{} was written by a newer rollcall (schema {found}, this one knows {newest}); \
         it was left as it is. Start that version, or name another file",
        path.display()
    );
    connection.close().await.with_context(explain)
}
