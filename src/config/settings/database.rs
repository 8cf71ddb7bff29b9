//! The file, what it survives, and its backups.

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use crate::config::defaults::{ShowDefault, defaults, name_of};
use crate::config::effective::Config;
use crate::config::values::{Count, set};
use crate::store::Synchronous;

/// The settings of this group. A doc comment is the help text of the flag.
#[derive(Clone, Args, Deserialize)]
#[command(next_help_heading = "Database")]
pub(super) struct Database {
    /// The SQLite file, which is created if it is missing
    ///
    /// It is a path, never a URI.
    #[arg(
        long,
        value_name = "FILE",
        env = "ROLLCALL_DATABASE",
        show_default = defaults().database.display()
    )]
    database: Option<PathBuf>,
    /// What a committed change survives: full (a power cut) or normal (the end of the process)
    #[arg(
        long,
        value_name = "MODE",
        env = "ROLLCALL_SYNCHRONOUS",
        show_default = name_of(defaults().synchronous)
    )]
    synchronous: Option<Synchronous>,
    /// The folder for backups by POST /api/v1/admin/backup [default: none]
    #[arg(long, value_name = "FOLDER", env = "ROLLCALL_BACKUP_DIR")]
    backup_dir: Option<PathBuf>,
    /// Backups before the newest one that are kept there
    #[arg(
        long,
        value_name = "COUNT",
        env = "ROLLCALL_BACKUP_KEEP",
        allow_negative_numbers = true,
        show_default = defaults().backup_keep
    )]
    backup_keep: Option<Count>,
}

impl Database {
    /// Overwrites in `config` what this source gives.
    pub(super) fn apply(self, config: &mut Config) {
        set(&mut config.database, self.database);
        set(&mut config.synchronous, self.synchronous);
        set(&mut config.backup_dir, self.backup_dir.map(Some));
        set(&mut config.backup_keep, self.backup_keep);
    }
}
