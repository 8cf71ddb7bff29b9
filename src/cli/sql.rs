//! `rollcall sql`: queries on the database, also while a server has it open. Nothing can write by it.

use std::io::{self, BufRead, BufWriter, ErrorKind, IsTerminal, Read, Write};
use std::path::Path;

use anyhow::{Context, ensure};
use clap::Args;
use rollcall::config::DatabaseArguments;
use rollcall::store::QueryFile;

use super::output::say;
use format::{Format, Printer};
use statements::Statements;

mod format;
mod statements;

/// The longest text of statements that is read.
const MAX_QUERY_BYTES: u64 = 1024 * 1024;

const EXAMPLES: &str = "\
Examples:
  rollcall sql 'select name, active_clients from session_overview'
  rollcall sql --json < questions.sql";

/// The arguments of `rollcall sql`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Sql {
    /// The statements [default: those on standard input; on a terminal, a prompt]
    query: Option<String>,
    /// Print each result as a JSON array of objects
    #[arg(long, conflicts_with = "csv", help_heading = "Output")]
    json: bool,
    /// Print each result as CSV
    #[arg(long, help_heading = "Output")]
    csv: bool,
    #[command(flatten)]
    database: DatabaseArguments,
}

/// Runs the statements one after the other, up to the first that fails.
#[tokio::main(flavor = "current_thread")]
pub async fn run(arguments: Sql) -> anyhow::Result<()> {
    let Sql { query, json, csv, database } = arguments;
    let format = match (json, csv) {
        (true, _) => Format::Json,
        (_, true) => Format::Csv,
        _ => Format::Table,
    };
    let path = database.resolve()?;
    let mut file = QueryFile::open(&path).await?;
    let outcome = match query {
        Some(query) => run_all(&mut file, &query, format).await,
        None if io::stdin().is_terminal() => prompt(&mut file, &path, format).await,
        None => run_all(&mut file, &read_input()?, format).await,
    };
    match outcome {
        // The reader has closed the pipe, as `head` does.
        Err(cause) if is_broken_pipe(&cause) => Ok(()),
        outcome => outcome,
    }
}

fn is_broken_pipe(cause: &anyhow::Error) -> bool {
    let cause = cause.downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
}

fn read_input() -> anyhow::Result<String> {
    let mut text = String::new();
    io::stdin()
        .take(MAX_QUERY_BYTES + 1)
        .read_to_string(&mut text)
        .context("cannot read standard input")?;
    let is_short = text.len() as u64 <= MAX_QUERY_BYTES;
    ensure!(is_short, "standard input has more than {MAX_QUERY_BYTES} bytes of statements");
    Ok(text)
}

async fn run_all(file: &mut QueryFile, text: &str, format: Format) -> anyhow::Result<()> {
    let mut statements = Statements::default();
    let mut complete = statements.push(text);
    complete.extend(statements.rest());
    for (at, statement) in complete.iter().enumerate() {
        run_one(file, statement, format, at > 0).await?;
    }
    Ok(())
}

/// Runs one statement. Results in a table have an empty line between them.
async fn run_one(
    file: &mut QueryFile,
    statement: &str,
    format: Format,
    is_next: bool,
) -> anyhow::Result<()> {
    let mut printer = Printer::new(format, is_next, BufWriter::new(io::stdout().lock()));
    let done = file.run(statement, |columns, cells| printer.row(columns, cells)).await;
    printer.end(done.is_ok())?;
    done.map_err(|cause| match is_broken_pipe(&cause) {
        true => cause,
        false => cause.context(format!("cannot run '{statement}'")),
    })
}

/// Asks for statements until the end of the input.
async fn prompt(file: &mut QueryFile, path: &Path, format: Format) -> anyhow::Result<()> {
    say(format!(
        "{}, read-only. A statement ends with ';', the input with Ctrl-D. To begin with:\n\
         select name from sqlite_schema where type = 'view';",
        path.display()
    ));
    let mut statements = Statements::default();
    let mut lines = io::stdin().lock();
    loop {
        eprint!("{}", if statements.is_empty() { "rollcall> " } else { "     ...> " });
        let mut line = String::new();
        let read = lines.by_ref().take(MAX_QUERY_BYTES).read_line(&mut line);
        if read.context("cannot read standard input")? == 0 {
            say("");
            return Ok(());
        }
        for statement in statements.push(&line) {
            if let Err(cause) = run_one(file, &statement, format, false).await {
                say(format!("{cause:#}"));
            }
        }
        io::stdout().flush()?;
    }
}
