//! The service tokens of a database file, for the command line. It works on the file of a running server as
//! well: its transactions are short, and the server notices that another connection has written.

use std::path::Path;

use anyhow::Context;
use sqlx::{Connection, SqliteConnection};

use super::database;
use super::file::{DatabaseFile, is_in_use};
use super::rows::tokens;
use crate::access::StoredToken;
use crate::model::Timestamp;

/// An open database file, of which only the tokens are used.
pub struct TokenFile {
    connection: SqliteConnection,
    /// The lock on the file; None if a running server has it.
    file: Option<DatabaseFile>,
}

impl TokenFile {
    /// Opens the file, which is created and migrated unless a server has it open.
    pub async fn open(path: &Path) -> anyhow::Result<Self> {
        let file = match DatabaseFile::open(path) {
            Ok(file) => Some(file),
            Err(failure) if is_in_use(&failure) => None,
            Err(failure) => return Err(failure),
        };
        let connection = match &file {
            Some(file) => database::open_migrated(file).await?,
            None => database::connect(path).await?,
        };
        Ok(Self { connection, file })
    }

    /// Stores a new token.
    pub async fn create(&mut self, token: &StoredToken) -> anyhow::Result<()> {
        Ok(tokens::insert(&mut self.connection, token).await?)
    }

    /// All tokens, revoked and expired ones included; the oldest first.
    pub async fn all(&mut self) -> anyhow::Result<Vec<StoredToken>> {
        Ok(tokens::all(&mut self.connection).await?)
    }

    /// Revokes the token with this id. False if there is none.
    pub async fn revoke(&mut self, id: &str) -> anyhow::Result<bool> {
        Ok(tokens::revoke(&mut self.connection, id, Timestamp::now()).await?)
    }

    /// Closes the file.
    pub async fn close(self) -> anyhow::Result<()> {
        self.connection.close().await.context("cannot close the database")?;
        if let Some(file) = self.file {
            file.unlock();
        }
        Ok(())
    }
}
