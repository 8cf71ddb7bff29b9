//! `rollcall check`: whether a database is whole and its rows agree with each other.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use rollcall::config::DatabaseArguments;
use rollcall::store;
use serde_json::json;

use super::output::print_line;

/// The arguments of `rollcall check`.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rollcall check\n  \
    rollcall check /backups/rollcall.db --json")]
pub struct CheckArguments {
    /// The file to check, such as a backup [default: the database]
    file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArguments,
}

/// Checks a file and prints what is wrong in it. The status is 0 if nothing is.
#[tokio::main(flavor = "current_thread")]
pub async fn run(arguments: CheckArguments) -> anyhow::Result<ExitCode> {
    let CheckArguments { file, json, database } = arguments;
    let file = match file {
        Some(file) => file,
        None => database.resolve()?,
    };
    let report = store::check(&file).await?;
    let is_fine = report.findings.is_empty();
    if json {
        let text = json!({"file": file, "ok": is_fine, "schema": report.schema, "newest_schema": report.newest_schema,
            "sessions": report.sessions, "findings": report.findings});
        print_line(&serde_json::to_string_pretty(&text).context("cannot write the report")?)?;
    } else {
        for finding in &report.findings {
            print_line(&format!("{}: {}", finding.check, finding.message))?;
        }
        if report.schema < report.newest_schema {
            print_line(&format!(
                "{} has schema {}, and this program knows {}: the next start of a server migrates it. Its \
                 rows were not compared.",
                file.display(),
                report.schema,
                report.newest_schema
            ))?;
        }
        let outcome = if is_fine { "ok" } else { "something is wrong" };
        print_line(&format!("{}: {outcome} (sessions: {})", file.display(), report.sessions))?;
    }
    Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
