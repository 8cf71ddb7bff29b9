//! `rollcall restore`: puts a backup in the place of the database.

use std::path::PathBuf;

use clap::Args;
use rollcall::config::DatabaseArguments;
use rollcall::store;

use super::output::print_line;
use super::progress;

/// The arguments of `rollcall restore`.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rollcall restore backup.db\n  \
    rollcall restore /backups/rollcall.db --database /var/lib/rollcall/rollcall.db")]
pub struct RestoreArguments {
    /// The backup: a file of `rollcall backup`, or any other whole copy of a database
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseArguments,
}

/// Restores a backup, and prints what is in it and where the old database is.
#[tokio::main(flavor = "current_thread")]
pub async fn run(arguments: RestoreArguments) -> anyhow::Result<()> {
    let RestoreArguments { file, database } = arguments;
    let database = database.resolve()?;
    let restored = store::restore(&file, &database, &progress::show).await?;
    print_line(&format!(
        "restored {} to {} (sessions: {}, size: {}, seconds: {:.2})",
        file.display(),
        database.display(),
        restored.sessions,
        progress::size(restored.bytes),
        restored.duration.as_secs_f64()
    ))?;
    match restored.revoked_tokens {
        Some(0) => {}
        Some(count) => {
            print_line(&format!(
                "tokens that were revoked after the backup, and stay so: {count}"
            ))?;
        }
        None => print_line(
            "the database from before can't be read, so tokens that were revoked after the backup are valid \
             again: see `rollcall token list`",
        )?,
    }
    if let Some(before) = restored.before {
        print_line(&format!("the database from before is {}", before.display()))?;
    }
    Ok(())
}
