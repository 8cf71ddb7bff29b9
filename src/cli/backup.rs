//! `rollcall backup`: copies the database into one file, also while a server runs.

use std::path::PathBuf;

use clap::Args;
use rollcall::config::DatabaseArguments;
use rollcall::store;

use super::output::{print_line, say};
use super::progress;

/// The arguments of `rollcall backup`.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rollcall backup backup.db\n  \
    rollcall backup /backups/rollcall.db --keep 7 --database /var/lib/rollcall/rollcall.db")]
pub struct BackupArguments {
    /// Where the backup goes; one that is there already is replaced
    file: PathBuf,
    /// How many backups before this one are kept, as FILE.1 (the newest), FILE.2 and so on
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    keep: u32,
    #[command(flatten)]
    database: DatabaseArguments,
}

/// Makes a backup, and prints what is in it.
#[tokio::main(flavor = "current_thread")]
pub async fn run(arguments: BackupArguments) -> anyhow::Result<()> {
    let BackupArguments { file, keep, database } = arguments;
    let database = database.resolve()?;
    let made = store::back_up(&database, &file, keep, &progress::show).await?;
    if let Err(cause) = store::record_backup(&database).await {
        say(format!("rollcall: {cause:#}"));
    }
    print_line(&format!(
        "backed up {} to {} (sessions: {}, size: {}, seconds: {:.2})",
        database.display(),
        file.display(),
        made.sessions,
        progress::size(made.bytes),
        made.duration.as_secs_f64()
    ))
}
