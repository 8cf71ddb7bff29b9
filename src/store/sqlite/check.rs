//! The check of a database: what SQLite says of the file, and whether the rows agree with each other.

use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::backup::open;
use super::database::MIGRATIONS;
use super::file::check_origin;

mod rules;

use rules::RULES;

/// The most findings of one kind: more of them say nothing new.
const MAX_FINDINGS: i64 = 20;

/// What a check came to.
#[derive(Debug, Serialize)]
pub struct CheckReport {
    /// The number of the last migration that was applied to the database.
    pub schema: i64,
    /// The number of the newest one that this program knows.
    pub newest_schema: i64,
    /// How many sessions there are.
    pub sessions: i64,
    /// What is wrong; empty if nothing is.
    pub findings: Vec<Finding>,
}

/// One thing that is wrong.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// What was checked, such as `node_count`.
    pub check: &'static str,
    /// A sentence that says what is wrong, and what to do about it.
    pub message: String,
}

/// Checks a database, also while a server has it open. Fails if it can't be read, or if another program or a
/// newer version made it.
///
/// All is read in one transaction. The rows are compared only if the schema is the newest one.
pub async fn check(database: &Path) -> anyhow::Result<CheckReport> {
    let path = database
        .canonicalize()
        .with_context(|| format!("cannot read the database {}", database.display()))?;
    check_origin(&path, &MIGRATIONS).await?;
    let mut connection = open(&path).await?;
    sqlx::query("pragma query_only = true").execute(&mut connection).await?;
    let mut reader = connection.begin().await?;
    let mut findings = damage(&mut reader).await?;
    let newest_schema = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    let schema: Option<i64> = sqlx::query_scalar("select max(version) from _sqlx_migrations")
        .fetch_one(&mut *reader)
        .await
        .with_context(|| format!("{} has no schema yet; start a server on it", path.display()))?;
    let schema = schema.unwrap_or(0);
    let sessions = sqlx::query_scalar("select count(*) from sessions");
    let sessions = sessions.fetch_one(&mut *reader).await?;
    if schema == newest_schema && findings.is_empty() {
        for rule in RULES {
            let query = format!("{} limit {MAX_FINDINGS}", rule.query);
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query))
                .fetch_all(&mut *reader)
                .await
                .with_context(|| format!("cannot check {}", rule.name))?;
            let message = |row| format!("{row}. {}", rule.advice);
            findings.extend(
                rows.into_iter().map(|row| Finding { check: rule.name, message: message(row) }),
            );
        }
    }
    reader.rollback().await?;
    connection.close().await?;
    Ok(CheckReport { schema, newest_schema, sessions, findings })
}

/// What SQLite itself finds: damaged pages, indexes that miss rows, values of a wrong type, rows without
/// those that they refer to.
async fn damage(reader: &mut SqliteConnection) -> anyhow::Result<Vec<Finding>> {
    let lines: Vec<String> = sqlx::query_scalar("pragma integrity_check(20)")
        .fetch_all(&mut *reader)
        .await
        .context("the file is damaged; restore a backup")?;
    let damage = lines.into_iter().filter(|line| line != "ok").map(|line| Finding {
        check: "integrity",
        message: format!(
            "SQLite finds damage: {line}. Restore a backup, or try 'sqlite3 FILE .recover'."
        ),
    });
    let orphans: Vec<String> = sqlx::query_scalar(
        "select 'row ' || rowid || ' of ' || \"table\" || ' refers to a row of ' || parent
                || ' that is missing'
         from pragma_foreign_key_check limit 20",
    )
    .fetch_all(reader)
    .await?;
    let orphans = orphans.into_iter().map(|row| Finding {
        check: "foreign_keys",
        message: format!("{row}. Delete it, or insert the other."),
    });
    Ok(damage.chain(orphans).collect())
}
