//! The rows of `tokens`, and the one row of `internal_join_key`.

use sqlx::SqliteConnection;

use crate::access::{JoinKey, StoredToken, TokenHash};
use crate::error::Error;
use crate::model::Timestamp;
use crate::store::sqlite::transaction::json;

/// The most tokens that there may be, valid or not: all valid ones are kept in memory.
const MAX_TOKENS: i64 = 10_000;

/// Inserts a token. Fails with `INVALID_COMMAND` if there are too many.
pub async fn insert(connection: &mut SqliteConnection, token: &StoredToken) -> Result<(), Error> {
    let (hash, scope) = (token.hash.as_bytes(), token.scope.as_str());
    let inserted = sqlx::query!(
        "insert into tokens (id, name, hash, scope, project_id, created_at, expires_at)
         select ?1, ?2, ?3, ?4, ?5, ?6, ?7 where (select count(*) from tokens) < ?8",
        token.id,
        token.name,
        hash,
        scope,
        token.project_id,
        token.created_at,
        token.expires_at,
        MAX_TOKENS
    )
    .execute(connection)
    .await?;
    match inserted.rows_affected() {
        0 => Err(Error::InvalidCommand(format!(
            "There are {MAX_TOKENS} tokens, revoked ones included, and there may be no more. Delete \
             rows of revoked tokens from the table tokens."
        ))),
        _ => Ok(()),
    }
}

/// All tokens, the oldest first.
pub async fn all(executor: impl sqlx::SqliteExecutor<'_>) -> Result<Vec<StoredToken>, Error> {
    let rows = sqlx::query!(
        r#"select id, name, hash, scope, project_id,
                  created_at as "created_at: Timestamp", expires_at as "expires_at: Timestamp",
                  last_used_at as "last_used_at: Timestamp", revoked_at as "revoked_at: Timestamp"
           from tokens order by created_at, id"#
    )
    .fetch_all(executor)
    .await?;
    let tokens = rows.into_iter().map(|row| {
        let unreadable =
            |column, reason: &str| Error::unreadable("tokens", row.id.clone(), column, reason);
        Ok(StoredToken {
            hash: TokenHash::from_bytes(&row.hash)
                .ok_or_else(|| unreadable("hash", "it does not have 32 bytes"))?,
            scope: row.scope.parse().map_err(|cause: String| unreadable("scope", &cause))?,
            id: row.id,
            name: row.name,
            project_id: row.project_id,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
    });
    tokens.collect()
}

/// Revokes a token. Returns whether there is one with this id; one that was revoked before stays as it is.
pub async fn revoke(
    connection: &mut SqliteConnection,
    id: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let revoked = sqlx::query!(
        "update tokens set revoked_at = coalesce(revoked_at, ?) where id = ?",
        now,
        id
    )
    .execute(connection)
    .await?;
    Ok(revoked.rows_affected() > 0)
}

/// Writes when tokens were last used.
pub async fn record_uses(
    connection: &mut SqliteConnection,
    uses: &[(String, Timestamp)],
) -> Result<(), Error> {
    let uses = json(&uses)?;
    sqlx::query!(
        "update tokens set last_used_at = used.value ->> 1
         from jsonb_each(?) as used where tokens.id = used.value ->> 0",
        uses
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The key of join tokens that the database has.
pub async fn join_key(executor: impl sqlx::SqliteExecutor<'_>) -> Result<Option<JoinKey>, Error> {
    let row = sqlx::query!("select key from internal_join_key").fetch_optional(executor).await?;
    Ok(row.map(|row| JoinKey::from_stored(row.key)))
}

/// Inserts `key` unless there is one. Returns the key that the database has then.
pub async fn keep_join_key(
    connection: &mut SqliteConnection,
    key: &JoinKey,
) -> Result<JoinKey, Error> {
    let bytes = key.as_bytes();
    sqlx::query!("insert or ignore into internal_join_key (only_row, key) values (1, ?)", bytes)
        .execute(&mut *connection)
        .await?;
    let kept = join_key(connection).await?;
    kept.ok_or_else(|| Error::internal(anyhow::anyhow!("the join key was not kept")))
}
