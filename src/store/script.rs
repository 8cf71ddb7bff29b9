//! Statements that go to the database together.
//!
//! Every way to SQLite's thread and back costs more than a small statement, and on a busy machine
//! it is a wait for a core as well. So what only writes is put behind what waits already, and goes
//! along with the next statement that has something to tell, or with the commit.

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, Sqlite, SqliteConnection, Type};

use crate::error::Error;

/// Statements that are not sent yet, with their arguments.
#[derive(Default)]
pub(super) struct Script {
    sql: String,
    arguments: SqliteArguments,
}

impl Script {
    /// Puts a statement behind the others.
    pub fn add(&mut self, statement: &'static str) {
        if !self.sql.is_empty() {
            self.sql.push(';');
        }
        self.sql.push_str(statement);
    }

    /// The next argument of the last statement.
    pub fn bind<'t, T>(&mut self, argument: T) -> Result<(), Error>
    where
        T: Encode<'t, Sqlite> + Type<Sqlite>,
    {
        self.arguments
            .add(argument)
            .map_err(|cause| Error::internal(anyhow::anyhow!(cause).context("an argument")))
    }

    /// Runs all statements in order, up to the first that fails; answers the rows of all of them.
    pub async fn run(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> Result<Vec<SqliteRow>, Error> {
        if self.sql.is_empty() {
            return Ok(Vec::new());
        }
        let Self { sql, arguments } = std::mem::take(self);
        // The parts are constants of this crate, and all that varies is an argument.
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
        Ok(query.fetch_all(connection).await?)
    }
}

/// Puts a statement into a transaction, to be sent with the next one that tells something:
/// `later!(transaction, "…", argument, …)`.
///
/// Like sqlx's macros it is checked against the schema when it is compiled. Its arguments are bare
/// `?` in order: a number would be one of the whole script.
macro_rules! later {
    ($transaction:expr, $statement:literal $(, $argument:expr)* $(,)?) => {
        (|| {
            // Never run: it stands here for its check.
            if false {
                let _ = sqlx::query!($statement $(, $argument)*);
            }
            let script = $transaction.script();
            script.add($statement);
            $(script.bind($argument)?;)*
            Ok::<(), crate::error::Error>(())
        })()
    };
}
pub(super) use later;
