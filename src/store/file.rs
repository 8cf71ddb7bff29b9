//! Whose file it is: one process has it, and it is no other program's and no newer one's.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

/// Takes the file for this process. The claim is a lock on a file beside it, since a lock on the
/// database itself would be lost whenever SQLite closes a handle of its own.
pub(super) fn claim(path: &Path) -> anyhow::Result<File> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let name = path.file_name().context("the database is a folder; name a file")?;
    // One claim for one file, by whatever name it is reached.
    let target = match path.canonicalize() {
        Ok(target) => target,
        Err(_) => parent
            .canonicalize()
            .with_context(|| format!("cannot open the database: no folder {}", parent.display()))?
            .join(name),
    };
    ensure!(!target.is_dir(), "the database {} is a folder; name a file", path.display());
    let mut beside = target.into_os_string();
    beside.push("-lock");
    let beside = PathBuf::from(beside);
    let claim =
        File::options().create(true).truncate(false).write(true).open(&beside).with_context(
            || format!("cannot claim the database: cannot write {}", beside.display()),
        )?;
    match claim.try_lock() {
        Ok(()) => Ok(claim),
        Err(TryLockError::WouldBlock) => bail!(
            "the database {} belongs to a rollcall that is running; stop it or name another file",
            path.display()
        ),
        Err(TryLockError::Error(cause)) => {
            Err(cause).with_context(|| format!("cannot lock {}", beside.display()))
        }
    }
}

/// Refuses a file that a newer rollcall or another program made, without touching it.
pub(super) async fn check_origin(path: &Path, migrations: &Migrator) -> anyhow::Result<()> {
    if !path.metadata().is_ok_and(|file| file.len() > 0) {
        return Ok(());
    }
    let explain = || format!("cannot read {} as a database", path.display());
    let mut connection: SqliteConnection = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        // Else a look at it would leave a -wal and a -shm beside it.
        .immutable(!has_wal(path))
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
    let newest: Option<i64> = sqlx::query_scalar("select max(version) from _sqlx_migrations")
        .fetch_one(&mut connection)
        .await
        .with_context(explain)?;
    let known = migrations.iter().map(|migration| migration.version).max().unwrap_or(0);
    let found = newest.unwrap_or(0);
    ensure!(
        found <= known,
        "{} was written by a newer rollcall (schema {found}, this one knows {known}); \
         it was left as it is. Start that version, or name another file",
        path.display()
    );
    connection.close().await.with_context(explain)
}

/// Whether a part of the database is still in a write-ahead log beside it.
fn has_wal(path: &Path) -> bool {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut beside = target.into_os_string();
    beside.push("-wal");
    Path::new(&beside).exists()
}
