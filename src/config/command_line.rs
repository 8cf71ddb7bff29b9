//! How flags, the environment and the TOML file become a [`Config`].

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args, Command, FromArgMatches, Parser};

use super::credentials::Credentials;
use super::effective::{Config, GivenSetting};
use super::file;
use super::given;
use super::settings::Settings;

/// The arguments of `rollcall serve`, which `rollcall` alone takes as well.
#[derive(Clone, Parser)]
pub struct ServeArguments {
    /// Read settings from this TOML file; flags and the environment override it
    #[arg(long, value_name = "FILE", env = "ROLLCALL_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags,
}

/// What flags and the environment give.
#[derive(Clone)]
struct Flags {
    settings: Settings,
    given: Vec<GivenSetting>,
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        // The texts are on lines of their own: the names are long.
        Settings::augment_args(command).mut_args(|argument| argument.next_line_help(true))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Settings::augment_args_for_update(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        let given = given::take(matches);
        Ok(Self { settings: Settings::from_arg_matches_mut(matches)?, given })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The arguments of commands that work on the database file.
#[derive(Parser)]
pub struct DatabaseArguments {
    /// Read the name of the database from this TOML file, as the server does
    #[arg(long, value_name = "FILE", env = "ROLLCALL_CONFIG")]
    config: Option<PathBuf>,
    /// The SQLite file [default: rollcall.db]
    #[arg(long, value_name = "FILE", env = "ROLLCALL_DATABASE")]
    database: Option<PathBuf>,
}

impl DatabaseArguments {
    /// The path of the database. Fails if the TOML file can't be read or has a wrong setting.
    pub fn resolve(self) -> anyhow::Result<PathBuf> {
        let mut config = Config::default();
        if let Some(path) = &self.config {
            file::read(path)?.settings.apply(&mut config);
        }
        Ok(self.database.unwrap_or(config.database))
    }
}

impl ServeArguments {
    /// Reads the TOML file, if one is given, and merges all settings. Fails if the file can't be read, or
    /// has a setting that is unknown or wrong; the error names the file and the setting.
    pub fn resolve(self) -> anyhow::Result<Config> {
        let mut config = self.merge()?;
        config.credentials = Credentials::read(&config.credential_files)?;
        Ok(config)
    }

    /// The same, but does not read the files with secrets.
    pub fn merge(self) -> anyhow::Result<Config> {
        let mut config = Config::default();
        let mut given = self.flags.given;
        if let Some(path) = &self.config {
            let file = file::read(path)?;
            given::add_file(&mut given, &file.values);
            file.settings.apply(&mut config);
        }
        self.flags.settings.apply(&mut config);
        (config.file, config.given) = (self.config, given);
        Ok(config)
    }

    /// The TOML file.
    pub(super) fn config_file(&self) -> Option<&Path> {
        self.config.as_deref()
    }
}
