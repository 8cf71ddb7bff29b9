//! The rows of `internal_idempotency_keys`.

use sqlx::SqliteConnection;

use crate::engine::storage::KeyedAnswer;
use crate::engine::tree::SessionKey;
use crate::error::Error;
use crate::model::Timestamp;
use crate::store::sqlite::statement_batch::{StatementBatch, queue};
use crate::store::sqlite::transaction::json;

/// The answers that were given under these keys.
pub async fn read(
    connection: &mut SqliteConnection,
    keys: &[(SessionKey, &str)],
) -> Result<Vec<(SessionKey, String, KeyedAnswer)>, Error> {
    let wanted = json(&keys)?;
    let rows = sqlx::query!(
        r#"select k.session as "session!", k.key as "key!", k.digest as "digest!",
                  k.answer as "answer!"
           from json_each(?) as wanted
           join internal_idempotency_keys as k
             on k.session = wanted.value ->> 0 and k.key = wanted.value ->> 1"#,
        wanted
    )
    .fetch_all(connection)
    .await?;
    let answers = rows
        .into_iter()
        .map(|row| (row.session, row.key, KeyedAnswer { digest: row.digest, answer: row.answer }));
    Ok(answers.collect())
}

/// Inserts answers.
pub fn insert(
    batch: &mut StatementBatch,
    now: Timestamp,
    answers: &[(SessionKey, String, KeyedAnswer)],
) -> Result<(), Error> {
    if answers.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = answers
        .iter()
        .map(|(session, key, answer)| (session, key, &answer.digest, &answer.answer))
        .collect();
    queue!(
        batch,
        "insert into internal_idempotency_keys (at, session, key, digest, answer)
         select ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(?)",
        now,
        &json(&rows)?
    )
}
