//! Statements that go to the database together.
//!
//! SQLite runs on a thread of its own. Every round trip to it costs more than a small statement, and on
//! a busy machine it is a wait for a core as well. So a statement that returns nothing is queued behind
//! the others, and is sent with the next one that returns something, or with the commit.

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, Sqlite, SqliteConnection, Type};

use crate::error::Error;

/// Statements that are not sent yet, with their arguments.
#[derive(Default)]
pub(in crate::store) struct StatementBatch {
    sql: String,
    arguments: SqliteArguments,
}

impl StatementBatch {
    /// Adds a statement behind the others.
    pub fn add(&mut self, statement: &'static str) {
        if !self.sql.is_empty() {
            self.sql.push(';');
        }
        self.sql.push_str(statement);
    }

    /// Adds the next argument of the last statement.
    pub fn bind<'t, T>(&mut self, argument: T) -> Result<(), Error>
    where
        T: Encode<'t, Sqlite> + Type<Sqlite>,
    {
        self.arguments
            .add(argument)
            .map_err(|cause| Error::internal(anyhow::anyhow!(cause).context("an argument")))
    }

    /// Runs all statements in order, up to the first that fails; the rows of all of them.
    pub async fn run(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<SqliteRow>, Error> {
        if self.sql.is_empty() {
            return Ok(Vec::new());
        }
        let Self { sql, arguments } = std::mem::take(self);
        // Every part is a constant of this crate; whatever varies is an argument.
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
        Ok(query.fetch_all(connection).await?)
    }
}

/// Adds a statement to a batch: `queue!(batch, "…", argument, …)`.
///
/// Like sqlx's macros it is checked against the schema when it is compiled. Its arguments are bare `?`
/// in order, since a number would be one of the whole batch.
macro_rules! queue {
    ($batch:expr, $statement:literal $(, $argument:expr)* $(,)?) => {
        (|| {
            // Never executed: it stands here to be checked.
            if false {
                let _ = sqlx::query!($statement $(, $argument)*);
            }
            let batch: &mut crate::store::sqlite::statement_batch::StatementBatch = $batch;
            batch.add($statement);
            $(batch.bind($argument)?;)*
            Ok::<(), crate::error::Error>(())
        })()
    };
}
pub(in crate::store) use queue;
