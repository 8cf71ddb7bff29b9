//! A database file for the queries of a person: nothing can write by it.

use std::path::Path;

use anyhow::{Context, anyhow};
use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Row, SqliteConnection, TypeInfo, ValueRef};

use super::database::{MIGRATIONS, plain_options};
use super::file::{beside, check_origin};

/// A database that is open for reading, also while a server has it open.
pub struct QueryFile {
    connection: SqliteConnection,
}

/// A value of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl QueryFile {
    /// Opens a file. Fails if it is missing or damaged, or if another program or a newer version made it.
    pub async fn open(database: &Path) -> anyhow::Result<Self> {
        let path = database
            .canonicalize()
            .with_context(|| format!("cannot read the database {}", database.display()))?;
        check_origin(&path, &MIGRATIONS).await?;
        let connection = match connect(&path, false).await {
            // In a folder that can't be written, SQLite reads a file only if nobody has it open.
            Err(_) if !beside(&path, "-wal").exists() => connect(&path, true).await,
            outcome => outcome,
        };
        let connection =
            connection.with_context(|| format!("cannot read the database {}", path.display()))?;
        Ok(Self { connection })
    }

    /// Runs one statement, and hands over each row of its result as it is read: the names of the columns, and
    /// the cells. Fails with what SQLite says, and with what `take` fails with.
    pub async fn run(
        &mut self,
        statement: &str,
        mut take: impl FnMut(&[String], Vec<Cell>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut rows = sqlx::raw_sql(AssertSqlSafe(statement)).fetch(&mut self.connection);
        let mut columns = Vec::new();
        while let Some(row) = rows.try_next().await.map_err(explain)? {
            if columns.is_empty() {
                columns = row.columns().iter().map(|it| it.name().to_owned()).collect();
            }
            let cells = (0..row.len()).map(|at| cell(&row, at)).collect::<sqlx::Result<_>>();
            take(&columns, cells.map_err(explain)?)?;
        }
        Ok(())
    }
}

async fn connect(path: &Path, immutable: bool) -> sqlx::Result<SqliteConnection> {
    let options = plain_options(path).read_only(true).immutable(immutable);
    let mut connection = options.connect().await?;
    // The first read shows whether the file can be read at all.
    let prepare = "pragma query_only = true; select count(*) from sqlite_schema";
    sqlx::raw_sql(prepare).execute(&mut connection).await?;
    Ok(connection)
}

fn cell(row: &SqliteRow, at: usize) -> sqlx::Result<Cell> {
    let value = row.try_get_raw(at)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let kind = value.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INTEGER" => Cell::Integer(row.try_get_unchecked(at)?),
        "REAL" => Cell::Real(row.try_get_unchecked(at)?),
        "BLOB" => Cell::Blob(row.try_get_unchecked(at)?),
        // A text in a database need not be UTF-8.
        _ => {
            let bytes: Vec<u8> = row.try_get_unchecked(at)?;
            Cell::Text(String::from_utf8_lossy(&bytes).into_owned())
        }
    })
}

/// What SQLite says, without what sqlx puts around it.
fn explain(failure: sqlx::Error) -> anyhow::Error {
    /// A write by a connection that only reads.
    const SQLITE_READONLY: &str = "8";
    match failure.as_database_error() {
        Some(failure) if failure.code().is_some_and(|code| code == SQLITE_READONLY) => anyhow!(
            "this only reads, and the statement would write; change sessions by the API, or the file with \
             sqlite3"
        ),
        Some(failure) => anyhow!("{}", failure.message()),
        None => failure.into(),
    }
}
