//! The database file as a person with `sqlite3` sees it.

use std::path::PathBuf;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use super::PATIENCE;

pub async fn sql(database: PathBuf) -> SqliteConnection {
    let file = SqliteConnectOptions::new().filename(database);
    tokio::time::timeout(PATIENCE, file.connect()).await.unwrap().unwrap()
}

/// One number out of the file.
pub async fn number(connection: &mut SqliteConnection, query: &'static str) -> i64 {
    let asking = sqlx::query_scalar(query).fetch_one(connection);
    tokio::time::timeout(PATIENCE, asking).await.unwrap().unwrap()
}

/// The rows that a statement has changed, or the message of its error.
pub async fn run(sql: &mut SqliteConnection, statement: &'static str) -> Result<u64, String> {
    let done = sqlx::query(statement).execute(sql).await;
    done.map(|done| done.rows_affected()).map_err(|cause| cause.to_string())
}

/// Takes the session's last activity back to `at`, as a person with `sqlite3` can.
pub async fn set_last_activity(connection: &mut SqliteConnection, session_id: &str, at: &str) {
    let done = sqlx::query("update sessions set last_activity = ? where session_id = ?")
        .bind(at)
        .bind(session_id)
        .execute(connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1);
}

/// The moment so many seconds ago, as the service writes times.
pub fn seconds_ago(seconds: f64) -> String {
    let micros = chrono::TimeDelta::microseconds((seconds * 1e6) as i64);
    (chrono::Utc::now() - micros).format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}
